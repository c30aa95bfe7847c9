"""``compliance-proxy routes``: move a route from one target to another, step by step, and back.

ROUTE is a route's ``id``, its number, or the model that only it is for. Every step is a revision of the registry in the
database, in force on every process, on record, and for a second person where it touches a sensitive place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import Since, Until
from proxy.cli.installation import fail
from proxy.cli.registry import store as here
from proxy.cli.registry.commands import AsJson, Base, Comment, NoWait

if TYPE_CHECKING:
    from proxy.core.targets.canary import Move

app = typer.Typer(no_args_is_help=True, help="Move a route from one target to another, step by step, and back.")

Route = Annotated[str, typer.Argument(metavar="ROUTE", help="Its id, its number, or the model that only it is for.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the routes in order: the first that matches a request applies."""
    from proxy.cli.audit import tables
    from proxy.registry import moving

    document = here.documents_of("routes list", here.source())
    rows = [{**route, "route": name} for name, route in zip(moving.names(document), document["routes"], strict=True)]
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(
            tables.plain([_shown(row) for row in rows], ("route", "tenant", "model", "targets", "canary", "returns to"))
        )


@app.command()
def canary(
    route: Route,
    target: Annotated[
        str, typer.Argument(metavar="[TARGET]", help="The new target (default: the canary it has).")
    ] = "",
    percent: Annotated[
        float | None, typer.Option("--percent", min=0, max=100, help="Percentage of the conversations; 0 pauses it.")
    ] = None,
    tenant: Annotated[
        list[str] | None, typer.Option("--tenant", help="All conversations of this tenant; repeat for more.")
    ] = None,
    comment: Comment = "",
    base: Base = None,
    no_wait: NoWait = False,
) -> None:
    """Send a share of a route's conversations, or whole tenants, to a target where policy permits it."""
    from proxy.registry import moving

    here.change(
        "routes canary",
        lambda now: moving.canary(now, route, target, percent, tenant or ()),
        comment,
        base,
        not no_wait,
    )


@app.command()
def promote(
    route: Route,
    partly: Annotated[
        bool, typer.Option("--partly", help="Even though policy keeps some activities where they are.")
    ] = False,
    comment: Comment = "",
    base: Base = None,
    no_wait: NoWait = False,
) -> None:
    """Make a route's canary the first of its targets; refused while policy would keep activities at the old one."""
    from proxy.registry import moving

    before = here.read("routes promote", here.ACTIVE)
    move = here.checked(lambda: moving.move(before.documents, route))
    if not partly and (stays := here.checked(lambda: _stays(move))):
        for line in stays:
            typer.echo(line)
        raise fail(f"policy would keep {len(stays)} flows at {move.old}; --partly promotes all the same")
    based = base or before.revision
    here.change("routes promote", lambda now: moving.promoted(now, route), comment, based, not no_wait)


@app.command("return")
def return_(route: Route, comment: Comment = "", base: Base = None, no_wait: NoWait = False) -> None:
    """Undo the last step: end a canary, or restore exactly the split that the last promotion ended."""
    from proxy.registry import moving

    here.change("routes return", lambda now: moving.returned(now, route), comment, base, not no_wait)


@app.command()
def compare(
    route: Route,
    since: Since = None,
    until: Until = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a route's canary and mirror with what they would replace, from the evidence (audit ask AQ-31)."""
    from proxy.cli.audit import ask, tables
    from proxy.cli.audit.asking import utc
    from proxy.registry import moving

    document = here.documents_of("routes compare", here.source())
    entry = here.checked(lambda: moving.entry(document, route))
    asked = {"since": utc(since), "until": utc(until), "tenant": tenant, "activity": activity}
    rows = [row for row in ask.rows("AQ-31", asked) if moving.compares(entry, row["new"], row["model"])]
    if as_json:
        typer.echo(tables.json_lines(rows))
    elif rows:
        columns = ("way", "model", "new", "old", "measure", "calls", "new one", "old one", "difference", "verdict")
        tables.show(tables.plain([_compared(row) for row in rows], columns))
    else:
        typer.echo(f"no calls of route {route} can be compared: it had no canary and no mirror then")


def _stays(move: Move) -> list[str]:
    """Return a line for each flow that policy would keep at the old target."""
    from datetime import UTC, datetime

    from proxy.cli.policy import options
    from proxy.policy.authoring import matrix

    with options.open_evaluator(None, None, None) as evaluator:
        permitted = matrix.kept(evaluator, datetime.now(UTC).date().isoformat(), move)
    return [
        f"{flow.activity} of {flow.tenant} about people in {flow.origin} stays at {move.old}: {matrix.shown(carriage)}"
        for flow, carriage in sorted(permitted.items())
    ]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "route": row["route"], "tenant": row.get("tenant", "*"), "model": row.get("model", "*"),
        "targets": _split(row), "canary": _canary(row), "returns to": _split(row["former"]) if "former" in row else "",
    }  # fmt: skip


def _split(split: Mapping[str, Any]) -> str:
    weights = split.get("weights", {})
    return ", ".join(f"{name} ({weights[name]})" if name in weights else name for name in split["targets"])


def _canary(row: Mapping[str, Any]) -> str:
    new = row.get("canary")
    if new is None:
        return ""
    tenants: Sequence[str] = new.get("tenants", ())
    return f"{new['target']} {new.get('percent', 0):g} %" + (f", all of {', '.join(tenants)}" if tenants else "")


def _compared(row: Mapping[str, Any]) -> dict[str, Any]:
    shares = row["measure"] in {"errors", "refusals", "findings"}
    of_difference = shares or row["measure"] == "latency"
    low, high = (f"{100 * row[end]:+.1f} %" if of_difference else f"{row[end]:+.4g}" for end in ("low", "high"))
    new, old = (f"{100 * row[name]:.1f} %" if shares else f"{row[name]:.4g}" for name in ("value_new", "value_old"))
    calls = f"{row['n_new']} / {row['n_old']}"
    return {**row, "calls": calls, "new one": new, "old one": old, "difference": f"{low} to {high}"}
