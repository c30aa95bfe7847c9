"""``compliance-proxy apis``: see and check the APIs that this installation declares itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.core.dialects import OWN

if TYPE_CHECKING:
    from rich.table import Table

    from proxy.catalog.declared import DeclaredApis

app = typer.Typer(no_args_is_help=True, help="See and check the APIs that this installation declares itself.")

File = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Declarations (default: those that this installation serves).")
]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """List the declared APIs: where callers ask, where a target is asked, which bodies and streams they have."""
    import orjson

    from proxy.cli.audit.tables import show

    found = _read(None)
    rows = _rows(found)
    if as_json:
        typer.echo(orjson.dumps({"revision": found.revision, "apis": rows}, option=orjson.OPT_INDENT_2).decode())
    elif rows:
        show(_table(rows))
    else:
        typer.echo("no API is declared; docs/how-to/declare-a-route.md shows how")


@app.command()
def check(file: File = None) -> None:
    """Validate declarations as a start would; exit with 2 and name the place and its line where they are refused."""
    found = _read(file)
    count = len(found.names)
    typer.echo(f"revision {found.revision or 'none'}: {count} {'API' if count == 1 else 'APIs'}: nothing to mend")
    spoken = _spoken()
    unspoken = [f"no target speaks {name}: name it under 'dialects' of one" for name in sorted(found.names - spoken)]
    undeclared = sorted(name for name in spoken - found.names if name.startswith(OWN))
    unknown = [f"a target speaks {name}, which is not declared: a start refuses that" for name in undeclared]
    for said in (*unspoken, *unknown):
        typer.secho(f"endpoints.yaml: {said}", fg="yellow", err=True)


def _read(file: Path | None) -> DeclaredApis:
    from proxy.catalog import declared
    from proxy.service import apis
    from proxy.settings import Settings

    return declared.read(file) if file is not None else apis.read(Settings())


def _spoken() -> frozenset[str]:
    """Return the names that targets of the files are declared to speak; every name where the registry is elsewhere."""
    from proxy.catalog import documents
    from proxy.service import apis
    from proxy.settings import Settings

    settings = Settings()
    if settings.registry != "files":
        return apis.names(settings)
    endpoints = documents.read(settings.config_dir).endpoints
    return frozenset(name for endpoint in endpoints.values() for name in endpoint.dialects)


def _rows(found: DeclaredApis) -> list[dict[str, str]]:
    return [
        {
            "name": api.name,
            "method": endpoint.method,
            "path": endpoint.path,
            "to": api.addresses[endpoint.path],
            "media": ", ".join(sorted(one or "(none)" for one in endpoint.media)),
            "stream": ", ".join(sorted(api.streams)),
            "operation": api.operation.value,
        }
        for _, apis in found.dialects
        for api in apis
        for endpoint in api.endpoints
    ]


def _table(rows: list[dict[str, str]]) -> Table:
    from rich.text import Text

    from proxy.cli.registry.tables import table

    made = table("name", "method", "path", "at the target", "content types", "streams as", "operation")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row.values()))
    return made
