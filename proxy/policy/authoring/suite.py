"""Runs the tests of a policy tree (every rule named ``test_*``) and measures their coverage of the library.

The tree is loaded as by ``opa test FOLDER``: JSON files appear in ``data`` under their folder's path.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.engine import syntax
from proxy.policy.engine.engine import COMPILE_ERROR, EngineError, LineCoverage, PolicyEngine, UndefinedError
from proxy.policy.engine.syntax import ModuleError, RegoParser
from proxy.policy.faults import BundleRefusedError

_PREFIX = "test_"


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test rule."""

    module: str
    package: str
    name: str
    row: int
    text: tuple[str, ...] = field(default=(), repr=False)  # its lines

    @property
    def path(self) -> str:
        """The test's REST path."""
        return f"{self.package.replace('.', '/')}/{self.name}"


@dataclass(frozen=True, slots=True)
class PolicyTestResult:
    """The result of one test; ``detail`` is the reason of a failure."""

    case: PolicyTest
    passed: bool
    detail: str = ""
    prints: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyTestReport:
    """All results, and the covered lines by library module (empty without coverage)."""

    results: tuple[PolicyTestResult, ...]
    lines: Mapping[str, LineCoverage] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[PolicyTestResult, ...]:
        """The results of failed tests."""
        return tuple(result for result in self.results if not result.passed)

    def coverage(self, *, overlay: bool = False) -> float | None:
        """Return the coverage of the library's lines, or of the overlay's, percent; None where there are none."""
        chosen = [lines for name, lines in self.lines.items() if name.startswith(f"{OVERLAY}/") is overlay]
        coverable = sum(len(lines.coverable) for lines in chosen)
        return 100 * sum(len(lines.covered) for lines in chosen) / coverable if coverable else None

    def least(self) -> float:
        """Return the lower coverage of the two, 0 where nothing was measured."""
        return min(
            (share for overlay in (False, True) if (share := self.coverage(overlay=overlay)) is not None), default=0.0
        )


def cases(tree: Tree, parser: RegoParser) -> list[PolicyTest]:
    """Return the tests of a tree.

    Raises:
        BundleRefusedError: a test module does not parse.

    """
    tests: dict[tuple[str, str], PolicyTest] = {}
    for name, source in tree.tests.items():
        try:
            module = parser.parse(name, source)
        except ModuleError as error:
            raise BundleRefusedError("does_not_parse", f"{tree.where(name, error.row)}: {error}") from error
        lines, rows = source.splitlines(), sorted(rule.row for rule in module.rules)
        for rule in module.rules:
            if rule.name.startswith(_PREFIX):
                ends = next((row for row in rows if row > rule.row), len(lines) + 1)
                text = tuple(lines[rule.row - 1 : ends - 1])
                tests.setdefault(
                    (module.package, rule.name), PolicyTest(name, module.package, rule.name, rule.row, text)
                )
    return list(tests.values())


