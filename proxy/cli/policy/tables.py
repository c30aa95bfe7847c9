"""How the ``policy`` commands look in a terminal."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from proxy.policy.authoring.cases import Verdict
    from proxy.policy.authoring.compare import Comparison
    from proxy.policy.authoring.explain import DecisionExplanation
    from proxy.policy.authoring.mutants import Mutant
    from proxy.policy.authoring.suite import PolicyTestReport
    from proxy.policy.authoring.whatif import Flow
    from proxy.policy.bundles.tree import Tree

_WORST = 15


@functools.cache
def _console() -> Console:
    return Console(highlight=False)


def table(title: str, *columns: str) -> Table:
    """Return an empty table."""
    empty = Table(title=title, title_justify="left", expand=False)
    for column in columns:
        empty.add_column(column, overflow="fold")
    return empty


def printed(rows: Table) -> None:
    """Print a table."""
    _console().print(rows)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; the yielded function sets the total and advances it by one."""
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda total: bar.update(task, total=total, advance=1)


def words(value: Any) -> str:
    """Return a value for a table cell."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(words(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={words(item)}" for key, item in value.items()) or "-"
    return "-" if value is None else str(value)


def tests(report: PolicyTestReport, tree: Tree) -> None:
    """Print one row per package, then each failing test with its place."""
    packages: dict[str, list[bool]] = {}
    for result in report.results:
        packages.setdefault(result.case.package, []).append(result.passed)
    rows = table("tests", "package", "pass", "fail")
    for package, passed in sorted(packages.items()):
        rows.add_row(package, str(sum(passed)), str(passed.count(False)), style="red" if not all(passed) else "")
    _console().print(rows)
    for result in report.failed:
        where = tree.where(result.case.module, result.case.row)
        _console().print(f"{where}: {result.case.name}: {result.detail}", style="red", markup=False)
        for line in result.prints:
            _console().print(f"    {line}", markup=False)


def coverage(report: PolicyTestReport, floor: float) -> None:
    """Print the modules with uncovered lines, worst first, and the totals of the library and of the overlay."""
    rows = table("lines not reached by tests", "module", "covered", "lines")
    shares = []
    for module, lines in report.lines.items():
        missing = sorted(lines.coverable - lines.covered)
        if missing:
            shares.append((len(lines.covered) / len(lines.coverable), module, missing))
    for share, module, missing in sorted(shares)[:_WORST]:
        rows.add_row(module, f"{share:.0%}", words(missing))
    if shares:
        _console().print(rows)
    for what, of_overlay in (("the library", False), ("your own rules", True)):
        if (total := report.coverage(overlay=of_overlay)) is not None:
            _console().print(f"line coverage of {what} {total:.1f} % (floor {floor:.0f} %)")


def mutants(judged: Sequence[tuple[Mutant, bool]], tree: Tree) -> None:
    """Print what no test needs, and how many of the mutants a test fails for."""
    for mutant, survives in judged:
        if survives:
            where = tree.where(mutant.module, mutant.row)
            _console().print(f"{where}: no test needs this {mutant.what}: {mutant.text}", style="red", markup=False)
    killed = sum(not survives for _, survives in judged)
    _console().print(f"tests notice {killed} of {len(judged)} rules and conditions left out")


def moves(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return what stays at the old target of a move, and why."""
    listed = table("stays", "tenant", "activity", "people in", "why not at the new one")
    for row in rows:
        listed.add_row(row["tenant"], row["activity"], row["origin"], ", ".join(row["codes"]))
    return listed


