"""Writes what an editor needs to check your rules into their folder (default: the configured one, else `overlay`).

`schemas/input.json` and `schemas/data/SECTION.json` are JSON schemas of what a rule may ask.
With the annotations that it prints above a package, `opa check --schema DIR/schemas DIR POLICIES` and editors (the
language servers of OPA and Regal) refuse a reference to what cannot be. `.regal/config.yaml` is written where there is
none. `policy check` checks the same, and closed words, without either.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer


def command(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where the organisation's rules live.")] = None,
) -> Answer:
    """Write JSON schemas of input and data, and a Regal configuration, for your editor."""
    from proxy.policy.authoring import editor

    configured = options.folders(None, None)[1]
    written = [str(path) for path in editor.write(folder or configured or Path("overlay"))]
    lines = [*written, "", "above the package of each rule:", "", editor.package_metadata()]
    return Answer({"written": written, "annotations": editor.package_metadata()}, lambda: typer.echo("\n".join(lines)))
