"""Prints the Rego that a file of rules in YAML stands for, and its twin test.

The overlay's `NAME.yaml` is package `org.NAME`: every command that reads an overlay compiles it by itself. `--twin`
prints the twin test. To go on in Rego, save both and delete the YAML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy.answers import Answer


def command(
    file: Annotated[Path, typer.Argument(metavar="NAME.yaml", exists=True, dir_okay=False, help="The rules.")],
    twin: Annotated[bool, typer.Option("--twin", help="Print the twin test instead of the module.")] = False,
) -> Answer:
    """Print the Rego of rules in YAML."""
    from proxy.policy.forms.reading import compiled

    module, test = compiled(file.stem, file.read_text(encoding="utf-8"), str(file))
    return Answer({"module": module, "test": test}, lambda: typer.echo(test if twin else module, nl=False))