def decision(answer: Mapping[str, Any]) -> None:
    """Print a decision: what happens, each target's verdict, and the reasons."""
    _console().print(
        f"[bold]{answer.get('action')}[/] ({answer.get('effect')}, HTTP {answer.get('http_status', '-')}) "
        f"to {answer.get('selected_target') or 'no target'}"
    )
    if answer.get("block_codes"):
        _console().print(f"blocked: {words(answer['block_codes'])}", style="red")
    rows = table("targets", "target", "permit", "denials", "obligations", "transfers")
    for entry in answer.get("targets") or ():
        rows.add_row(
            entry["target"],
            "[green]yes[/]" if entry.get("permit") else "[red]no[/]",
            words(entry.get("denials") or []),
            words([o["type"] for o in entry.get("obligations") or ()]),
            words([t["mechanism"] for t in entry.get("transfers") or ()]),
        )
    _console().print(rows)
    reasons(answer.get("reasons") or ())


def reasons(entries: Sequence[Mapping[str, Any]]) -> None:
    """Print the reasons with their rule, citation and evidence."""
    rows = table("reasons", "target", "effect", "code", "rule", "citation", "evidence")
    for entry in entries:
        rows.add_row(
            entry.get("target") or "all",
            entry.get("effect", ""),
            entry.get("code", ""),
            entry.get("rule_id", ""),
            words(entry.get("citation") or []),
            words(entry.get("evidence") or []),
        )
    _console().print(rows)


def cases(failing: Sequence[Verdict]) -> None:
    """Print each difference of the failing cases."""
    rows = table("failing cases", "case", "title", "field", "expected", "decided")
    for verdict in failing:
        for number, difference in enumerate(verdict.differences):
            rows.add_row(
                verdict.id if number == 0 else "",
                verdict.title if number == 0 else "",
                difference.field,
                words(difference.expected),
                words(difference.actual),
            )
    _console().print(rows)


def remedies(explanation: DecisionExplanation) -> None:
    """Print, per target, the single facts that would lift a denial; those that would permit it first."""
    rows = table("one fact that would have to change", "target", "fact", "to", "lifts", "then permitted")
    for target, remedies_of in explanation.remedies.items():
        for remedy in sorted(remedies_of, key=lambda r: (not r.permits, -len(r.lifts))):
            permits = "[green]yes[/]" if remedy.permits else "no"
            rows.add_row(target or "all", remedy.fact, remedy.to, words(remedy.lifts), permits)
        if not remedies_of:
            rows.add_row(target or "all", "none alone", "-", "-", "no")
    _console().print(rows)


def comparison(compared: Comparison) -> None:
    """Print what changes, by tenant, activity, action and reason codes."""
    groups = compared.groups()
    rows = table("what changes", "", "tenant", "activity", "action", "new codes", "dropped codes", "count")
    for number, (key, group) in enumerate(groups.items(), 1):
        rows.add_row(str(number), *(part or "-" for part in key), str(group.count))
    if compared.changed:
        _console().print(rows)
    for number, group in enumerate(groups.values(), 1):
        exchanges = [exchange for exchange in group.exchanges if exchange]
        samples = exchanges or group.samples
        if samples:
            _console().print(f"{number}: {', '.join(samples)}", style="dim", soft_wrap=True)
    if any(any(group.exchanges) for group in groups.values()):
        _console().print("See them with 'audit show' or 'policy explain'.", style="dim")
    for reason, count in compared.failures.items():
        _console().print(f"{count} inputs gave no decision ({reason})", style="red")
    _console().print(f"{compared.changed} of {compared.total} decisions change")


def flows(affected: Mapping[tuple[str, str, str], Flow], total: int) -> None:
    """Print the traffic that stops or moves."""
    rows = table(
        "traffic", "tenant", "activity", "target today", "requests", "stop", "move to", "alternatives", "because"
    )
    for (tenant, activity, target), flow in sorted(affected.items()):
        rows.add_row(
            tenant,
            activity,
            target,
            str(flow.total),
            str(flow.stops),
            words(dict(flow.moves)),
            words(sorted(flow.alternatives)),
            words(sorted(flow.codes)),
        )
    if affected:
        _console().print(rows)
    stops = sum(flow.stops for flow in affected.values())
    moves = sum(sum(flow.moves.values()) for flow in affected.values())
    _console().print(f"of {total} recorded requests {stops} would stop and {moves} would move")
