"""``compliance-proxy apis``: list and check the APIs that this installation declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.installation import print_json
from proxy.core.targets.capabilities import OWN

if TYPE_CHECKING:
    from rich.table import Table

    from proxy.catalog.declared import DeclaredApis

app = typer.Typer(no_args_is_help=True, help="List and check the APIs that this installation declares.")

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Declarations (default: those in use here).")]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """List the declared APIs: their paths here and at the target, their bodies and streams."""
    from proxy.cli.audit.tables import show

    declared = _read(None)
    rows = _rows(declared)
    if as_json:
        print_json({"revision": declared.revision, "apis": rows})
    elif rows:
        show(_table(rows))
    else:
        typer.echo("no API is declared; see docs/how-to/declare-a-route.md")


@app.command()
def check(file: File = None) -> None:
    """Validate declarations as at start; exit with 2 and name the place and its line if they are invalid."""
    declared = _read(file)
    count = len(declared.names)
    typer.echo(f"revision {declared.revision or 'none'}: {count} {'API' if count == 1 else 'APIs'}: no problems")
    used = _used()
    unused = [f"no target speaks {name}: add it to the 'dialects' of one" for name in sorted(declared.names - used)]
    undeclared = sorted(name for name in used - declared.names if name.startswith(OWN))
    unknown = [f"a target speaks {name}, which is not declared: the proxy will not start" for name in undeclared]
    for warning in (*unused, *unknown):
        typer.secho(f"endpoints.yaml: {warning}", fg="yellow", err=True)


def _read(file: Path | None) -> DeclaredApis:
    from proxy.catalog import declared
    from proxy.service.rollout import read_apis
    from proxy.settings import Settings

    return declared.read(file) if file is not None else read_apis(Settings())


def _used() -> frozenset[str]:
    """Return the APIs that targets in the files speak; all declared names if the registry is elsewhere."""
    from proxy.catalog import documents
    from proxy.service.rollout import declared_names
    from proxy.settings import Settings

    settings = Settings()
    if settings.registry != "files":
        return declared_names(settings)
    endpoints = documents.read(settings.config_dir).endpoints
    return frozenset(name for endpoint in endpoints.values() for name in endpoint.dialects)


def _rows(declared: DeclaredApis) -> list[dict[str, str]]:
    return [
        {
            "name": api.name,
            "method": endpoint.method,
            "path": endpoint.path,
            "to": api.addresses[endpoint.path],
            "media": ", ".join(sorted(media or "(none)" for media in endpoint.media)),
            "stream": ", ".join(sorted(api.streams)),
            "operation": api.operation.value,
        }
        for _, apis in declared.dialects
        for api in apis
        for endpoint in api.endpoints
    ]


def _table(rows: list[dict[str, str]]) -> Table:
    from rich.text import Text

    from proxy.cli.registry import tables

    table = tables.table("name", "method", "path", "at the target", "content types", "streams as", "operation")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row.values()))
    return table
