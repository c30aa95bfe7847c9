"""``compliance-proxy usage``: what is taken from limits and budgets in the windows that run now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from proxy.registry.store import RegistryStore


def command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """Show how much of each limit and budget is used in the current windows. Costs by activity: audit ask AQ-30."""
    from proxy.cli.audit import tables
    from proxy.cli.registry.store import with_store
    from proxy.registry import allowances
    from proxy.service import rollout
    from proxy.settings import Settings

    async def work(store: RegistryStore, _log: Any) -> list[dict[str, Any]]:
        counters, settings = await store.usage(), Settings()
        active = await store.active() if settings.registry == "database" else None
        documents = active.documents if active is not None else rollout.newest(settings).plain
        return allowances.standing(counters, documents)

    rows = with_store(work, recorded=False)
    if as_json:
        typer.echo(tables.json_lines(rows))
    elif rows:
        columns = ("limit", "unit", "of", "ends", "taken", "most", "share", "currency")
        tables.show(tables.plain([_shown(row) for row in rows], columns))
    else:
        typer.echo("nothing is taken from any limit or budget now")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: f"{row[name]:,.4f}" if row["currency"] else f"{row[name]:,}" for name in ("taken", "most")}
    return row | {"of": ", ".join(row["names"]), "share": f"{row['share']:.0%}", **amounts}
