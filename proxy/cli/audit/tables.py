"""How evidence is shown: tables for people, JSON lines and CSV for programs and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

_LISTED = ("at", "tenant", "activity", "action", "target", "status", "ended", "codes", "exchange")
_HEADS = {"at": "at (UTC)"}
_NARROWEST = 160  # below this a table would break words into letters; long lines can be scrolled or cut
_WIDEST = 40  # a wider cell is folded
_FRACTION = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$")
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


def listing(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the exchanges as a table, newest first; the last column is the whole exchange id, to be copied."""
    return plain(rows, _LISTED)


def _listed(name: str, value: Any) -> Text:
    return Text(_cell(value), style=_COLOURS.get(value, "") if name == "action" else "")


def plain(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """Return rows as a table of these columns."""
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(_HEADS.get(name, name), no_wrap=name in {"exchange", "at", "recorded_at"}, overflow="fold")
    for row in rows:
        table.add_row(*(_listed(name, row[name]) for name in names))
    return table


def answer(rows: Sequence[Mapping[str, Any]], names: Sequence[str], width: int | None = None) -> RenderableType:
    """Return the rows of an answer: a table, or where it does not fit into the width, a line for each column."""
    if not rows:
        return Text("no rows")
    shown = [{name: _short(row[name]) for name in names} for row in rows]
    widest = {name: max(len(name), *(len(_cell(row[name])) for row in shown)) for name in names}
    if sum(min(size, _WIDEST) + 2 for size in widest.values()) <= (width or _width()):
        return plain(shown, names)
    return Group(*(_record_table(number, row, names) for number, row in enumerate(shown, 1)))


def _record_table(number: int, row: Mapping[str, Any], names: Sequence[str]) -> RenderableType:
    table = Table(box=None, show_header=False, title=f"row {number}", title_justify="left", title_style="bold")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in names:
        if _cell(row[name]):
            table.add_row(_HEADS.get(name, name), _listed(name, row[name]))
    return table


def _short(value: Any) -> Any:
    """Return a value as it is shown: a moment without its fraction of a second."""
    return _FRACTION.sub(r"\1Z", value) if isinstance(value, str) else value


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


def show(renderable: Any) -> None:
    """Print on standard output."""
    Console(width=_width()).print(renderable)


def _width() -> int:
    console = Console()
    return console.width if console.is_terminal else max(console.width, _NARROWEST)


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
