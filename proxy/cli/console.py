"""``compliance-proxy console``: a one-time link into the console, for whoever reads this terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.audit.writing.log import PostgresAuditLog


def command(
    name: Annotated[str, typer.Option("--as", help="Who logs in; a second person needs another name.")] = "officer",
    role: Annotated[
        list[str] | None, typer.Option("--role", help="A role of the admin API; repeat it. Default: all.")
    ] = None,
    tenant: Annotated[
        str, typer.Option(help="Tenant whose evidence this person reads, without a role that reads every tenant.")
    ] = "",
    end: Annotated[bool, typer.Option("--end", help="End this person's sessions and links instead.")] = False,
) -> None:
    """Print a link that logs one person in once, within ten minutes, on this machine; or end their sessions."""
    import asyncio

    from proxy.web.api.access import ROLES

    roles = tuple(role or ROLES)
    if unknown := sorted(set(roles) - set(ROLES)):
        raise fail(f"'{unknown[0]}' is not a role of the admin API: {', '.join(ROLES)}")
    typer.echo(asyncio.run(_done(name, roles, tenant, end=end)))


async def _done(name: str, roles: tuple[str, ...], tenant: str, *, end: bool) -> str:
    from proxy.cli.installation import audit_log, installation, operator, started
    from proxy.embedded import state
    from proxy.identity.console_logins import ConsoleLogins, LoginKind
    from proxy.settings import Settings

    settings, here = Settings(), installation()
    stack = state.running(settings.state_dir)
    base = settings.console_url or (stack.proxy_url if stack is not None else f"http://127.0.0.1:{settings.port}")
    async with audit_log(here) as log, started(ConsoleLogins(here.dsn, here.keyring, here.clock)) as logins:
        if end:
            ended = await logins.revoke(name)
            await _recorded(log, "console_ended", {"person": name, "by": operator(), "ended": ended})
            return f"{ended} sessions and links of {name} have ended"
        login = {"person": name, "roles": list(roles), "tenant": tenant, "by": "console_link"}
        link = await logins.add(LoginKind.LINK, login)
        await _recorded(log, "console_link", {"person": name, "by": operator(), "roles": list(roles)})
        return f"{base.rstrip('/')}/console/login?link={link}"


async def _recorded(log: PostgresAuditLog, event: str, facts: dict[str, Any]) -> None:
    await log.event_durable(event, facts)
