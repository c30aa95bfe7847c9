"""``compliance-proxy doctor``: check every part and say how to fix it."""

from __future__ import annotations

from typing import Annotated

import typer

_MARK = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


def command(
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
