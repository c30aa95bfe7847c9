"""What the ``policy`` commands print with ``--json``, and the admin API answers: the tables' contents for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proxy.policy.authoring.check import Problem
    from proxy.policy.authoring.compare import Comparison
    from proxy.policy.authoring.mutants import Mutant
    from proxy.policy.authoring.suite import PolicyTestReport
    from proxy.policy.authoring.trial import RuleUse
    from proxy.policy.authoring.whatif import Flow
    from proxy.policy.bundles.tree import Tree


def check(problems: Sequence[Problem], tree: Tree, warnings: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return every problem and warning with its place; one of the whole library or the data has no file."""
    return {
        "modules": len(tree.modules),
        "test_modules": len(tree.tests),
        "problems": _problems(tree, problems),
        "warnings": _problems(tree, warnings),
    }


def _problems(tree: Tree, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [{"code": row.code, "message": row.message, **_location(tree, row.module, row.row)} for row in problems]


def tests(report: PolicyTestReport, tree: Tree, floor: float | None) -> dict[str, Any]:
    """Return the counts and each failing test; with a ``floor`` (percent) the coverage by module, too."""
    document: dict[str, Any] = {
        "total": len(report.results),
        "passed": len(report.results) - len(report.failed),
        "failures": [
            {
                "package": result.case.package,
                "test": result.case.name,
                "detail": result.detail,
                "prints": list(result.prints),
                **_location(tree, result.case.module, result.case.row),
            }
            for result in report.failed
        ],
    }
    if floor is not None:
        missing = {name: sorted(lines.coverable - lines.covered) for name, lines in sorted(report.lines.items())}
        document["coverage"] = {
            "percent": round(report.coverage() or 0.0, 2),
            "own_percent": None if (covered := report.coverage(overlay=True)) is None else round(covered, 2),
            "floor": floor,
            "not_reached": {name: _spans(rows) for name, rows in missing.items() if rows},
        }
    return document


def mutants(judged: Sequence[tuple[Mutant, bool]], tree: Tree) -> dict[str, Any]:
    """Return how many rules and conditions were left out in turn, and those that no test needs."""
    unneeded = [mutant for mutant, survives in judged if survives]
    return {
        "total": len(judged),
        "unneeded": [
            {"what": each.what, "text": each.text, **_location(tree, each.module, each.row)} for each in unneeded
        ],
    }


def uses(used: Sequence[RuleUse], total: int, tree: Tree) -> dict[str, Any]:
    """Return how many of the inputs each own rule applies to, with some exchanges."""
    rules = [
        {"rule": use.rule, "applies": use.count, "exchanges": list(use.samples), **_location(tree, use.module, use.row)}
        for use in used
    ]
    return {"total": total, "rules": rules}


def comparison(compared: Comparison) -> dict[str, Any]:
    """Return what changes, by tenant, activity, action and reason codes."""
    names = ("tenant", "activity", "action", "new_codes", "dropped_codes")
    groups = [
        {
            **dict(zip(names, key, strict=True)),
            "count": group.count,
            "samples": group.samples,
            "exchanges": [exchange for exchange in group.exchanges if exchange],
        }
        for key, group in compared.groups().items()
    ]
    return {
        "total": compared.total,
        "changed": compared.changed,
        "groups": groups,
        "failures": dict(compared.failures),
    }


def flows(affected: Mapping[tuple[str, str, str], Flow], total: int) -> dict[str, Any]:
    """Return the traffic that stops or moves, by tenant, activity and target of today."""
    return {
        "total": total,
        "stop": sum(flow.stops for flow in affected.values()),
        "move": sum(sum(flow.moves.values()) for flow in affected.values()),
        "flows": [
            {
                "tenant": tenant,
                "activity": activity,
                "target": target,
                "requests": flow.total,
                "stop": flow.stops,
                "move_to": dict(flow.moves),
                "alternatives": dict(flow.alternatives),
                "codes": dict(flow.codes),
            }
            for (tenant, activity, target), flow in sorted(affected.items())
        ],
    }


def _location(tree: Tree, module: str, row: int) -> dict[str, Any]:
    if not module:
        return {}
    return {"module": module, "file": str(tree.files.get(module, module)), **({"row": row} if row else {})}


def _spans(rows: Sequence[int]) -> list[str]:
    """Return ascending row numbers as "3" and "5-9"."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return [str(first) if first == last else f"{first}-{last}" for first, last in spans]
