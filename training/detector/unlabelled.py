"""Text without labels for a student: a teacher says what is in it, so any text of the right kinds serves.

Kinds: the corpora joined and cut anew, source code and documentation of the Python packages that are installed, and the
sentences that translators wrote for programs (``*.po``) in a folder that is named.
"""

from __future__ import annotations

import random
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from training.detector.corpora import CORPORA, read

_SUFFIXES = frozenset({".py", ".md", ".rst", ".txt", ".json", ".yaml", ".toml", ".cfg", ".js", ".html", ".css", ".csv"})
_FILE_BYTES = (200, 2_000_000)
_PIECE = 900
_TRANSLATED = re.compile(r'^msgstr(?:\[\d\])? ((?:"[^\n]*"\n)+)', re.MULTILINE)
#: How many documents or lines stand together in one text.
_JOINED = (1, 1, 2, 4)


def joined(data: Path, rng: random.Random) -> Iterator[str]:
    """Yield the documents of the corpora in another order, several together: a window meets other neighbours."""
    for corpus in CORPORA:
        texts = [text for text, _ in read(data, corpus)]
        rng.shuffle(texts)
        yield from _several(texts, rng)


def installed(count: int, rng: random.Random) -> Iterator[str]:
    """Yield pieces of files of the installed packages."""
    root = Path(sysconfig.get_path("purelib"))
    files = sorted(path for path in root.rglob("*") if path.suffix in _SUFFIXES and _fits(path))
    rng.shuffle(files)
    for path in files[:count]:
        text = path.read_text(encoding="utf-8", errors="ignore").replace("\0", "")
        start = rng.randrange(max(1, len(text) - _PIECE))
        yield text[start : start + _PIECE]


def translated(folder: Path, languages: tuple[str, ...], rng: random.Random) -> Iterator[str]:
    """Yield what the ``*.po`` files of a folder say in some languages, several messages together."""
    for language in languages:
        files = sorted(folder.rglob(f"{language}/LC_MESSAGES/*.po"))
        messages = sorted({message for path in files for message in _messages(path) if len(message) > 1})
        rng.shuffle(messages)
        yield from _several(messages, rng)


def _messages(path: Path) -> Iterator[str]:
    for found in _TRANSLATED.finditer(path.read_text(encoding="utf-8", errors="ignore")):
        lines = (line[1:-1] for line in found[1].splitlines())
        text = "".join(lines).replace("\\n", "\n").replace('\\"', '"')
        if not text.startswith("Project-Id-Version"):
            yield text


def _several(texts: list[str], rng: random.Random) -> Iterator[str]:
    index = 0
    while index < len(texts):
        count = rng.choice(_JOINED)
        yield rng.choice(("\n", " ", "\n\n")).join(texts[index : index + count])
        index += count


def _fits(path: Path) -> bool:
    least, most = _FILE_BYTES
    return path.is_file() and least < path.stat().st_size < most
