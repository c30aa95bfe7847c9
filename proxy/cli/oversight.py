"""``compliance-proxy oversight``: what policy obliges people to oversee or to review, and who did.

Every step is recorded. Who runs a command is the account of the operating system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.audit.access.oversight import OversightResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.access.oversight import Overseer
    from proxy.audit.writing.log import PostgresAuditLog

app = typer.Typer(no_args_is_help=True, help="Exchanges that a person must oversee (AI Act Art. 14) or review.")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, oldest first.")] = 50,
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
    finding: Annotated[OversightResult, typer.Option(help="What you decided about the use of the output.")],
    note: Annotated[str, typer.Option(help="Why; no personal data. It stays in the audit log.")] = "",
) -> None:
    """Answer for what was overseen, in your name."""
    from proxy.cli.installation import audit_log, installation, run

    async def work() -> list[str]:
        async with audit_log(installation()) as log:
            left: list[str] = await overseen("", lambda overseer: _closed(overseer, log))
        return left

    async def _closed(overseer: Overseer, log: PostgresAuditLog) -> list[str]:
        return [one for one in exchanges if not await overseer.close(log, one, finding, note.strip())]

    left = run(work())
    for one in exchanges:
        if one in left:
            typer.secho(f"{one}: nothing is open, or you are the service that asked", fg="red", err=True)
        else:
            typer.echo(f"{one}: {finding.value}")
    if left:
        raise typer.Exit(1)


async def overseen(purpose: str, question: Callable[[Overseer], Awaitable[Any]]) -> Any:
    """Connect, ask, and return the answer once there is word of it."""
    from proxy.audit.access.oversight import Overseer
    from proxy.audit.upkeep.readings import Asker
    from proxy.cli.installation import database_url, operator, reading

    async with reading(database_url()) as connection:
        return await question(Overseer(connection, Asker(operator(), purpose)))
