"""Reads folders of Rego: the library and the organisation's overlay, whose rules may also be forms in YAML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.policy.faults import BundleRefusedError
from proxy.runtime.resources import listed

OVERLAY = "overlay"
#: The library's legal data, below its folder.
LAW = "data/legal.json"
#: The library's folder of example overlays; they take no part in decisions unless configured as the overlay.
EXAMPLES = "examples"
_TEST = "_test.rego"
#: Where a module that was compiled from YAML says which line of it a rule comes from.
_FORM, _LINE = ".yaml", re.compile(r"\s*# .*\bline: (\d+)$")


@dataclass(frozen=True, slots=True)
class Tree:
    """The modules and test modules of a library and its overlay, by name, with the file of each.

    A library module's name is its path below the folder ("rules/gdpr/dpa/dpa.rego"); an overlay module's name begins
    with "overlay/". ``law`` is the library's legal data.
    """

    modules: Mapping[str, str]
    tests: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    law: Mapping[str, Any] = field(default_factory=dict)

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
        return Tree(modules, tests, self.files, self.law)

    def digest(self) -> str:
        """SHA-256 (64 hex digits) over names and sources, including tests."""
        state = hashlib.sha256()
        for name, source in sorted(self.everything().items()):
            state.update(f"{name}\0{len(source)}\0{source}".encode())
        return state.hexdigest()

    def packed(self) -> bytes:
        """Return the whole tree as JSON, for another process (``unpacked``)."""
        files = {name: str(path) for name, path in self.files.items()}
        return orjson.dumps(
            {"modules": dict(self.modules), "tests": dict(self.tests), "files": files, "law": dict(self.law)}
        )

    def where(self, name: str, row: int = 0) -> str:
        """Return "path:row" of a module, for messages; of one that was compiled, the row in its form."""
        path = self.files.get(name, Path(name))
        if row and path.suffix == _FORM:
            above = self.everything()[name].splitlines()[:row]
            row = next((int(match[1]) for line in reversed(above) if (match := _LINE.match(line))), 0)
        return f"{path}:{row}" if row else str(path)


def unpacked(packed: bytes) -> Tree:
    """Return the tree from the bytes of ``Tree.packed``."""
    document = orjson.loads(packed)
    files = {name: Path(path) for name, path in document["files"].items()}
    return Tree(document["modules"], document["tests"], files, document["law"])


#: The organisation's rules: a folder, or path -> text.
Overlay = Path | Mapping[str, str]


def read(policies_dir: Path, overlay: Overlay | None = None) -> Tree:
    """Read every ``*.rego`` of the library and the overlay, and the overlay's ``*.yaml``.

    Neither hidden files nor the library's examples are read.

    Raises:
        BundleRefusedError: a folder is missing or empty, a file is not UTF-8, or a form is none.

    """
    paths = [named for named in listed(policies_dir, ".rego") if not named[0].startswith(f"{EXAMPLES}/")]
    if not paths:
        raise BundleRefusedError("unreadable", f"there is no Rego in {policies_dir}")
    sources: dict[str, str] = {}
    files: dict[str, Path] = {}
    for name, path, text in [*((name, path, _text(path)) for name, path in paths), *_overlay(overlay)]:
        for module, source in _modules(name, path, text):
            if module in sources:
                raise BundleRefusedError("form", f"{path} and {files[module]} are the same module")
            sources[module], files[module] = source, path
    tests = {name: source for name, source in sources.items() if name.endswith(_TEST)}
    law = policies_dir / LAW
    return Tree(
        {name: source for name, source in sources.items() if name not in tests},
        tests,
        files,
        orjson.loads(law.read_bytes()) if law.is_file() else {},
    )


def _overlay(overlay: Overlay | None) -> Iterator[tuple[str, Path, str]]:
    """Yield name, path and text of each file of the organisation's rules."""
    if isinstance(overlay, Path):
        if not overlay.is_dir():
            raise BundleRefusedError("unreadable", f"the overlay {overlay} is not a folder")
        yield from ((f"{OVERLAY}/{name}", path, _text(path)) for name, path in listed(overlay, ".rego", _FORM))
    else:
        yield from ((f"{OVERLAY}/{name}", Path(name), text) for name, text in sorted((overlay or {}).items()))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleRefusedError("unreadable", f"{path} cannot be read as UTF-8") from error


def _modules(name: str, path: Path, source: str) -> Iterator[tuple[str, str]]:
    """Yield the names and sources of a file: one module, or the module and twin test of a form."""
    if path.suffix == _FORM:
        from proxy.policy.forms.reading import compiled  # noqa: PLC0415 - pydantic, which a policy server never needs

        module, twin = compiled(path.stem, source, str(path))
        stem = name.removesuffix(_FORM)
        yield f"{stem}.rego", module
        yield f"{stem}{_TEST}", twin
    else:
        yield name, source
