"""What must be kept until when (``audit retention``), its purge and the erasure of a data subject by two people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.audit.asking import AsJson
from proxy.cli.installation import fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.audit.upkeep.purging import DayPlan, PurgedDay

app = typer.Typer(no_args_is_help=True, help="Retention: what may be purged, and its purge by two people.")
Through = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only days up to this one (UTC); all that are due without it."),
]
_WITHOUT_DAY = "-infinity"


@app.command("plan")
def plan_(
    through: Through = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many days, oldest first.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Show what may be purged of each day older than the shortest period, and what keeps the rest."""
    from proxy.cli.installation import run

    plans, anchored = run(_planned(through, limit))
    if as_json:
        _print_json(plans)
        return
    for plan in plans:
        typer.echo(_summary(plan, anchored))
    if not plans:
        typer.echo("no day is older than the shortest period of 400 days")


@app.command("run")
def run_(
    through: Through = None,
    ticket: Annotated[str, typer.Option(help="Reference number of the purge, kept in the log.")] = "",
    second_person: Annotated[
        str, typer.Option(metavar="REQUEST", help="Purge, as another person than made this request (rq_...).")
    ] = "",
    approved: Annotated[
        bool, typer.Option("--approved", help="Purge what two people approved by the admin API.")
    ] = False,
) -> None:
    """Purge what is due, oldest day first, each day under a certificate in the log.

    The first person gets the id of a request, with which another person purges within a day.
    """
    from proxy.cli.installation import acting, operator, run

    if second_person or approved:
        done = run(_purged(second_person))
        for day in done:
            typer.echo(_ended(day))
        if any(day.refused for day in done):
            raise typer.Exit(1)
        return
    if not ticket:
        raise typer.BadParameter("the first person gives a --ticket, the second one --second-person")
    last = (through or datetime.now(UTC)).date()
    request = run(acting(lambda acts: acts.purge(last, ticket, operator())))
    typer.echo(request)
    typer.secho(
        f"Nothing is purged yet: within a day another person gives --second-person {request}", fg="yellow", err=True
    )


async def _planned(through: datetime | None, limit: int) -> tuple[Sequence[DayPlan], int]:
    from proxy.audit.sealing import notes
    from proxy.audit.upkeep import purging
    from proxy.cli.audit.proof import anchors_of
    from proxy.cli.installation import database_url
    from proxy.settings import Settings

    lines = [line for anchor in anchors_of(Settings()) for line in await anchor.every("")]
    async with purging.opened(database_url()) as retention:
        plans = await retention.plans((through or datetime.now(UTC)).date(), limit)
    return plans, max(map(notes.line_size, lines), default=0)


async def _purged(request: str) -> list[PurgedDay]:
    """Purge what a request asks for, as its second person; "": what second persons approved elsewhere within a day."""
    from proxy.audit.upkeep import purging
    from proxy.audit.upkeep.checkpointer import Checkpointer
    from proxy.audit.upkeep.purging import PurgeApproval
    from proxy.cli.audit.proof import anchors_of
    from proxy.cli.installation import acting, audit_log, installation, operator
    from proxy.keys import authority_check
    from proxy.settings import Settings

    here = installation()
    used = anchors_of(Settings())
    if not used:
        raise fail("no anchor is set (PROXY_AUDIT_ANCHOR): nothing outside the database would know what was purged")
    if wrong := await authority_check.against(here.dsn, here.keyring, {"hold"}):
        raise fail(f"nothing goes while {wrong[0]}")
    if request:
        await acting(lambda acts: acts.approve(request, operator()))
    approved = await acting(lambda acts: acts.subjects.approved_purges())
    days: list[PurgedDay] = []
    async with audit_log(here) as log, purging.opened(here.dsn) as retention:
        for row in (row for row in approved if request in {"", row["id"]}):
            through = date.fromisoformat(row["about"])
            approval = PurgeApproval(row["id"], through, row["ticket"], row["requested_by"], row["approver"])
            checkpointer = Checkpointer(here.dsn, here.signing, used)
            days += [day async for day in retention.run(approval, log, checkpointer)]
    return days


def _summary(plan: DayPlan, anchored: int) -> str:
    """Return a line about a day."""
    parts = [f"{_day(plan.day)}: {plan.records} records ({plan.exchanges} exchanges) may go"]
    if plan.records and (why := plan.blocked(anchored)):
        parts.append(f"but not yet: {why}")
    if plan.kept:
        through = f" through {plan.next} to {plan.last}" if plan.next != plan.last else f" through {plan.last}"
        parts.append(f"{plan.kept} are kept{through}")
    for hold, number in sorted(plan.holds.items()):
        parts += [f"{hold} holds {number}"] if number else []
    return "; ".join(parts)


def _ended(done: PurgedDay) -> str:
    if done.refused:
        return f"{_day(done.day)}: nothing was purged: {done.refused}"
    return f"{_day(done.day)}: {done.records} records were purged; certificate {done.purge}"


def _day(day: str) -> str:
    return "without a day" if day == _WITHOUT_DAY else day


def _print_json(plans: Sequence[DayPlan]) -> None:
    import orjson

    for plan in plans:
        plain = {name: value for name, value in plan._asdict().items() if name != "facts"}
        typer.echo(orjson.dumps({**plan.facts, **plain}).decode())


def erase(
    tenant: Annotated[str, typer.Option(help="The tenant whose data subject it is.")],
    subject: Annotated[str, typer.Option(help="Your reference of the data subject, as your services send it.")],
    ticket: Annotated[str, typer.Option(help="Reference number of the data subject's request, kept in the log.")] = "",
    second_person: Annotated[
        str, typer.Option(metavar="REQUEST", help="Erase, as another person than made this request (rq_...).")
    ] = "",
) -> None:
    """Destroy the key of a data subject: records stay and verify, and nobody can link them to that person any more.

    The first person gets the id of a request, with which another person erases within a day.
    """
    from proxy.cli.installation import acting, operator, run

    if second_person:
        done = run(acting(lambda acts: acts.approve_erasure(second_person, tenant, subject, operator())))
        gone = "its pseudonyms when they expire" if done.pseudonyms is None else f"{done.pseudonyms} pseudonyms"
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        typer.echo(f"erased on {today}: {done.keys} key and {gone}; records stay, and nobody can link them")
        lists = f"compliance-proxy registered erase --tenant {tenant} --subject ..."
        typer.echo(f"lists of registered people are apart; from these the person goes with: {lists}")
        return
    if not ticket:
        raise typer.BadParameter("the first person gives a --ticket, the second one --second-person")
    request = run(acting(lambda acts: acts.erase(tenant, subject, ticket, operator())))
    typer.echo(request)
    typer.secho(
        f"Nothing is erased yet: within a day another person gives --second-person {request}", fg="yellow", err=True
    )