def folder_data(folder: Path) -> dict[str, Any]:
    """Return the folder's JSON files as ``opa`` mounts them: ``data/legal.json`` at ``data.data``."""
    document: dict[str, Any] = {}
    for path in sorted(folder.rglob("*.json")):
        relative = path.relative_to(folder).parent.parts
        if any(part.startswith(".") for part in relative) or "schemas" in relative:
            continue
        node = document
        for part in relative:
            node = node.setdefault(part, {})
        node.update(orjson.loads(path.read_bytes()))
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

    The library's tests run without the overlay, because they state the law, or not at all (``library``); the overlay's
    run with both. Each covers its own lines.

    Raises:
        BundleRefusedError: the tree does not parse or compile, or uses an impure builtin.

    """
    tests = [case for case in _loaded(tree) if match in f"{case.package}.{case.name}"]
    alone = tree.library()
    of_overlay = [case for case in tests if case.module not in alone.tests]
    of_library = [case for case in tests if library and case.module in alone.tests]
    results = []
    lines: dict[str, LineCoverage] = {}
    for loaded, chosen in ((alone, of_library), (tree, of_overlay)):
        for result, covered in _results(loaded, data, chosen, coverage) if chosen else ():
            results.append(result)
            if ended is not None:
                ended(result, len(tests))
            for module, more in covered.items():
                if module in tree.modules and module.startswith(f"{OVERLAY}/") is (chosen is of_overlay):
                    lines[module] = lines.get(module, LineCoverage()) | more
    return PolicyTestReport(tuple(results), lines)


def failing(tree: Tree, data: Mapping[str, Any]) -> list[PolicyTest]:
    """Return the overlay's tests that fail, without the evaluations that say why.

    Raises:
        BundleRefusedError: see ``run``.

    """
    tests = [case for case in _loaded(tree) if case.module not in tree.library().tests]
    results = _results(tree, data, tests, coverage=False, explained=False) if tests else ()
    return [result.case for result, _ in results if not result.passed]


def _loaded(tree: Tree) -> list[PolicyTest]:
    syntax.refuse_impure(tree.everything())
    parser = RegoParser()
    try:
        return list(cases(tree, parser))
    finally:
        parser.close()


def _results(
    tree: Tree, data: Mapping[str, Any], tests: list[PolicyTest], coverage: bool, *, explained: bool = True
) -> Iterator[tuple[PolicyTestResult, Mapping[str, LineCoverage]]]:
    try:
        engine = PolicyEngine(tree.everything(), data, path=None)
    except EngineError as error:
        raise syntax.refused(error) from error
    with engine:
        yield from _together(engine, tests, coverage, explained=explained)


def _together(
    engine: PolicyEngine, tests: list[PolicyTest], coverage: bool, *, explained: bool
) -> Iterator[tuple[PolicyTestResult, Mapping[str, LineCoverage]]]:
    """Run tests in one query, for OPA compiles everything for each; in halves where one of them ends it with an error.

    Each one that fails runs again alone, for its reason and its prints, if it is to be explained.
    """
    begun = time.perf_counter()
    try:
        values, covered = engine.together([case.path for case in tests], coverage=coverage)
    except EngineError as error:
        if error.code == COMPILE_ERROR:
            raise syntax.refused(error) from error
        if len(tests) > 1:
            half = len(tests) // 2
            yield from _together(engine, tests[:half], coverage, explained=explained)
            yield from _together(engine, tests[half:], coverage, explained=explained)
            return
        values, covered = {}, {}
    share = (time.perf_counter() - begun) / len(tests)
    for case in tests:
        if case.path in values and not any(True for _ in _false(values[case.path])):
            yield PolicyTestResult(case, True, seconds=share), covered
        elif explained:
            yield _run(engine, case, coverage)
        else:
            yield PolicyTestResult(case, False, seconds=share), covered


def _run(engine: PolicyEngine, case: PolicyTest, coverage: bool) -> tuple[PolicyTestResult, Mapping[str, LineCoverage]]:
    begun = time.perf_counter()
    try:
        evaluation = engine.run(case.path, coverage=coverage)
    except UndefinedError:
        detail = _failing(engine, case) or _where(engine, case)
        return PolicyTestResult(case, False, detail, (), time.perf_counter() - begun), {}
    except EngineError as error:
        return PolicyTestResult(case, False, str(error).splitlines()[0], (), time.perf_counter() - begun), {}
    failing = list(_false(evaluation.value))
    detail = ", ".join(filter(None, failing)) or "false"
    seconds = time.perf_counter() - begun
    return PolicyTestResult(case, not failing, detail if failing else "", evaluation.prints, seconds), evaluation.lines


#: The failing cases of a package in the library's form, with expected and actual values.
_WRONG = (
    "wrong := {{name: {{key: {{`expected`: want, `got`: object.get(seen, key, `nothing`)}} |"
    " some key, want in case.expect; object.get(seen, key, `nothing`) != want}} |"
    " some name, case in {package}.cases; seen := {fixtures}.observed({fixtures}.decide(case))}}"
)
_FIXTURES = "data.compliance.lib.fixtures_test"
_LONGEST_SHOWN = 600


def _failing(engine: PolicyEngine, case: PolicyTest) -> str:
    """Describe the first failing case of a package with cases; "" if there is none."""
    query = _WRONG.format(package=f"data.{case.package}", fixtures=_FIXTURES)
    try:
        bindings = engine.query(query)
    except EngineError:
        return ""
    binding: dict[str, Any] = (bindings[0].get("wrong") if bindings else None) or {}
    wrong = {name: keys for name, keys in binding.items() if keys}
    if not wrong:
        return ""
    name, keys = next(iter(sorted(wrong.items())))
    parts = (f"{key}: expected {_json(pair['expected'])}, got {_json(pair['got'])}" for key, pair in keys.items())
    more = f" (and {len(wrong) - 1} more cases)" if len(wrong) > 1 else ""
    return f'case "{name}": {"; ".join(parts)[:_LONGEST_SHOWN]}{more}'


def _where(engine: PolicyEngine, case: PolicyTest) -> str:
    """Say which line of a test does not hold: the last one that was reached."""
    try:
        _, covered = engine.together([case.path], coverage=True)
    except EngineError:
        return "undefined"
    reached = covered.get(case.module, LineCoverage()).covered
    rows = [row for row in reached if case.row <= row < case.row + len(case.text)]
    return (
        f"undefined: line {max(rows)}, {case.text[max(rows) - case.row].strip()}"[:_LONGEST_SHOWN]
        if rows
        else "undefined"
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _false(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which a test's value is not true; a rule with cases is an object of booleans."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _false(item, f"{path}/{key}" if path else key)
    elif value is not True:
        yield path
