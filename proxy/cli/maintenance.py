"""Commands that prepare this installation and check it: ``install-engine``, ``migrate``, ``doctor``."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Annotated

import typer

from proxy.cli.installation import fail


def migrate() -> None:
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


def install_engine() -> None:
    """Install OPA as a library, for 'run' and the policy commands; not needed with an OPA server or executable.

    Its package declares a newer Python than it needs, so only the tested files are installed, by their hashes.
    """
    from proxy.policy.engine import engine
    from proxy.runtime.resources import shipped

    if engine.available():
        typer.echo(f"already installed: {engine.version()}")
        return
    words = [
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python",
        "--require-hashes", "--only-binary=:all:", "-r", str(shipped("requirements-engine.txt")),
    ]  # fmt: skip
    if subprocess.run(words, check=False).returncode:
        raise fail(f"pip could not install it; run it yourself: {shlex.join(words)}")


_MARK = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check every part on this machine by using it, and say how to fix it. Exits with 1 if a check fails."""
    import asyncio
    import datetime as dt
    import json
    from dataclasses import asdict

    from proxy.embedded.doctor import examine
    from proxy.settings import Settings

    results = asyncio.run(examine(Settings(), dt.datetime.now(dt.UTC).date()))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in results], indent=2))
    else:
        width = max(len(check.part) for check in results)
        for check in results:
            mark, colour = _MARK[check.result]
            typer.echo(f"{typer.style(f'{mark:8}', fg=colour)} {check.part:{width}}  {check.detail}")
            if check.advice:
                typer.echo(f"{'':8} {'':{width}}  -> {check.advice}")
    if any(check.result == "failed" for check in results):
        raise typer.Exit(1)
