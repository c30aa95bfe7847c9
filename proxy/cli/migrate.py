"""``compliance-proxy migrate``: bring the database to the schema of this release."""

from __future__ import annotations

import typer


def command() -> None:
    """Apply the missing migrations; safe at any time, and concurrently."""
    from proxy.cli.installation import database_url, run
    from proxy.runtime import migrations
    from proxy.runtime.resources import shipped

    async def work() -> tuple[str, ...]:
        return await migrations.migrate(database_url(), shipped("migrations"))

    applied = run(work())
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("the database is up to date")
