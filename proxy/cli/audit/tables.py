"""How evidence is shown: tables for people, JSON lines and CSV for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_LISTED = ("recorded_at", "tenant", "activity", "action", "target", "status", "ended", "codes", "exchange")
_HEADS = {"recorded_at": "recorded at (UTC)"}
_NARROWEST = 160  # narrower tables would break words into letters; long lines can be scrolled or cut
_CSV = (
    "recorded_at", "exchange", "tenant", "activity", "service", "action", "target", "status", "ended", "code", "codes",
    "entities", "categories", "regions", "restored", "revision", "data_revision", "ended_at", "writer", "seq",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLOURS = {
    "block": "red",
    "forward": "green",
    "redact_and_forward": "yellow",
    "pin_local": "cyan",
    "dry_run": "magenta",
}


def json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return one JSON object per line."""
    return "\n".join(orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode() for row in rows)


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return CSV with stable columns; a cell that a spreadsheet would run as a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV)
    for row in rows:
        flat = {**row, **_summary(row)}
        writer.writerow([guarded(_cell(flat.get(name))) for name in _CSV])
    return out.getvalue()


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def listing(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the exchanges as a table, newest first; the last column is the whole exchange id, to be copied."""
    return plain(rows, _LISTED)


def _listed(name: str, value: Any) -> Text:
    if name == "recorded_at" and isinstance(value, datetime):
        return Text(value.strftime("%Y-%m-%d %H:%M:%S"))
    return Text(_cell(value), style=_COLOURS.get(value, "") if name == "action" else "")


def plain(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """Return rows as a table of these columns."""
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(_HEADS.get(name, name), no_wrap=name in {"exchange", "recorded_at"}, overflow="fold")
    for row in rows:
        table.add_row(*(_listed(name, row[name]) for name in names))
    return table


def event_listing(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return events as a table, newest first."""
    table = Table(box=None, header_style="bold")
    for name in ("recorded at", "event", "tenant", "about", "facts"):
        table.add_column(name, overflow="fold")
    for row in rows:
        facts = orjson.dumps(row["facts"]).decode()
        table.add_row(
            *(Text(_cell(cell)) for cell in (row["recorded_at"], row["action"], row["tenant"], row["target"], facts))
        )
    return table


def story(records: Sequence[Mapping[str, Any]]) -> Group:
    """Return everything about one exchange, one panel per record."""
    return Group(*(_panel(record) for record in records))


def show(renderable: Any) -> None:
    """Print on standard output."""
    console = Console()
    Console(width=console.width if console.is_terminal else max(console.width, _NARROWEST)).print(renderable)


def _panel(record: Mapping[str, Any]) -> Panel:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("tenant", "activity", "service", "action", "target", "status", "codes", "revision", "data_revision"):
        if record[name]:
            table.add_row(name.replace("_", " "), Text(_cell(record[name])))
    for name, value in _flat(record["body"]["facts"]):
        table.add_row(name, Text(_cell(value)))
    table.add_row("chain", Text(f"{record['writer']} #{record['seq']} {record['hash']}", style="dim"))
    number = f" {record['attempt']}" if record["attempt"] else ""
    return Panel(table, title=f"{record['kind']}{number}  {_cell(record['recorded_at'])}", title_align="left")


def _flat(facts: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    """Yield (dotted name, value) of everything that is not empty; lists of objects as one row each."""
    for name, value in facts.items():
        path = f"{above}{name}"
        if value in (None, "", [], {}):
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif isinstance(value, list) and isinstance(value[0], Mapping):
            for item in value:
                yield (
                    path,
                    ", ".join(f"{key} {_cell(part)}" for key, part in item.items() if part not in (None, "", [])),
                )
        else:
            yield path, value


def _summary(row: Mapping[str, Any]) -> dict[str, Any]:
    classification = row.get("classification") or {}
    subjects = row.get("data_subjects") or {}
    return {
        "entities": [f"{entity['type']}:{entity['count']}" for entity in classification.get("entities", ())],
        "categories": classification.get("categories", ()),
        "regions": [region["code"] for region in subjects.get("regions", ())],
    }


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="milliseconds")
        case list() | tuple():
            return " ".join(_cell(item) for item in value)
        case Mapping():
            return orjson.dumps(value).decode()
        case _:
            return str(value)
