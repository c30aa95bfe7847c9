"""Where a test takes hold of the product: what it, its fixtures and its helpers start, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Modules and classes that start something -> what a test then has before it.
STARTS: Mapping[str, str] = {
    "testing.stack.CommandLine": "product",
    "testing.commands": "command",
    "tests.integration.conftest.Server": "database",
    "proxy.detection.remote.serving.DetectorService": "detector",
}
#: Packages whose modules are looked into.
_FOLLOWED = ("tests.", "bench.", "testing.")


@dataclass(frozen=True)
class _Module:
    """What a module defines at its top, and what its names were imported as."""

    name: str
    folder: Path
    defined: Mapping[str, ast.stmt]
    imported: Mapping[str, str]

    def conftests(self) -> Iterator[_Module]:
        """Yield those whose fixtures a test of this folder may use, nearest first."""
        for folder in (self.folder, *self.folder.parents):
            if folder == ROOT:
                return
            if (folder / "conftest.py").exists():
                yield _module(folder / "conftest.py")


@cache
def _module(file: Path) -> _Module:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            defined.update({name.id: statement for name in statement.targets if isinstance(name, ast.Name)})
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        elif isinstance(node, ast.Import):
            imported.update({alias.asname or alias.name: alias.name for alias in node.names})
    name = file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return _Module(name, file.parent, defined, imported)


def surfaces(file: Path, test: str) -> set[str]:
    """Return what a test of a file has before it."""
    return set(_reached(_module(file), test, set()))


def _reached(module: _Module, name: str, seen: set[str]) -> Iterator[str]:
    dotted = f"{module.name}.{name}"
    if dotted in STARTS:
        yield STARTS[dotted]
    node = module.defined.get(name)
    if node is None or dotted in seen:
        return
    seen.add(dotted)
    if _runs_the_program(node):
        yield "command"
    for used in sorted(_used(node)):
        root, _, attribute = used.partition(".")
        if attribute and root in module.imported:
            yield from _imported(f"{module.imported[root]}.{attribute}", seen)
        elif used in module.defined:
            yield from _reached(module, used, seen)
        elif used in module.imported:
            yield from _imported(module.imported[used], seen)
        else:
            for conftest in module.conftests():
                if used in conftest.defined:
                    yield from _reached(conftest, used, seen)
                    break


def _runs_the_program(node: ast.stmt) -> bool:
    """Whether it has a list in which ``-m proxy`` stands."""
    for part in ast.walk(node):
        if isinstance(part, ast.List):
            words = [element.value for element in part.elts if isinstance(element, ast.Constant)]
            if ("-m", "proxy") in pairwise(words):
                return True
    return False


def _used(node: ast.stmt) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.arg):
            yield part.arg
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            yield f"{part.value.id}.{part.attr}"


def _imported(dotted: str, seen: set[str]) -> Iterator[str]:
    for start, surface in STARTS.items():
        if dotted == start or dotted.startswith(f"{start}."):
            yield surface
            return
    if not dotted.startswith(_FOLLOWED):
        return
    path, _, name = dotted.rpartition(".")
    file = ROOT / (path.replace(".", "/") + ".py")
    if file.exists():
        yield from _reached(_module(file), name, seen)
