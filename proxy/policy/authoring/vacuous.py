"""Twins that test nothing: tests of the overlay that pass as well where its packages answer nothing.

A rule whose tests pass without it is untested, whatever they are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.policy.authoring import suite
from proxy.policy.authoring.check import VERBS, Problem
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.engine.syntax import RegoParser
from proxy.policy.faults import BundleRefusedError

_SILENT: Final = "\n".join(["package {package}\n\nimport rego.v1\n", *(f"{verb} := set()\n" for verb in VERBS)])
_MESSAGE: Final = "its tests pass without the rules of {package}: test an input that meets each rule"


def problems(tree: Tree, data: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each package of the overlay without a test that needs its rules.

    Raises:
        BundleRefusedError: a test module does not parse.

    """
    packages = _packages(tree)
    if not packages:
        return []
    tested = _needed(tree, data, packages)
    return [
        Problem(min(modules), modules[min(modules)], "empty_test", _MESSAGE.format(package=package))
        for package, modules in sorted(packages.items())
        if package not in tested
    ]


def _packages(tree: Tree) -> dict[str, dict[str, int]]:
    """Return the overlay's packages that answer something, each with its modules and their first lines that do."""
    parser = RegoParser()
    packages: dict[str, dict[str, int]] = {}
    try:
        for name, source in tree.modules.items():
            if name.startswith(f"{OVERLAY}/"):
                module = parser.parse(name, source)
                rows = [rule.row for rule in module.rules if rule.name in VERBS]
                if rows:
                    packages.setdefault(module.package, {})[name] = rows[0]
    finally:
        parser.close()
    return packages


def _needed(tree: Tree, data: Mapping[str, Any], packages: Mapping[str, Mapping[str, int]]) -> set[str]:
    """Return the packages of which a test fails, or no longer compiles, where they answer nothing."""
    twins = {
        f"{name.removesuffix('.rego')}_test.rego": package for package, names in packages.items() for name in names
    }
    try:
        failing = suite.failing(_silenced(tree, packages), data)
    except BundleRefusedError:
        if len(packages) == 1:
            return set(packages)
        return set().union(*(_needed(tree, data, {package: names}) for package, names in packages.items()))
    return {twins[case.module] for case in failing if case.module in twins}


def _silenced(tree: Tree, packages: Mapping[str, Mapping[str, int]]) -> Tree:
    """Return the tree with packages that answer nothing."""
    first = {min(modules): _SILENT.format(package=package) for package, modules in packages.items()}
    gone = {name for modules in packages.values() for name in modules}
    return Tree(
        {**{name: source for name, source in tree.modules.items() if name not in gone}, **first}, tree.tests, tree.files
    )
