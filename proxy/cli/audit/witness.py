"""``compliance-proxy audit witness``: a witness for a second site."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def witness(
    name: Annotated[str, typer.Option(help="The witness's name in cosignatures, e.g. witness.acme.example.")],
    log: Annotated[
        list[str],
        typer.Option(metavar="FILE|KEY", help="A log to cosign, as 'audit key export' prints it; repeat for more."),
    ],
    state: Annotated[Path, typer.Option(metavar="DIR", help="Folder for its key and the last note of each log.")],
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Address to listen on.")] = "127.0.0.1:8460",
) -> None:
    """Cosign the notes of logs that only grow, on a machine that the database's administrators do not reach.

    Prints the address and key that PROXY_AUDIT_ANCHOR takes, and serves until it is stopped. TLS is for what stands
    before it.
    """
    from proxy.cli.installation import run

    run(_served(name, log, state, listen))


async def _served(name: str, logs: list[str], state: Path, listen: str) -> None:
    from aiohttp import web

    from proxy.audit.sealing import signing_key
    from proxy.audit.sealing.cosignature import Cosigner
    from proxy.audit.sealing.trusted import verifier_key
    from proxy.audit.upkeep.witness_server import WitnessServer
    from proxy.errors import ConfigurationError
    from proxy.runtime.clock import SystemClock
    from proxy.runtime.http_server import QuietRunner
    from proxy.runtime.integers import whole_number

    host, _, port = listen.rpartition(":")
    number = whole_number(port, 65_535)
    if number is None or " " in name or "+" in name:
        raise ConfigurationError("--listen takes HOST:PORT, and --name a name without blanks and '+'")
    file = state / "witness.pem"
    key = signing_key.loaded(file, name) if _exists(file) else signing_key.create(file, name)
    cosigner = Cosigner(name, key.private)
    keys = [verifier_key(log, name) for log in logs]
    runner = QuietRunner(WitnessServer(state, keys, cosigner, SystemClock()).application())
    await runner.setup()
    try:
        await web.TCPSite(runner, host, number).start()
        typer.echo(f"witness:http://{host}:{runner.addresses[0][1]}#{cosigner.key}")
        await asyncio.Event().wait()
    except OSError as error:
        raise ConfigurationError(f"{listen} cannot be listened at ({type(error).__name__})") from error
    finally:
        await runner.cleanup()


def _exists(file: Path) -> bool:
    return file.exists()
