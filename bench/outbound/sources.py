"""Source code at hand: files of the standard library, of installed packages or of folders, read when the bench runs."""

from __future__ import annotations

import hashlib
import os
import random
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SIZES = range(2_000, 24_000)
_SKIPPED = frozenset(
    {"test", "tests", "idlelib", "lib2to3", "site-packages", "__pycache__", "encodings", "locale", "faker"}
)
#: Packages whose code is read, besides the standard library's: what the product itself needs, so that they are there.
_PACKAGES = (
    "aiohttp",
    "asyncpg",
    "attr",
    "cryptography",
    "jinja2",
    "pydantic",
    "rich",
    "structlog",
    "typer",
    "yaml",
    "yarl",
)
#: Suffixes of languages whose files a folder is searched for.
_CODE = frozenset(
    "py pyi c h hpp cc cpp cxx rs go java kt swift cs js mjs cjs ts tsx jsx vue css scss sh bash pl pm rb php lua r jl sql tf "
    "cmake mk m4 el vim tcl proto graphql toml".split()
)
_TEXT_LINE = 1_000  # characters: what has longer lines was written by no one
#: Lines that name an author: what changes there is somebody's name.
CREDITED = re.compile(
    r"(?i:author|copyright|contributed|written by|thanks to|credit|maintainer|\w@\w+\.\w)|\bby [A-Z][a-z]+ [A-Z]"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``half``: "fixed" is the same choice on every machine with the same packages, "drawn" goes by the seed."""

    name: str
    half: str
    text: str


@cache
def _candidates() -> tuple[Path, ...]:
    paths = []
    stdlib, installed = (Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib"))
    for root in (stdlib, *(installed / name for name in _PACKAGES)):
        for folder, inner, names in os.walk(root):
            inner[:] = [name for name in inner if name not in _SKIPPED]
            paths += [
                path for name in names if (path := Path(folder, name)).suffix == ".py" and path.stat().st_size in _SIZES
            ]
    return tuple(sorted(paths))


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])


def in_folders(folders: Sequence[Path], seed: int, count: int) -> list[Source]:
    """Return so many files of folders by the seed, of each folder and language in turn; empty where there are none."""
    chance = random.Random(seed)
    kinds: dict[tuple[Path, str], list[Path]] = {}
    for root in folders:
        for folder, inner, names in os.walk(root):
            inner[:] = sorted(name for name in inner if name not in _SKIPPED - {"site-packages"})
            for path in (Path(folder, name) for name in sorted(names)):
                kinds.setdefault((root, path.suffix[1:]), []).append(path)
    turns = [chance.sample(paths, len(paths)) for (_, kind), paths in sorted(kinds.items()) if kind in _CODE | {""}]
    chosen: list[Source] = []
    while turns and len(chosen) < count:
        for paths in turns:
            chosen += [source for source in map(_written, paths[:1]) if source]
            del paths[:1]
        turns = [paths for paths in turns if paths]
    return chosen[:count]


def _written(path: Path) -> Source | None:
    """Return a file of code that somebody wrote, None for anything else."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size not in _SIZES:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return None
    if (not path.suffix and not text.startswith("#!")) or max(map(len, text.splitlines())) > _TEXT_LINE:
        return None
    return Source(_short(path), "drawn", text)


def sources(seed: int, count: int) -> list[Source]:
    """Return so many files, half of them by the seed."""
    ordered = sorted(_candidates(), key=lambda path: hashlib.sha256(_short(path).encode()).digest())
    fixed = ordered[: count // 2]
    more = random.Random(seed).sample(ordered[count // 2 :], count - len(fixed))
    chosen = [(path, "fixed") for path in fixed] + [(path, "drawn") for path in more]
    read = ((path, half, path.read_text(encoding="utf-8", errors="replace")) for path, half in chosen)
    return [Source(_short(path), half, text) for path, half, text in read]
