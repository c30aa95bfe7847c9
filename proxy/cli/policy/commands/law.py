"""Shows what the law of the data changes between two days, or what of it to look at again.

`policy law diff 2026-11-30 2026-12-02` prints what begins and ends after the first day and until the last, and which of
our tenants, activities, origins and targets are decided differently: by the configured policies and catalog, about a
person's name, with the law read as of the last day. `policy law stale` prints each law that was read too long ago
(`max_age_days`), and each open question that is due; it exits with 1 if there is any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACTIONS = ("diff", "stale")


def command(
    action: Annotated[str, typer.Argument(metavar="diff|stale", help="What to show.")],
    days: Annotated[list[str] | None, typer.Argument(metavar="DATE DATE", help="Two ISO days, for diff.")] = None,
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
) -> Answer:
    """Show what the law changes between two days for our activities and targets, or what of it to look at again."""
    from datetime import UTC, date, datetime

    from proxy.policy.authoring import matrix

    if action not in _ACTIONS or (action == "diff") != (len(days or ()) == len(_ACTIONS)):
        raise ValueError("give diff with two days, or stale")
    with options.open_evaluator(policies, overlay, data) as evaluator:
        if action == "stale":
            due = [
                {"regime": name, "reason": why} for name, why in matrix.stale(evaluator.data, datetime.now(UTC).date())
            ]
            return Answer(due, lambda: _stale(due), not due)
        first, last = sorted(date.fromisoformat(day).isoformat() for day in days or ())
        law = [
            {"day": day, "law": name, "what": what} for day, name, what in matrix.changes(evaluator.data, first, last)
        ]
        with evaluator.over({**evaluator.data, "as_of": last}) as fresh:
            before, after = (matrix.carriages(fresh, matrix.questions(fresh.data, day)) for day in (first, last))
    flows = [
        {
            "tenant": flow.tenant,
            "activity": flow.activity,
            "from": flow.origin,
            "target": flow.target,
            "before": matrix.shown(carriage),
            "after": matrix.shown(after[flow]),
        }
        for flow, carriage in sorted(before.items())
        if carriage != after[flow]
    ]

    def show() -> None:
        _rows(f"law that changes after {first} and until {last}", law)
        _rows("decided differently", flows)
        typer.echo(f"{len(law)} changes of law; {len(flows)} of {len(before)} flows are decided differently")

    return Answer({"law": law, "flows": flows, "asked": len(before)}, show)


def _stale(due: list[dict[str, str]]) -> None:

    _rows("law to look at again", due)
    if not due:
        typer.echo("nothing: every law was read lately, and no open question is due")


def _rows(title: str, rows: list[Mapping[str, Any]] | list[dict[str, str]]) -> None:
    from proxy.cli.policy import tables

    if rows:
        shown = tables.table(title, *rows[0])
        for row in rows:
            shown.add_row(*map(str, row.values()))
        tables.printed(shown)
