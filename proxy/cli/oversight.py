"""``compliance-proxy oversight``: the exchanges that people must oversee or review, and who did.

Every step is recorded. The actor is the account of the operating system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.audit.access.reader import OversightResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.access.reader import Overseer
    from proxy.audit.writing.log import PostgresAuditLog

app = typer.Typer(no_args_is_help=True, help="Exchanges that a person must oversee (AI Act Art. 14) or review.")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, oldest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List what is still open."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    rows = run(overseen("", lambda overseer: overseer.items(tenant, activity, limit=limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(tables.plain(rows, ("recorded_at", "tenant", "activity", "service", "obliged", "exchange")))


@app.command()
def close(
    exchanges: Annotated[list[str], typer.Argument(help="Ids of exchanges (x-compliance-exchange).")],
    finding: Annotated[OversightResult, typer.Option(help="Your decision about the use of the output.")],
    note: Annotated[str, typer.Option(help="Why; no personal data. Stored in the audit log.")] = "",
) -> None:
    """Close items of oversight, in your name."""
    from proxy.cli.installation import audit_log, installation, operator, run

    async def work() -> list[str]:
        async with audit_log(installation()) as log:
            failed: list[str] = await overseen("", lambda overseer: _close(overseer, log))
        return failed

    async def _close(overseer: Overseer, log: PostgresAuditLog) -> list[str]:
        comment, person = note.strip(), operator()
        return [exchange for exchange in exchanges if not await overseer.close(log, exchange, finding, comment, person)]

    failed = run(work())
    for exchange in exchanges:
        if exchange in failed:
            typer.secho(f"{exchange}: nothing is open, or you are the service that sent it", fg="red", err=True)
        else:
            typer.echo(f"{exchange}: {finding.value}")
    if failed:
        raise typer.Exit(1)


async def overseen(purpose: str, question: Callable[[Overseer], Awaitable[Any]]) -> Any:
    """Connect, ask, and return the answer once the reading is recorded."""
    from proxy.audit.access.reader import Overseer
    from proxy.audit.upkeep.readings import Requester
    from proxy.cli.installation import database_url, operator, reading

    async with reading(database_url()) as connection:
        return await question(Overseer(connection, Requester(operator(), purpose)))
