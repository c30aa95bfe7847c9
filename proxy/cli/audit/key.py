"""``compliance-proxy audit key``: the key that certifies writers and signs the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from proxy.audit.sealing.keys import VerifierKey

app = typer.Typer(no_args_is_help=True, help="Create, show and rotate the audit signing key.")


@app.command()
def create(
    file: Annotated[Path | None, typer.Argument(help="Where to write it (default: the state folder).")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do nothing if there is one already.")] = False,
) -> None:
    """Create an audit signing key that only its owner can read, and print the key that verifies it."""
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.cli.installation import run
    from proxy.settings import Settings

    async def work() -> str:
        settings = Settings()
        where = file or settings.audit_signing_key or audit_key.default_path(settings)
        if keep and where.exists():
            return ""
        return f"{audit_key.create(where, settings.audit_origin).verifier}"

    if verifier := run(work()):
        typer.echo(verifier)


@app.command()
def rotate(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, help="The new key ('audit key create FILE'); omit it if the key is in the state folder."
        ),
    ] = None,
) -> None:
    """Replace the key in force by another, in a note signed by both; what the old one signed stays valid."""
    from proxy.cli.installation import run

    old, new = run(_rotated(file))
    typer.echo(f"{new.id.hex()} replaces {old.id.hex()}; give auditors: {new}")
    where = f"Set PROXY_AUDIT_SIGNING_KEY to {file} and restart" if file is not None else "Restart"
    typer.echo(f"{where} every proxy. Then, once none has the old one any more:")
    typer.echo(f"  compliance-proxy audit key end {old.id.hex()}")


@app.command()
def end(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The id of a replaced key.")],
) -> None:
    """End a replaced key: nothing it signs from now on counts. First restart proxies that still have it."""
    from proxy.cli.installation import run

    run(_ended(key_id))
    typer.echo(f"{key_id} has ended")


async def _rotated(file: Path | None) -> tuple[VerifierKey, VerifierKey]:
    """Record that a key replaces the one in force; return both."""
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.audit.upkeep import key_changes
    from proxy.cli.installation import audit_log, installation, operator
    from proxy.errors import ConfigurationError
    from proxy.settings import Settings

    settings, here = Settings(), installation()
    default = audit_key.default_path(settings)
    if file is None and audit_key.path(settings) != default:
        raise ConfigurationError("name the new key: compliance-proxy audit key create FILE, then rotate FILE")
    fresh = default.with_name(f"next-{default.name}")  # stays until it is recorded, in case this is interrupted
    if file is None and not fresh.exists():
        audit_key.create(fresh, settings.audit_origin)
    new = audit_key.loaded(file or fresh, settings.audit_origin)
    async with audit_log(here) as log:
        await key_changes.replaced(log, new, operator())
    if file is None:
        fresh.replace(default)
    return here.signing.verifier, new.verifier


async def _ended(key_id: str) -> None:
    from proxy.audit.upkeep import key_changes
    from proxy.cli.installation import audit_log, installation, operator

    async with audit_log(installation()) as log:
        await key_changes.ended(log, key_id, operator())


@app.command()
def export() -> None:
    """Print the key with which anyone can verify the log (C2SP verifier key); it contains no secret."""
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.cli.installation import run
    from proxy.settings import Settings

    async def work() -> str:
        return str(audit_key.signing_key(Settings()).verifier)

    typer.echo(run(work()))
