"""What commands print: JSON, and errors on standard error."""

from __future__ import annotations

from typing import Any

import typer


def fail(message: str, status: int = 1) -> typer.Exit:
    """Print an error and return the exit to raise."""
    typer.secho(message, fg="red", err=True)
    return typer.Exit(status)


def print_json(document: Any) -> None:
    """Print an indented document."""
    import orjson

    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
