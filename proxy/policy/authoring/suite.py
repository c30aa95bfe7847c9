"""Runs a policy tree's own tests (every rule named ``test_*``) and measures the lines of the library they reach.

The tree is loaded as ``opa test FOLDER`` loads it: JSON files appear in ``data`` under their folder's path.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.policy.bundles.tree import Tree
from proxy.policy.engine import loading
from proxy.policy.engine.engine import EngineError, LineCoverage, PolicyEngine, UndefinedError
from proxy.policy.engine.syntax import ModuleError, RegoParser
from proxy.policy.faults import BundleRefusedError

_PREFIX = "test_"
#: Tests given to the engine in one query.
_TOGETHER = 40
#: The share of the library's lines its tests must reach, percent.
COVERAGE_FLOOR = 95.0


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test rule."""

    module: str
    package: str
    name: str
    row: int

    @property
    def path(self) -> str:
        """The test's REST path."""
        return f"{self.package.replace('.', '/')}/{self.name}"


@dataclass(frozen=True, slots=True)
class PolicyTestResult:
    """How one test ended; ``detail`` says why it failed."""

    case: PolicyTest
    passed: bool
    detail: str = ""
    prints: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyTestReport:
    """Every result, and the lines reached by library module (empty when coverage was not asked for)."""

    results: tuple[PolicyTestResult, ...]
    lines: Mapping[str, LineCoverage] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[PolicyTestResult, ...]:
        """The tests that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def coverage(self) -> float:
        """Covered lines of all library lines, percent."""
        coverable = sum(len(lines.coverable) for lines in self.lines.values())
        return 100 * sum(len(lines.covered) for lines in self.lines.values()) / coverable if coverable else 0.0


def cases(tree: Tree, parser: RegoParser) -> list[PolicyTest]:
    """Find the tests.

    Raises:
        BundleRefusedError: a test module does not parse.

    """
    found: dict[tuple[str, str], PolicyTest] = {}
    for name, source in tree.tests.items():
        try:
            module = parser.parse(name, source)
        except ModuleError as error:
            raise BundleRefusedError("does_not_parse", f"{tree.where(name, error.row)}: {error}") from error
        for rule in module.rules:
            if rule.name.startswith(_PREFIX):
                found.setdefault((module.package, rule.name), PolicyTest(name, module.package, rule.name, rule.row))
    return list(found.values())


def folder_data(folder: Path) -> dict[str, Any]:
    """Return the folder's JSON files as ``opa`` would mount them: ``data/legal.json`` at ``data.data``."""
    document: dict[str, Any] = {}
    for path in sorted(folder.rglob("*.json")):
        relative = path.relative_to(folder).parent.parts
        if any(part.startswith(".") for part in relative) or "schemas" in relative:
            continue
        place = document
        for part in relative:
            place = place.setdefault(part, {})
        place.update(orjson.loads(path.read_bytes()))
    return document


def run(
    tree: Tree,
    data: Mapping[str, Any],
    *,
    coverage: bool = False,
    match: str = "",
    library: bool = True,
    ended: Callable[[PolicyTestResult, int], None] | None = None,
) -> PolicyTestReport:
    """Run the tests whose package and name contain ``match``; ``ended`` gets each result and the number of tests.

    The library's tests run without the overlay, for they say what the law is, or not at all (``library``); those of the
    overlay run with both.

    Raises:
        BundleRefusedError: the tree does not parse or compile, or uses an impure builtin.

    """
    loading.refuse_impure(tree.everything())
    parser = RegoParser()
    try:
        found = [case for case in cases(tree, parser) if match in f"{case.package}.{case.name}"]
    finally:
        parser.close()
    alone = tree.library()
    ours = [case for case in found if case.module not in alone.tests]
    theirs = [case for case in found if library and case.module in alone.tests]
    results = []
    lines: dict[str, LineCoverage] = {}
    for loaded, chosen in ((alone, theirs), (tree, ours)):
        for result, reached in _results(loaded, data, chosen, coverage) if chosen else ():
            results.append(result)
            if ended is not None:
                ended(result, len(found))
            for module, seen in reached.items():
                if module in tree.modules:
                    lines[module] = lines.get(module, LineCoverage()) | seen
    return PolicyTestReport(tuple(results), lines)


