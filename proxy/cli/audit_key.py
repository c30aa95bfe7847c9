"""``compliance-proxy audit key``: the key that certifies writers and signs the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make and show the audit signing key.")


@app.command()
def create(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; by default into the state folder.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Say nothing when there is one already.")] = False,
) -> None:
    """Make an audit signing key that only its owner may read, and print the key that verifies it."""
    from proxy import audit_key
    from proxy.cli.installation import run
    from proxy.settings import Settings

    async def work() -> str:
        settings = Settings()
        where = file or settings.audit_signing_key or audit_key.default_path(settings)
        if keep and where.exists():
            return ""
        return f"{audit_key.create(where, settings.audit_origin).verifier}"

    if made := run(work()):
        typer.echo(made)


@app.command()
def export() -> None:
    """Print the key with which anybody can verify the log (C2SP verifier key); it holds no secret."""
    from proxy import audit_key
    from proxy.cli.installation import run
    from proxy.settings import Settings

    async def work() -> str:
        return str(audit_key.signing_key(Settings()).verifier)

    typer.echo(run(work()))
