"""``compliance-proxy vault``: what is stored, and its removal. Removals are recorded in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.vault.postgres import PostgresVault

app = typer.Typer(no_args_is_help=True, help="The pseudonym vault: statistics, expiry, erasure.")


@app.command()
def stats() -> None:
    """Print how much is stored."""
    from proxy.cli.installation import run

    async def work(vault: PostgresVault, _log: PostgresAuditLog) -> Any:
        return await vault.stats()

    for name, value in run(_with_vault(work)).items():
        typer.echo(f"{name.replace('_', ' ')}: {value if value is not None else '-'}")


@app.command()
def purge() -> None:
    """Remove what has expired."""
    from proxy.cli.installation import operator, run

    async def work(vault: PostgresVault, log: PostgresAuditLog) -> int:
        removed = await vault.purge()
        await log.event_durable("vault_purged", {"pseudonyms": removed, "by": operator()})
        return removed

    typer.echo(f"removed {run(_with_vault(work))} expired pseudonyms")


@app.command()
def erase(
    tenant: Annotated[str, typer.Option(help="The tenant whose originals are removed.")],
    activity: Annotated[str, typer.Option(help="Only those of this processing activity.")] = "",
    service: Annotated[
        str, typer.Option(help="With --conversation: the service, unless the activity shares its pseudonyms.")
    ] = "",
    conversation: Annotated[str, typer.Option(help="Only those of this conversation of the activity.")] = "",
) -> None:
    """Remove the originals of a tenant, an activity or a conversation; they can never be restored.

    Takes effect in running proxies at once.
    """
    from proxy.cli.installation import operator, run

    if (conversation or service) and not activity:
        raise fail("--service and --conversation need --activity", 2)

    async def work(vault: PostgresVault, log: PostgresAuditLog) -> int:
        if conversation or service:
            removed = await vault.erase(f"{tenant}\x1f{activity}\x1f{service}\x1f{conversation}")
        else:
            removed = await vault.erase_tenant(tenant, activity)
        facts = {"pseudonyms": removed, "by": operator()}
        await log.event_durable("vault_erased", facts, tenant=tenant, activity=activity)
        return removed

    typer.echo(f"erased {run(_with_vault(work))} pseudonyms")


async def _with_vault(work: Callable[[PostgresVault, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import audit_log, installation, started
    from proxy.settings import Settings
    from proxy.vault.postgres import PostgresVault

    here = installation()
    async with (
        audit_log(here) as log,
        started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
    ):
        return await work(vault, log)