def _results(
    tree: Tree, data: Mapping[str, Any], found: list[PolicyTest], coverage: bool
) -> Iterator[tuple[PolicyTestResult, Mapping[str, LineCoverage]]]:
    try:
        engine = PolicyEngine(tree.everything(), data)
    except EngineError as error:
        raise BundleRefusedError("does_not_compile", str(error)) from error
    with engine:
        for at in range(0, len(found), _TOGETHER):
            yield from _batch(engine, found[at : at + _TOGETHER], coverage)


def _batch(
    engine: PolicyEngine, found: list[PolicyTest], coverage: bool
) -> Iterator[tuple[PolicyTestResult, Mapping[str, LineCoverage]]]:
    """Run tests in one query; each that does not pass there runs again alone, for its reason and its prints."""
    begun = time.perf_counter()
    try:
        values, reached = engine.together([case.path for case in found], coverage=coverage)
    except EngineError:
        values, reached = {}, {}
    share = (time.perf_counter() - begun) / len(found)
    for case in found:
        if case.path in values and not any(True for _ in _false(values[case.path])):
            yield PolicyTestResult(case, True, seconds=share), reached
        else:
            yield _run(engine, case, coverage)


def _run(engine: PolicyEngine, case: PolicyTest, coverage: bool) -> tuple[PolicyTestResult, Mapping[str, LineCoverage]]:
    begun = time.perf_counter()
    try:
        evaluation = engine.run(case.path, coverage=coverage)
    except UndefinedError:
        return PolicyTestResult(case, False, _failing(engine, case) or "undefined", (), time.perf_counter() - begun), {}
    except EngineError as error:
        return PolicyTestResult(case, False, str(error).splitlines()[0], (), time.perf_counter() - begun), {}
    wrong = list(_false(evaluation.value))
    detail = ", ".join(filter(None, wrong)) or "false"
    seconds = time.perf_counter() - begun
    return PolicyTestResult(case, not wrong, detail if wrong else "", evaluation.prints, seconds), evaluation.lines


#: Cases of the library's own form: which do not observe what they expect, and how.
_WRONG = (
    "wrong := {{name: {{key: {{`expected`: want, `got`: object.get(seen, key, `nothing`)}} |"
    " some key, want in case.expect; object.get(seen, key, `nothing`) != want}} |"
    " some name, case in {package}.cases; seen := {fixtures}.observed({fixtures}.decide(case))}}"
)
_FIXTURES = "data.compliance.lib.fixtures_test"
_LONGEST_SHOWN = 600


def _failing(engine: PolicyEngine, case: PolicyTest) -> str:
    """Name the first failing case of a package with cases, and what it expected and got; "" where there are none."""
    query = _WRONG.format(package=f"data.{case.package}", fixtures=_FIXTURES)
    try:
        found = engine.query(query)
    except EngineError:
        return ""
    told: dict[str, Any] = (found[0].get("wrong") if found else None) or {}
    wrong = {name: keys for name, keys in told.items() if keys}
    if not wrong:
        return ""
    name, keys = next(iter(sorted(wrong.items())))
    said = "; ".join(f"{key}: expected {_json(one['expected'])}, got {_json(one['got'])}" for key, one in keys.items())
    more = f" (and {len(wrong) - 1} more cases)" if len(wrong) > 1 else ""
    return f'case "{name}": {said[:_LONGEST_SHOWN]}{more}'


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _false(value: Any, path: str = "") -> Iterator[str]:
    """Yield where a test's value is not true; a rule with cases (``test_x[case]``) is an object of booleans."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _false(item, f"{path}/{key}" if path else key)
    elif value is not True:
        yield path
