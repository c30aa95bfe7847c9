"""``compliance-proxy subject``: for whom processing is restricted or objected to (GDPR Art. 18, 21).

Running proxies see a change at once. Each is an event of the audit log, under the account of the operating system.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import moment, utc
from proxy.cli.installation import Unregistered, check_registered, fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.identity.restrictions import RestrictionList

app = typer.Typer(no_args_is_help=True, help="Data subjects whose data must not be processed.")

_Tenant = Annotated[str, typer.Option(help="The tenant whose data subject it is.")]
_Subject = Annotated[str, typer.Option(help="Your reference of the data subject, as your services send it.")]
_Ticket = Annotated[str, typer.Option(help="Reference number of the data subject's request, kept in the log.")]
_Since = Annotated[
    datetime | None, typer.Option(help="From this time on (UTC); without it, from now.", parser=moment, metavar="TIME")
]
_Until = Annotated[
    datetime | None,
    typer.Option(help="Until this time (UTC); without it, until lifted.", parser=moment, metavar="TIME"),
]


@app.command()
def restrict(
    tenant: _Tenant,
    subject: _Subject,
    ticket: _Ticket,
    since: _Since = None,
    until: _Until = None,
    unregistered: Unregistered = False,
) -> None:
    """Restrict the processing of a data subject's data (GDPR Art. 18): requests that name them are refused."""
    _add("restriction", tenant, subject, ticket, since, until, unregistered=unregistered)


@app.command("object")
def object_(
    tenant: _Tenant,
    subject: _Subject,
    ticket: _Ticket,
    since: _Since = None,
    until: _Until = None,
    unregistered: Unregistered = False,
) -> None:
    """Record that a data subject objects to the processing of their data (GDPR Art. 21): as for restrict."""
    _add("objection", tenant, subject, ticket, since, until, unregistered=unregistered)


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")] = None,
    lifted: Annotated[bool, typer.Option("--lifted", help="Include lifted restrictions.")] = False,
) -> None:
    """List restrictions and objections, without saying whom they are about."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    if subject is not None and tenant is None:
        raise typer.BadParameter("--subject needs --tenant: references differ between tenants")
    rows = run(_with_list(lambda restrictions, _log: restrictions.entries(tenant, subject, lifted=lifted)))
    names = (
        "id",
        "tenant",
        "kind",
        "since",
        "until",
        "ticket",
        "added_by",
        *(("lifted", "lifted_by") if lifted else ()),
    )
    tables.show(tables.plain(rows, names))


@app.command()
def lift(entry: Annotated[str, typer.Argument(help="The entry's id: rs_...")]) -> None:
    """End a restriction or an objection."""
    from proxy.cli.installation import operator, run

    async def work(restrictions: RestrictionList, log: PostgresAuditLog) -> bool:
        lifted = await restrictions.lift(entry, operator())
        if lifted is not None:
            facts = {"restriction": entry, "kind": lifted["kind"], "by": operator()}
            await log.event_durable("subject_restriction_lifted", facts, tenant=lifted["tenant"])
        return lifted is not None

    if not run(_with_list(work)):
        raise fail(f"there is no entry {entry}, or it was lifted before")
    typer.echo(f"lifted {entry}")


def _add(
    kind: str,
    tenant: str,
    subject: str,
    ticket: str,
    since: datetime | None,
    until: datetime | None,
    *,
    unregistered: bool,
) -> None:
    from proxy.cli.installation import operator, run

    if not unregistered:
        check_registered([tenant])

    async def work(restrictions: RestrictionList, log: PostgresAuditLog) -> str:
        from proxy.identity.restrictions import NewRestriction, RestrictionKind

        begins, ends = utc(since) or restrictions.now(), utc(until)
        new = NewRestriction(tenant, subject, RestrictionKind(kind), begins, ends, ticket)
        entry = await restrictions.add(new, operator())
        await log.event_durable("subject_restricted", new.facts(entry, operator()), tenant=tenant)
        return entry

    typer.echo(run(_with_list(work)))


async def _with_list(work: Callable[[RestrictionList, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import with_store
    from proxy.identity.restrictions import RestrictionList
    from proxy.identity.subjects import SubjectKeys

    return await with_store(SubjectKeys, lambda subjects, log: work(RestrictionList(subjects), log))
