"""Writes `DIR/NAME/NAME.rego` in package `org.NAME` and its twin test (default folder `overlay`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy.answers import Answer


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rule's name in snake case.")],
    overlay: Annotated[
        Path, typer.Option("--overlay", metavar="DIR", help="Where the organisation's rules live.")
    ] = Path("overlay"),
) -> Answer:
    """Write a new rule of the organisation with its twin test, ready to run and to change."""
    from proxy.policy.authoring import scaffold

    rule, twin = scaffold.write(overlay, name)
    lines = f"{rule}\n{twin}\nnext: compliance-proxy policy test --overlay {overlay}"
    return Answer({"rule": str(rule), "test": str(twin)}, lambda: typer.echo(lines))
