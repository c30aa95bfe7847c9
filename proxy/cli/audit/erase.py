"""``compliance-proxy audit erase``: a data subject's key is destroyed by two people (GDPR Art. 17)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.output import fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.identity.requests import Asked
    from proxy.identity.subjects import SubjectKeys
    from proxy.vault.postgres import PostgresVault


_HELD = -1


def erase(
    tenant: Annotated[str, typer.Option(help="The tenant whose data subject it is.")],
    subject: Annotated[str, typer.Option(help="Your reference of the data subject, as your services send it.")],
    ticket: Annotated[str, typer.Option(help="The number of the data subject's request; kept in the log.")] = "",
    second_person: Annotated[
        str, typer.Option(metavar="REQUEST", help="Erase, as another person than made this request (rq_...).")
    ] = "",
) -> None:
    """Destroy the key of a data subject: records stay and verify, and nobody can link them to that person any more.

    The first person gets the id of a request, with which another person erases within a day.
    """
    from proxy.cli.installation import run

    if second_person:
        typer.echo(run(_with_stores(lambda *stores: _erased(second_person, tenant, subject, *stores))))
        return
    if not ticket:
        raise typer.BadParameter("the first person gives a --ticket, the second one --second-person")
    request = run(_with_stores(lambda log, subjects, _vault: _requested(tenant, subject, ticket, log, subjects)))
    typer.echo(request)
    typer.secho(
        f"Nothing is erased yet: within a day another person gives --second-person {request}", fg="yellow", err=True
    )


async def _requested(tenant: str, subject: str, ticket: str, log: PostgresAuditLog, subjects: SubjectKeys) -> str:
    from proxy.cli.installation import operator

    request = await subjects.request_erasure(tenant, subject, ticket, operator())
    facts = {"request": request, "ticket": ticket, "by": operator()}
    await log.event_durable("subject_erasure_requested", facts, tenant=tenant)
    return request


async def _erased(
    request: str, tenant: str, subject: str, log: PostgresAuditLog, subjects: SubjectKeys, vault: PostgresVault
) -> str:
    from proxy.cli.installation import operator
    from proxy.keys import authority_check

    asked = await subjects.asked(request)
    before = await subjects.standing(tenant, subject)
    if wrong := await authority_check.against(subjects.dsn, subjects.keyring, {"hold"}):
        raise fail(f"nobody is erased while {wrong[0]}")
    keys = await subjects.erase(request, tenant, subject, operator())
    if keys == _HELD:
        raise fail("a legal hold covers this data subject: see audit hold list")
    if keys is None or asked is None:
        raise fail(_refusal(request, asked, operator()))
    pseudonyms: int | None = 0
    if before.key is not None:  # it is in memory until this command ends
        pseudonyms = await _forgotten(vault, tenant, before.key.named(subject).mark)
    facts = {"request": request, "ticket": asked.ticket, "keys": keys, "pseudonyms": pseudonyms}
    persons = {"requested_by": asked.requested_by, "by": operator()}
    owed = await subjects.owed_for(request)
    await log.event_durable("subject_erased", facts | persons, tenant=tenant, target=owed)
    gone = "its pseudonyms when they expire" if pseudonyms is None else f"{pseudonyms} pseudonyms"
    return f"erased on {datetime.now(UTC):%Y-%m-%d}: {keys} key and {gone}; records stay, and nobody can link them"


async def _forgotten(vault: PostgresVault, tenant: str, mark: bytes) -> int | None:
    """Return how many pseudonyms were removed; None: the vault failed, so they stay until they expire."""
    from proxy.errors import VaultUnavailableError

    try:
        return await vault.erase_subject(tenant, mark)
    except VaultUnavailableError:
        return None


def _refusal(request: str, asked: Asked | None, approver: str) -> str:
    if asked is None:
        return f"there is no request {request}"
    if asked.requested_by == approver:
        return f"{approver} made the request: another person must erase"
    return f"{request} is not for this data subject, is older than a day, or was carried out"


async def _with_stores(work: Callable[[PostgresAuditLog, SubjectKeys, PostgresVault], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import audit_log, installation, started
    from proxy.identity.subjects import SubjectKeys
    from proxy.settings import Settings
    from proxy.vault.postgres import PostgresVault

    here = installation()
    async with (
        audit_log(here) as log,
        started(SubjectKeys(here.dsn, here.keyring, here.clock)) as subjects,
        started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
    ):
        return await work(log, subjects, vault)
