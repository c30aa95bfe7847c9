"""``compliance-proxy break-glass``: request, approve, list, revoke and review grants. Each step is in the audit log.

The actor is the account of the operating system: requesting and approving need two of them.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.grants.grant import StoredGrant
    from proxy.grants.store import GrantStore

app = typer.Typer(no_args_is_help=True, help="Waive waivable rules for some hours, by two people, with a review.")

_GRANT = Annotated[str, typer.Argument(help="The grant's id: bg_...")]


class ReviewResult(enum.StrEnum):
    """The result of a review."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@app.command()
def request(
    tenant: Annotated[str, typer.Option(help="The tenant whose requests may use the grant.")],
    ticket: Annotated[str, typer.Option(help="The incident's number; it is in every decision that uses the grant.")],
    reason: Annotated[str, typer.Option(help="Why; no personal data. Stored with the grant.")],
    activity: Annotated[str | None, typer.Option(help="Only for this activity.")] = None,
    service: Annotated[str | None, typer.Option(help="Only for this service (its key needs the role too).")] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.01, help="How long after approval (default: the longest).")
    ] = None,
) -> None:
    """Request a grant and print its id; another operator approves it."""
    from proxy.cli.installation import operator, run
    from proxy.grants.grant import GrantRequest

    longest = _longest()
    duration = longest if hours is None else timedelta(hours=hours)
    if duration > longest:
        raise typer.BadParameter(f"at most {longest / timedelta(hours=1):g} hours (data.config.break_glass_max_hours)")
    grant_request = GrantRequest(tenant, ticket, reason, duration, operator(), activity, service)

    async def work(store: GrantStore, log: PostgresAuditLog) -> str:
        grant = await store.request(grant_request)
        facts = {"grant": grant, "ticket": ticket, "hours": round(duration / timedelta(hours=1), 2), "by": operator()}
        await log.event_durable("break_glass_requested", facts, **_columns(grant_request.tenant, activity, service))
        return grant

    typer.echo(run(_with_store(work)))
    typer.secho("It has no effect until another operator approves it.", fg="yellow", err=True)


@app.command()
def approve(
    grant: _GRANT,
    mfa: Annotated[
        str, typer.Option(help="The second factor you just used (webauthn, totp ...); recorded as you state it.")
    ] = "",
) -> None:
    """Open a grant that another operator requested."""
    from proxy.cli.installation import operator, run

    longest = _longest()

    async def work(store: GrantStore, log: PostgresAuditLog) -> datetime | str:
        expires = await store.approve(grant, operator(), mfa.strip(), longest)
        stored = await store.get(grant)
        if expires is None or stored is None:
            return _not_approved(stored, operator())
        facts = {"grant": grant, "ticket": stored.request.ticket, "expires": expires, "mfa_attested": mfa.strip()}
        await log.event_durable("break_glass_approved", facts | {"by": operator()}, **_of(stored))
        return expires

    result = run(_with_store(work))
    if isinstance(result, str):
        raise fail(result)
    typer.echo(f"{grant} is open until {result:%Y-%m-%d %H:%M:%S} UTC")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, for example: open, 'review overdue'.")] = None,
) -> None:
    """List grants: pending, open, expired, and those whose review is due or overdue."""
    from rich.table import Table

    from proxy.cli.audit.tables import show
    from proxy.cli.installation import run

    async def work(store: GrantStore, _log: PostgresAuditLog) -> tuple[StoredGrant, ...]:
        return await store.list(tenant)

    columns = ("id", "state", "tenant", "activity", "service", "ticket", "asked", "approved", "mfa", "expires", "uses")
    table = Table(box=None, header_style="bold")
    for name in (*columns, "review by"):
        table.add_column(name, overflow="fold")
    now = datetime.now(UTC)
    for stored in run(_with_store(work)):
        if state is None or stored.state(now) == state:
            table.add_row(*_row(stored, now))
    show(table)


@app.command()
def revoke(grant: _GRANT) -> None:
    """End a grant at once; any operator may."""
    from proxy.cli.installation import operator, run

    async def work(store: GrantStore, log: PostgresAuditLog) -> bool:
        revoked = await store.revoke(grant, operator())
        stored = await store.get(grant)
        if revoked and stored is not None:
            await log.event_durable("break_glass_revoked", {"grant": grant, "by": operator()}, **_of(stored))
        return revoked

    if not run(_with_store(work)):
        raise fail(f"no unrevoked grant has the id {grant}")
    typer.echo(f"revoked {grant}")


@app.command()
def review(
    grant: _GRANT,
    finding: Annotated[ReviewResult, typer.Option(help="Whether what was done under the grant was justified.")],
    note: Annotated[str, typer.Option(help="What the review found; no personal data. Stored with the grant.")] = "",
) -> None:
    """Close a grant that has ended; its requester, approver and user may not."""
    from proxy.cli.installation import acting, operator, run

    run(acting(lambda acts: acts.review_grant(grant, finding.value, note.strip(), operator())))
    typer.echo(f"reviewed {grant}: {finding.value}")


def _longest() -> timedelta:
    """Return the longest duration of a grant: ``data.config.break_glass_max_hours``, 4 by default."""
    from proxy.cli.installation import database_url
    from proxy.errors import ProxyError
    from proxy.service import rollout
    from proxy.settings import Settings

    try:
        settings = rollout.with_database(Settings(), database_url)
        document = rollout.catalog(settings, {}).data_document
    except ProxyError as error:
        raise fail(str(error), 2) from error
    return timedelta(hours=document.get("config", {}).get("break_glass_max_hours", 4))


def _not_approved(stored: StoredGrant | None, approver: str) -> str:
    if stored is None:
        return "no such grant"
    if approver in {stored.request.requested_by, stored.request.service}:
        return f"{approver} requested it or would use it: another operator must approve it"
    return f"the grant is {stored.state(datetime.now(UTC))}"


def _row(stored: StoredGrant, now: datetime) -> tuple[str, ...]:
    request, approval, due = stored.request, stored.approval, stored.review_due()
    return (
        stored.id,
        stored.state(now),
        request.tenant,
        request.activity or "any",
        request.service or "any",
        request.ticket,
        request.requested_by,
        approval.approver if approval else "",
        approval.mfa if approval else "",
        f"{approval.expires:%Y-%m-%d %H:%M}" if approval else "",
        str(stored.uses),
        f"{due:%Y-%m-%d %H:%M}" if due and stored.reviewed is None else "",
    )


def _of(stored: StoredGrant) -> dict[str, str]:
    return _columns(stored.request.tenant, stored.request.activity, stored.request.service)


def _columns(tenant: str, activity: str | None, service: str | None) -> dict[str, str]:
    return {"tenant": tenant, "activity": activity or "", "service": service or ""}


async def _with_store(work: Callable[[GrantStore, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import with_store
    from proxy.grants.store import GrantStore

    return await with_store(GrantStore, work)
