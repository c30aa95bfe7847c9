"""Reads folders of Rego: the library, and the organisation's overlay beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from proxy.policy.faults import BundleRefusedError

OVERLAY = "overlay"
#: Overlays to copy from: they come with the library and are not part of it.
EXAMPLES = "examples"
#: The folder of a library that holds overlays to copy; they speak only where they are named as the overlay.
EXAMPLES = "examples"
_TEST = "_test.rego"


@dataclass(frozen=True, slots=True)
class Tree:
    """The modules and test modules of a library and its overlay, by name, and the file each came from.

    A library module's name is its path below the folder ("rules/gdpr/dpa/dpa.rego"); an overlay module's name begins
    with "overlay/".
    """

    modules: Mapping[str, str]
    tests: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def everything(self) -> dict[str, str]:
        """Modules and test modules together."""
        return {**self.modules, **self.tests}

    def library(self) -> Tree:
        """The same without the overlay."""
        begin = f"{OVERLAY}/"
        modules, tests = (
            {name: source for name, source in part.items() if not name.startswith(begin)}
            for part in (self.modules, self.tests)
        )
        return Tree(modules, tests, self.files)

    def digest(self) -> str:
        """SHA-256 (64 hex) over names and sources, tests included."""
        state = hashlib.sha256()
        for name, source in sorted(self.everything().items()):
            state.update(f"{name}\0{len(source)}\0{source}".encode())
        return state.hexdigest()

    def packed(self) -> bytes:
        """Return the whole tree as JSON, for another process (``unpacked``)."""
        files = {name: str(path) for name, path in self.files.items()}
        return orjson.dumps({"modules": dict(self.modules), "tests": dict(self.tests), "files": files})

    def where(self, name: str, row: int = 0) -> str:
        """Return "path:row" for people, from a module name."""
        path = str(self.files.get(name, name))
        return f"{path}:{row}" if row else path


def unpacked(packed: bytes) -> Tree:
    """Return the tree that ``Tree.packed`` made these bytes of."""
    told = orjson.loads(packed)
    return Tree(told["modules"], told["tests"], {name: Path(path) for name, path in told["files"].items()})


def _named(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.rego")):
        relative = path.relative_to(folder)
        if relative.parts[0] != EXAMPLES and not any(part.startswith(".") for part in relative.parts):
            yield f"{prefix}{relative.as_posix()}", path


def read(policies_dir: Path, overlay_dir: Path | None = None) -> Tree:
    """Read every ``*.rego`` below the folders, hidden ones and the library's examples left out.

    Raises:
        BundleRefusedError: a folder is missing, empty, or a file is not UTF-8.

    """
    found = list(_named(policies_dir, "")) if policies_dir.is_dir() else []
    found = [(name, path) for name, path in found if not name.startswith(f"{EXAMPLES}/")]
    if not found:
        raise BundleRefusedError("unreadable", f"there is no Rego in {policies_dir}")
    if overlay_dir is not None:
        if not overlay_dir.is_dir():
            raise BundleRefusedError("unreadable", f"the overlay {overlay_dir} is not a folder")
        found += _named(overlay_dir, f"{OVERLAY}/")
    modules: dict[str, str] = {}
    tests: dict[str, str] = {}
    for name, path in found:
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BundleRefusedError("unreadable", f"{path} cannot be read as UTF-8") from error
        (tests if name.endswith(_TEST) else modules)[name] = source
    return Tree(modules, tests, dict(found))
