"""Records as tools, databases and files write them: one text with a span for each marked value.

A field is ``(key, value, marks)``: the marks are spans within its value, which holds no quote, backslash or line end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Span = tuple[int, int, str]
Field = tuple[str, str, Sequence[Span]]
Record = Sequence[Field]


class Page:
    """A text that grows, with the spans of its values."""

    def __init__(self) -> None:
        self.text = ""
        self.spans: list[Span] = []

    def add(self, text: str, marks: Sequence[Span] = ()) -> Page:
        """Append a text with the spans within it."""
        self.spans += [(start + len(self.text), end + len(self.text), name) for start, end, name in marks]
        self.text += text
        return self


Writer = Callable[[random.Random, Page, Sequence[Record]], None]


def _object(page: Page, record: Record, gap: str, indent: str) -> None:
    page.add("{")
    for place, (key, value, marks) in enumerate(record):
        page.add(f"{',' if place else ''}{gap}{indent}" if gap == "\n" else (", " if place else "")).add(f'"{key}": ')
        if not marks and value.isdigit():
            page.add(value)
        else:
            page.add('"').add(value, marks).add('"')
    page.add(f"{gap if gap == chr(10) else ''}{'}'}")


def objects(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """A JSON value: one object, a list, or a list under a key, on one line or indented."""
    gap, indent = rng.choice([("\n", "  "), ("", ""), ("", "")])
    head, tail = rng.choice([("[", "]"), ('{"results": [', "]}"), ('{"rows": [', f'], "total": {len(records)}' + "}")])
    if len(records) == 1:
        head, tail = rng.choice([("", ""), ("", ""), ('{"status": "ok", "data": ', "}"), ('{"arguments": ', "}")])
    page.add(head)
    for place, record in enumerate(records):
        _object(page.add(", " if place else ""), record, gap, indent)
    page.add(tail)


def inner(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """JSON inside the text of a tool's result, its quotes escaped."""
    mark = '\\"'
    heads = ('{"content": [{"type": "text", "text": "', '}"}]}'), ('{"arguments": "', '}"}'), ('{"output": "', '}"}')
    head, tail = rng.choice(heads)
    page.add(head + "{")
    for place, (key, value, marks) in enumerate(records[0]):
        page.add(f"{', ' if place else ''}{mark}{key}{mark}: {mark}").add(value, marks).add(mark)
    page.add(tail)


