"""``compliance-proxy audit hold``: legal holds, placed and released by two people each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.audit.asking import Since, Until, utc
from proxy.cli.installation import Unregistered, check_registered, fail

if TYPE_CHECKING:
    from proxy.identity.holds import HoldScope

app = typer.Typer(no_args_is_help=True, help="Legal holds: what one covers is neither erased nor purged.")


@app.command("place")
def place_hold(
    matter: Annotated[str, typer.Option(help="Reference number of the legal matter, kept in the log.")],
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")] = None,
    since: Since = None,
    until: Until = None,
    unregistered: Unregistered = False,
) -> None:
    """Ask for a hold. It protects at once, and lapses after a day unless another person approves it."""
    from proxy.cli.installation import run
    from proxy.identity.holds import HoldScope

    if not unregistered:
        check_registered(filter(None, [tenant]), filter(None, [activity]))
    hold, request = run(_placed(matter, HoldScope(tenant, activity, subject, utc(since), utc(until))))
    typer.echo(f"{hold} {request}")
    _awaited(request)


@app.command()
def release(
    hold: Annotated[str, typer.Argument(help="The hold's id: hd_...")],
    ticket: Annotated[str, typer.Option(help="Reference number of the reason, kept in the log.")],
) -> None:
    """Ask for the end of a hold. It protects until another person approves that."""
    from proxy.cli.installation import acting, operator, run

    request = run(acting(lambda acts: acts.release_hold(hold, ticket, operator())))
    typer.echo(request)
    _awaited(request)


@app.command()
def approve(request: Annotated[str, typer.Argument(help="The other person's request: rq_...")]) -> None:
    """Approve the placement or the release of a hold, as the second person."""
    from proxy.cli.installation import acting, operator, run

    done = run(acting(lambda acts: acts.approve(request, operator())))
    typer.echo(f"{done.about} is {'released' if done.act == 'release_hold' else 'in force'}")


@app.command("list")
def list_(tenant: Annotated[str | None, typer.Option(help="Only those that cover this tenant.")] = None) -> None:
    """List holds: pending, lapsed, in force and released."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import acting, run
    from proxy.identity.holds import HoldStore

    rows = run(acting(lambda acts: HoldStore(acts.subjects).holds(tenant)))
    names = (
        "id", "state", "matter", "tenant", "activity", "of_subject", "since", "until", "placed_by", "placed_second",
        "released_by", "released_second",
    )  # fmt: skip
    tables.show(tables.plain(rows, names))


async def _placed(matter: str, scope: HoldScope) -> tuple[str, str]:
    from proxy.cli.installation import acting, operator
    from proxy.reports import subjects

    if scope.subject is not None and subjects.is_keyed(scope.subject):
        raise fail("a hold names the data subject as callers do, not by a reference")

    placed: tuple[str, str] = await acting(lambda acts: acts.place_hold(matter, scope, operator()))
    return placed


def _awaited(request: str) -> None:
    typer.secho(f"Another person approves it within a day: audit hold approve {request}", fg="yellow", err=True)
