"""The tables at the end: faults by kind, requests by outcome, records by kind, and what must not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from bench.chaos.evidence import Record
from bench.chaos.faults import Injector
from bench.chaos.load import Load
from bench.chaos.provider import Provider

_MOST_FINDINGS = 40


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run saw."""

    injector: Injector
    provider: Provider
    load: Load
    records: Sequence[Record]
    findings: Sequence[str]


def show(console: Console, seen: Seen) -> None:
    """Print everything."""
    faults = Counter(seen.injector.done)
    faults.pop("provider fault", None)
    faults.update({f"provider: {kind}": count for kind, count in seen.provider.done.items()})
    requests = Counter(answer.label for answer in seen.load.answers)
    requests.update(
        {f"reset by its caller {where}": n for where, n in seen.load.resets.items() if where != "no connection"}
    )
    records = Counter(record.kind for record in seen.records)
    records.update(f"outcome: {record.ended}" for record in seen.records if record.kind == "outcome")
    received = Counter(one.target if one.target == "local/eu" else "third parties" for one in seen.provider.journal)
    records.update({f"bodies received: {target}": count for target, count in received.items()})
    console.print(Columns([_table("faults", faults), _table("requests", requests), _table("records", records)]))
    missed = seen.injector.missed.total()
    console.print(f"{seen.injector.done.total()} kills and faults injected; {missed} more found nothing to hit")
    for finding in seen.findings[:_MOST_FINDINGS]:
        console.print(f"[red]VIOLATION[/red] {finding}", soft_wrap=True)
    if len(seen.findings) > _MOST_FINDINGS:
        console.print(f"[red]... and {len(seen.findings) - _MOST_FINDINGS} more[/red]")
    if not seen.findings:
        console.print("[green]No violation: no body left without its durable intent, every exchange is recorded once, "
                      "the chains verify, no payload text leaked, everything answers again.[/green]")  # fmt: skip


def _table(title: str, rows: Mapping[str, int]) -> Table:
    made = Table(title=title, title_justify="left", show_header=False)
    made.add_column()
    made.add_column(justify="right")
    for name, count in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
        made.add_row(name, f"{count:,}")
    return made
