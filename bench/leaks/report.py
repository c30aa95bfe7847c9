"""Tables per kind and per place, and the list of what was missed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.leaks.run import Seen, Told

OUT = Path(__file__).parents[1] / "out" / "leaks"
_ALARMS = 2


@dataclass
class Outcome:
    """Everything a run saw."""

    seen: Sequence[Seen]
    told: Sequence[Told] = ()
    clean: Sequence[Told] = ()
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)

    def count(self) -> dict[str, Any]:
        """Return the figures that bars are set for."""
        values = sum(len(one.case.plants) for one in self.seen)
        held = [one for one in self.seen if one.case.group != "home-made code"]
        ways = Counter(one.way for one in self.seen)
        delivered = [one for one in self.told if any(bad.startswith("delivered") for bad in one.bad)]
        return {
            "conversations": len(self.seen), "planted values": values, **{f"way: {way}": n for way, n in sorted(ways.items())},
            "planted values that a third party received": sum(len(one.leaked) for one in held),
            "conversations with such a value": sum(bool(one.leaked) for one in held),
            "values that did not come back": sum(len(one.lost) for one in self.seen),
            "replies damaged beside the values": sum(bool(one.broken) for one in self.seen),
            "replies that disclose": len(self.told), "of these delivered": len(delivered),
            "of these with a public name lost": sum("public name lost" in one.bad for one in self.told),
            "clean texts": len(self.clean), "clean texts with an alarm": sum(bool(one.bad) for one in self.clean),
        }  # fmt: skip

    def holds(self) -> bool:
        """Whether every bar is met."""
        found = self.count()
        zero = ("planted values that a third party received", "values that did not come back", "of these delivered",
                "replies damaged beside the values", "way: failed")  # fmt: skip
        return all(not found.get(name) for name in zero) and found["clean texts with an alarm"] <= _ALARMS


def show(console: Console, outcome: Outcome) -> None:
    """Print the tables."""
    for title, of in (("by group and kind or place", lambda one: f"{one.case.group}: {one.case.name}"),
                      ("by reply", lambda one: one.case.mode)):  # fmt: skip
        console.print(_table(title, outcome.seen, of))
    console.print(_by_value(outcome.seen))
    figures = Table(title="in all", title_justify="left", show_header=False)
    for name, value in outcome.count().items():
        figures.add_row(name, str(value))
    console.print(figures)


def _table(title: str, seen: Sequence[Seen], of: Callable[[Seen], str]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("", "sent", "third party", "local", "refused", "failed", "leaked", "not back", "damaged"):
        table.add_column(name, justify="left" if not name else "right")
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        groups.setdefault(of(one), []).append(one)
    for name, ones in sorted(groups.items()):
        ways = Counter(one.way for one in ones)
        bad = [
            sum(bool(one.leaked) for one in ones),
            sum(bool(one.lost) for one in ones),
            sum(bool(one.broken) for one in ones),
        ]
        cells = [len(ones), ways["third party"], ways["local"], ways["refused"], ways["failed"]]
        table.add_row(name, *map(str, cells), *(f"[red]{one}[/red]" if one else "0" for one in bad))
    return table


def _by_value(seen: Sequence[Seen]) -> Table:
    table = Table(title="by kind of value (to third parties only)", title_justify="left")
    for name in ("kind", "planted", "received", "not back"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    went = [one for one in seen if one.way == "third party"]
    planted = Counter(value.kind for one in went for value in one.case.plants)
    leaked = Counter(kind for one in went for kind, _ in one.leaked)
    lost = Counter(kind for one in went for kind in one.lost)
    for kind, count in sorted(planted.items()):
        table.add_row(kind, str(count), str(leaked[kind]), str(lost[kind]))
    return table


def write(outcome: Outcome) -> Path:
    """Write every miss, with what was sent and received, to a file that is never committed; return it."""
    OUT.mkdir(parents=True, exist_ok=True)
    lines = [
        {"what": "case", "group": one.case.group, "name": one.case.name, "mode": one.case.mode, "way": one.way, "said": one.said,
         "leaked": one.leaked, "lost": one.lost, "broken": one.broken, "sent": one.case.body, "received": one.received, "got": one.got}
        for one in outcome.seen if one.leaked or one.lost or one.broken or one.way == "failed"
    ]  # fmt: skip
    lines += [{"what": "reply", "name": one.name, "bad": one.bad, "got": one.detail} for one in outcome.told if one.bad]
    lines += [{"what": "clean", "text": one.detail, "bad": one.bad} for one in outcome.clean if one.bad]
    path = OUT / "misses.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path
