"""``compliance-proxy evidence``: compare the typed tables with the records, and make them again from these."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from proxy.audit.verification.derived import TypedComparison

app = typer.Typer(no_args_is_help=True, help="Typed tables, which questions are answered from.")
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_SHOWN = 20


@app.command()
def check(as_json: _AsJson = False) -> None:
    """Compare the typed tables with the records, as the reader; exit status 1 where they differ."""
    from proxy.audit.verification import derived
    from proxy.cli.installation import database_url, reading, run

    async def work() -> TypedComparison:
        async with reading(database_url()) as connection:
            compared = await derived.check(connection)
            await _announce(connection, "evidence check", compared)
        return compared

    compared = run(work())
    _print(compared, as_json=as_json)
    raise typer.Exit(1 if compared.differing else 0)


@app.command()
def rebuild(as_json: _AsJson = False) -> None:
    """Make the typed tables what the records say, and name what differed. Needs the login that migrates."""
    from proxy.audit.verification import derived
    from proxy.cli.installation import database_url, reading, run
    from proxy.runtime import database

    async def work() -> TypedComparison:
        async with reading(database_url()) as reader:
            connection = await database.connect(database_url(), database.OWNER)
            try:
                compared = await derived.rebuild(connection)
            finally:
                await connection.close()
            await _announce(reader, "evidence rebuild", compared)
        return compared

    _print(run(work()), as_json=as_json)


async def _announce(connection: object, command: str, compared: TypedComparison) -> None:
    from proxy.audit.upkeep import readings
    from proxy.cli.installation import operator

    await readings.announce(
        connection,
        readings.Asker(operator()),
        command,
        {"differing": compared.differing},
        compared.exchanges + compared.events,
    )


def _print(compared: TypedComparison, *, as_json: bool) -> None:
    if as_json:
        from proxy.cli.audit import tables

        found = [one._asdict() for one in compared.differences]
        typer.echo(tables.json_lines([asdict(compared) | {"differences": found}]))
        return
    for one in compared.differences[:_SHOWN]:
        place = f" {one.writer} {one.seq}" if one.writer else ""
        typer.echo(f"{one.table}{place}: {one.what}{f' ({one.detail})' if one.detail else ''}")
    if compared.differing > _SHOWN:
        typer.echo(f"... and {compared.differing - _SHOWN} more")
    typer.echo(f"{compared.exchanges} exchanges, {compared.events} events: {compared.differing} differences")
