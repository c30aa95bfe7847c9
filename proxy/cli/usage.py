"""``compliance-proxy usage``: what is taken from limits and budgets in the windows that run now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.registry.store import CounterState, RegistryStore


def command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """Show what is taken from limits and budgets in the windows that run now. Costs by activity: audit ask AQ-30."""
    from dataclasses import asdict

    from proxy.cli.audit import tables
    from proxy.cli.registry.store import with_store

    async def work(store: RegistryStore, _log: Any) -> Sequence[CounterState]:
        return await store.usage()

    rows = [asdict(counter) for counter in with_store(work, recorded=False)]
    if as_json:
        typer.echo(tables.json_lines(rows))
    elif rows:
        tables.show(tables.plain([_shown(row) for row in rows], ("limit", "unit", "of", "ends", "taken")))
    else:
        typer.echo("nothing is taken from any limit or budget now")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    from proxy.core.limits import COST, MICRO

    taken = f"{row['taken'] / MICRO:,.4f}" if row["unit"] == COST else f"{row['taken']:,}"
    return row | {"of": ", ".join(row["names"]), "taken": taken}
