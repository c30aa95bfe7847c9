"""Reads folders of Rego: the library and the organisation's overlay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from proxy.policy.faults import BundleRefusedError

OVERLAY = "overlay"
#: The library's folder of example overlays; they take no part in decisions unless configured as the overlay.
EXAMPLES = "examples"
_TEST = "_test.rego"


@dataclass(frozen=True, slots=True)
class Tree:
    """The modules and test modules of a library and its overlay, by name, with the file of each.

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
        """The tree without the overlay."""
        prefix = f"{OVERLAY}/"
        modules, tests = (
            {name: source for name, source in part.items() if not name.startswith(prefix)}
            for part in (self.modules, self.tests)
        )
        return Tree(modules, tests, self.files)

    def digest(self) -> str:
        """SHA-256 (64 hex digits) over names and sources, including tests."""
        state = hashlib.sha256()
        for name, source in sorted(self.everything().items()):
            state.update(f"{name}\0{len(source)}\0{source}".encode())
        return state.hexdigest()

    def packed(self) -> bytes:
        """Return the whole tree as JSON, for another process (``unpacked``)."""
        files = {name: str(path) for name, path in self.files.items()}
        return orjson.dumps({"modules": dict(self.modules), "tests": dict(self.tests), "files": files})

    def where(self, name: str, row: int = 0) -> str:
        """Return "path:row" of a module, for messages."""
        path = str(self.files.get(name, name))
        return f"{path}:{row}" if row else path


def unpacked(packed: bytes) -> Tree:
    """Return the tree from the bytes of ``Tree.packed``."""
    document = orjson.loads(packed)
    files = {name: Path(path) for name, path in document["files"].items()}
    return Tree(document["modules"], document["tests"], files)


def _named(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.rego")):
        relative = path.relative_to(folder)
        if relative.parts[0] != EXAMPLES and not any(part.startswith(".") for part in relative.parts):
            yield f"{prefix}{relative.as_posix()}", path


def read(policies_dir: Path, overlay_dir: Path | None = None) -> Tree:
    """Read every ``*.rego`` below the folders, except hidden ones and the library's examples.

    Raises:
        BundleRefusedError: a folder is missing or empty, or a file is not UTF-8.

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