def lines(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """A line for each field, ``key: value``."""
    sign = rng.choice([": ", ": ", ": ", ": ", " = ", "=", " - ", ":\t", " ....... ", " | "])
    start, end = rng.choice([("", ""), ("", ""), ("", ""), ("- ", ""), ("* ", ""), ("  ", ""), ("**", "**")])
    for number, record in enumerate(records):
        page.add("\n\n" if number else "")
        for place, (key, value, marks) in enumerate(record):
            page.add(f"{chr(10) if place else ''}{start}{key}{end}{sign}").add(value, marks)


def _table(page: Page, records: Sequence[Record], sign: str, edge: tuple[str, str], rule: str = "") -> None:
    left, right = edge
    page.add(left + sign.join(key for key, _, _ in records[0]) + right + rule)
    for record in records:
        page.add("\n" + left)
        for place, (_, value, marks) in enumerate(record):
            page.add(sign if place else "").add(value, marks)
        page.add(right)


def separated(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """Rows with a header, as CSV, TSV or with another sign."""
    sign = rng.choice([",", ",", ";", ";", "\t", "|"])
    quote = '"' if sign == "," or rng.random() < 0.2 else ""
    _table(page, records, f"{quote}{sign}{quote}", (quote, quote))


def markdown(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """A table of Markdown."""
    rule = "\n|" + rng.choice(["---|", " --- |", ":--|"]) * len(records[0])
    _table(page, records, " | ", ("| ", " |"), rule)


def printed(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """Rows as a database's shell prints them, in columns."""
    widths = [
        max(len(row[at][1 if side else 0]) for row in records for side in (0, 1)) for at in range(len(records[0]))
    ]
    page.add(" " + " | ".join(key.ljust(width) for (key, _, _), width in zip(records[0], widths, strict=True)))
    page.add("\n" + "+".join("-" * (width + 2) for width in widths))
    for record in records:
        page.add("\n ")
        for place, (_, value, marks) in enumerate(record):
            page.add(" | " if place else "").add(value, marks).add(" " * (widths[place] - len(value)))
    page.add(f"\n({len(records)} rows)" if rng.random() < 0.7 else "")


def _literal(page: Page, value: str, marks: Sequence[Span]) -> None:
    if not marks and value.isdigit():
        page.add(value)
    else:
        page.add("'").add(value.replace("'", "`"), marks).add("'")


def inserts(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """An INSERT of SQL with a tuple for each record."""
    table = rng.choice(
        ["customers", "patients", "orders", "employees", "public.contacts", "t_person", "catalog", "items"]
    )
    page.add(f"INSERT INTO {table} ({', '.join(key for key, _, _ in records[0])}) VALUES ")
    for number, record in enumerate(records):
        page.add(",\n(" if number else "(")
        for place, (_, value, marks) in enumerate(record):
            _literal(page.add(", " if place else ""), value, marks)
        page.add(")")
    page.add(";")


def updates(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """A SELECT or UPDATE of SQL with the values in its conditions."""
    record = records[0]
    table = rng.choice(["customers", "patients", "orders", "employees", "crm.contact", "products", "releases"])
    if rng.random() < 0.5:
        page.add(f"SELECT {', '.join(key for key, _, _ in record[:3])} FROM {table} WHERE ")
        sign = rng.choice([" AND ", " OR "])
    else:
        page.add(f"UPDATE {table} SET ")
        sign = ", "
    for place, (key, value, marks) in enumerate(record):
        _literal(page.add(f"{sign if place else ''}{key}{rng.choice([' = ', '=', ' = '])}"), value, marks)
    page.add(rng.choice([";", " LIMIT 10;", f" -- {table}", ""]))


def logged(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """Lines of a log with ``key=value`` pairs."""
    for number, record in enumerate(records):
        page.add("\n" if number else "").add(rng.choice(["INFO ", "WARN  ", "level=debug ", "ERROR [worker-3] ", ""]))
        for place, (key, value, marks) in enumerate(record):
            mark = '"' if " " in value or rng.random() < 0.2 else ""
            page.add(f"{' ' if place else ''}{key}={mark}").add(value, marks).add(mark)


def tagged(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """Elements of XML or cells of HTML."""
    cell = rng.random() < 0.4
    for number, record in enumerate(records):
        page.add("\n" if number else "").add("<tr>" if cell else "<record>")
        for key, value, marks in record:
            name = "td" if cell else key.replace(" ", "_")
            page.add(f"<{name}>").add(value, marks).add(f"</{name}>")
        page.add("</tr>" if cell else "</record>")


def nested(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """YAML: a list of records."""
    head = rng.choice(["items:", "users:", "entries:", "values:", "data:"])
    page.add(head)
    for record in records:
        for place, (key, value, marks) in enumerate(record):
            page.add(f"\n{'  - ' if not place else '    '}{key}: ").add(value, marks)


def called(rng: random.Random, page: Page, records: Sequence[Record]) -> None:
    """A call of a function in code, its arguments named."""
    name = rng.choice(["create", "lookup", "send", "Contact", "register", "update_row", "client.post", "new Entry"])
    page.add(f"{name}(")
    for place, (key, value, marks) in enumerate(records[0]):
        page.add(f"{', ' if place else ''}{key.replace(' ', '_')}={chr(34)}").add(value, marks).add('"')
    page.add(")")


#: Every writer, and how often it is taken.
WRITERS: tuple[tuple[Writer, float], ...] = (
    (objects, 4.0), (inner, 1.0), (lines, 4.0), (separated, 3.0), (markdown, 2.0), (printed, 1.2), (inserts, 1.5),
    (updates, 1.5), (logged, 1.2), (tagged, 0.8), (nested, 1.0), (called, 0.8),
)  # fmt: skip


def written(rng: random.Random, records: Sequence[Record]) -> tuple[str, list[Span]]:
    """The records in one of the ways, and the spans of their marked values."""
    page = Page()
    writers, shares = zip(*WRITERS, strict=True)
    rng.choices(writers, shares)[0](rng, page, records)
    return page.text, page.spans
