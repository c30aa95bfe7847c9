"""``compliance-proxy audit hold``: legal holds, placed and released by two people each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import Since, Until, utc
from proxy.cli.output import fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.identity.holds import HoldScope, HoldStore

app = typer.Typer(no_args_is_help=True, help="Legal holds: what one covers is neither erased nor purged.")
_EVENTS = {"place_hold": "hold_placed", "release_hold": "hold_released"}


@app.command()
def place(
    matter: Annotated[str, typer.Option(help="The number of the legal matter; kept in the log.")],
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Ask for a hold. It protects at once, and lapses after a day unless another person approves it."""
    from proxy.cli.installation import run
    from proxy.identity.holds import HoldScope

    hold, request = run(_placed(matter, HoldScope(tenant, activity, subject, utc(since), utc(until))))
    typer.echo(f"{hold} {request}")
    _awaited(request)


@app.command()
def release(
    hold: Annotated[str, typer.Argument(help="The hold's id: hd_...")],
    ticket: Annotated[str, typer.Option(help="Why it may end, as a number; kept in the log.")],
) -> None:
    """Ask for the end of a hold. It protects until another person approves that."""
    from proxy.cli.installation import operator, run

    async def work(holds: HoldStore, log: PostgresAuditLog) -> str | None:
        request = await holds.request_release(hold, ticket, operator())
        if request is not None:
            facts = {"hold": hold, "request": request, "ticket": ticket, "by": operator()}
            await log.event_durable("hold_release_requested", facts)
        return request

    request = run(_with_holds(work))
    if request is None:
        raise fail(f"there is no hold {hold}, or it was released")
    typer.echo(request)
    _awaited(request)


@app.command()
def approve(request: Annotated[str, typer.Argument(help="What another person asked for: rq_...")]) -> None:
    """Approve the placement or the release of a hold, as the second person."""
    from proxy.cli.installation import operator, run

    async def work(holds: HoldStore, log: PostgresAuditLog) -> str:
        done = await holds.approve(request, operator())
        if done is None:
            raise fail(f"{request} is not for a hold, is yours, is older than a day, or was approved before")
        facts = {"hold": done.about, "ticket": done.ticket, "request": request, "requested_by": done.requested_by}
        await log.event_durable(_EVENTS[done.act], facts | {"by": operator()})
        return f"{done.about} is {'in force' if done.act == 'place_hold' else 'released'}"

    typer.echo(run(_with_holds(work)))


@app.command("list")
def list_(tenant: Annotated[str | None, typer.Option(help="Only those that cover this tenant.")] = None) -> None:
    """List holds: pending, lapsed, in force and released."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    rows = run(_with_holds(lambda holds, _log: holds.holds(tenant)))
    names = (
        "id", "state", "matter", "tenant", "activity", "of_subject", "since", "until", "placed_by", "placed_second",
        "released_by", "released_second",
    )  # fmt: skip
    tables.show(tables.plain(rows, names))


async def _placed(matter: str, scope: HoldScope) -> tuple[str, str]:
    from proxy.cli.installation import operator
    from proxy.reports import subjects

    if scope.subject is not None and subjects.is_keyed(scope.subject):
        raise fail("a hold names the data subject as callers do, not by a reference")

    async def work(holds: HoldStore, log: PostgresAuditLog) -> tuple[str, str]:
        hold, request = await holds.request(matter, scope, operator())
        facts = {"hold": hold, "ticket": matter, "request": request, "by": operator(), **scope.facts()}
        await log.event_durable("hold_requested", facts, tenant=scope.tenant or "")
        return hold, request

    placed: tuple[str, str] = await _with_holds(work)
    return placed


def _awaited(request: str) -> None:
    typer.secho(f"Another person approves it within a day: audit hold approve {request}", fg="yellow", err=True)


async def _with_holds(work: Callable[[HoldStore, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import subjects_and_log
    from proxy.identity.holds import HoldStore

    async with subjects_and_log() as (subjects, log):
        return await work(HoldStore(subjects), log)
