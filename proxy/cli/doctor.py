"""``compliance-proxy doctor``: check every part and say what to do."""

from __future__ import annotations

from typing import Annotated

import typer

_MARK = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check every part on this machine, each for real, and say what to do. Exits with 1 when a check fails."""
    import asyncio
    import datetime as dt
    import json
    from dataclasses import asdict

    from proxy.embedded.doctor import examine
    from proxy.settings import Settings

    found = asyncio.run(examine(Settings(), dt.datetime.now(dt.UTC).date()))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
    else:
        width = max(len(each.part) for each in found)
        for each in found:
            mark, colour = _MARK[each.result]
            typer.echo(f"{typer.style(f'{mark:8}', fg=colour)} {each.part:{width}}  {each.detail}")
            if each.advice:
                typer.echo(f"{'':8} {'':{width}}  -> {each.advice}")
    if any(each.result == "failed" for each in found):
        raise typer.Exit(1)
