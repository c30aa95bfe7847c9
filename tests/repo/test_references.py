"""Tests name what exists: a rename in the product is noticed before the one test that still says the old name runs."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from testing.sources import parsed

ROOT = Path(__file__).parents[2]
OURS = ("proxy", "testing", "bench", "training", "tests")


@cache
def source_of(module):
    """Return the path of a module or package of this repository, or None."""
    stem = ROOT.joinpath(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


@cache
def bindings(module):
    """Return the names that a module binds at its top, or None where it answers for names itself."""
    tree = parsed(source_of(module))
    names = set(dir(object)) | {"__name__", "__file__", "__path__", "__dict__"}
    for node in top_level(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            return None
        names |= bound_by(node)
    return names


def top_level(node):
    """Yield the statements of a module and of its `if`, `try` and `with`, not those of functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from top_level(child)


def bound_by(node):
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    return set()


def is_bound(module, name):
    names = bindings(module)
    return names is None or name in names or source_of(f"{module}.{name}") is not None


def missing(tree):
    """Yield each `module.name` of this repository that a source imports or reads and that no module binds."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS:
            for alias in node.names:
                if source_of(f"{node.module}.{alias.name}"):
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                elif source_of(node.module) and not is_bound(node.module, alias.name):
                    yield f"{node.module}.{alias.name}"
    rebound = {name for node in ast.walk(tree) for name in local_bindings(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module and node.value.id not in rebound and not is_bound(module, node.attr):
                yield f"{module}.{node.attr}"


def local_bindings(node):
    if isinstance(node, ast.arg):
        return {node.arg}
    return {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()


def test_what_tests_name_exists():
    absent = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in missing(parsed(path))
    }
    assert absent == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from proxy.service import parts\nparts.most(1)", {"proxy.service.parts.most"}),
        ("from proxy.service.parts import most", {"proxy.service.parts.most"}),
        ("from proxy.service import parts\nparts.make_parts", set()),
        ("from proxy.service import parts\ndef one(parts): parts.most", set()),
    ],
)
def test_a_name_that_is_gone_is_noticed(source, names):
    assert set(missing(ast.parse(source))) == names
