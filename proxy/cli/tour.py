"""``compliance-proxy tour``: the four possible outcomes of a request, shown from both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from rich.table import Table

    from proxy.embedded.state import RunningStack
    from proxy.embedded.tour import TourStop

_WIDE = 150  # columns from which the four views are side by side


def command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False) -> None:
    """Send four requests through the running stack; show what was sent, received, returned and recorded.

    Exits with 1 if the outcome of one was not the expected one, with 2 if nothing is running.
    """
    import json

    import aiohttp

    from proxy.cli.installation import run
    from proxy.embedded import state
    from proxy.embedded.first_start import DEMO_TENANT
    from proxy.settings import Settings

    settings = Settings()
    stack = state.running(settings.state_dir)
    key = state.demo_keys(settings.state_dir).get(DEMO_TENANT)
    if stack is None or key is None:
        raise fail("nothing is running here; start it with: make run", 2)
    try:
        stops = run(_travel(stack, key))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise fail(f"no answer ({type(error).__name__}); see: compliance-proxy doctor", 2) from error
    if as_json:
        typer.echo(json.dumps(stops, indent=2, default=str))
    else:
        _print(stops, bool(stack.provider_url))
    if not all(stop["as_expected"] for stop in stops):
        raise typer.Exit(1)


async def _travel(stack: RunningStack, key: str) -> list[dict[str, Any]]:
    """Send the requests, and read the evidence of each as an officer would."""
    from proxy.audit.access.reader import AuditReader
    from proxy.audit.upkeep.readings import Requester
    from proxy.cli.installation import database_url, operator, reading
    from proxy.embedded.demo import DEMO_REQUESTS
    from proxy.embedded.tour import Traveller, session

    async with session() as client:
        traveller = Traveller(client, stack, key)
        stops = [await traveller.travel(request) for request in DEMO_REQUESTS]
    async with reading(database_url()) as connection:
        reader = AuditReader(connection, Requester(operator(), "tour"))
        return [_stop(stop, await reader.exchange(stop.exchange)) for stop in stops]


def _stop(stop: TourStop, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one stop of the tour as plain values."""
    evidence = [_record(record) for record in records]
    action = next((record["action"] for record in evidence if record["kind"] == "decision"), "")
    return {
        "name": stop.request.name,
        "title": stop.request.title,
        "expected": stop.request.expected,
        "as_expected": action == stop.request.expected,
        "exchange": stop.exchange,
        "sent": {"headers": dict(stop.request.headers), "text": stop.request.text},
        "received": {"provider": list(stop.received), "answered_by": stop.model},
        "returned": {"status": stop.status, "text": stop.reply},
        "evidence": evidence,
    }


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an audit record that the tour shows, and its facts."""
    columns = ("kind", "attempt", "action", "target", "status", "codes", "writer", "seq", "hash")
    return {**{name: record[name] for name in columns}, "facts": record["body"]["facts"]}


def _print(stops: Sequence[Mapping[str, Any]], has_standin: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if has_standin:
        console.print("The provider is a stand-in on this machine that echoes what reaches it.\n")
    for number, stop in enumerate(stops, 1):
        verdict = "[green]as expected[/]" if stop["as_expected"] else f"[red]expected {stop['expected']}[/]"
        console.print(f"[bold]{number}. {stop['title']}[/]  ({verdict})")
        console.print(_table(stop, has_standin, side_by_side=console.width >= _WIDE))
        console.print(f"   compliance-proxy audit show {stop['exchange']}\n", style="dim")


def _table(stop: Mapping[str, Any], has_standin: bool, side_by_side: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    headers = "".join(f"{name}: {value}\n" for name, value in stop["sent"]["headers"].items())
    views = {
        "client sent": headers + stop["sent"]["text"],
        "provider received": _received(stop, has_standin),
        "client got back": f"{stop['returned']['status']}  {stop['returned']['text']}",
        "audit record": _evidence(stop["evidence"]),
    }
    table = Table(show_header=side_by_side, show_lines=True, expand=True)
    if side_by_side:
        for name in views:
            table.add_column(name, ratio=1, overflow="fold")
        table.add_row(*(Text(view) for view in views.values()))
        return table
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for name, view in views.items():
        table.add_row(name, Text(view))
    return table


def _received(stop: Mapping[str, Any], has_standin: bool) -> str:
    """Return what reached the target, by its own journal if it has one."""
    texts = stop["received"]["provider"]
    if texts:
        return "\n".join(texts)
    attempts = [record for record in stop["evidence"] if record["kind"] == "attempt"]
    if not attempts:
        return "nothing: the request was not sent"
    sizes = "\n".join(f"{record['target']} received {record['facts'].get('bytes', '?')} bytes" for record in attempts)
    return f"{'the provider received nothing' if has_standin else ''}\n{sizes}".strip()


def _evidence(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the records as a few lines: findings, decision, attempts, outcome."""
    lines = []
    for record in records:
        facts = record["facts"]
        if record["kind"] == "decision":
            classification = (facts.get("input") or {}).get("classification") or {}
            entities = ", ".join(
                f"{entity['type']} x{entity['count']}" for entity in classification.get("entities", ())
            )
            lines += [f"found: {entities or 'nothing personal'}", f"decision: {record['action']} {record['target']}"]
            lines += [f"because: {' '.join(record['codes'])}"] if record["codes"] else []
        elif record["kind"] == "attempt":
            lines.append(f"sent to {record['target']}, {facts.get('bytes', '?')} bytes")
        elif record["kind"] == "outcome":
            lines.append(f"outcome: {record['status']} {facts.get('ended', '')}, restored {facts.get('restored', 0)}")
    chain = records[-1] if records else {"writer": "?", "seq": "?", "hash": "?"}
    return "\n".join([*lines, f"chain: {chain['writer']} #{chain['seq']} {str(chain['hash'])[:16]}"])
