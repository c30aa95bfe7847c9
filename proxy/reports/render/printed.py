"""An answer as it is read: the one document that both the page of HTML and the PDF show. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.reports import statement
from proxy.reports.answer import SignedAnswer
from proxy.reports.render import chart
from proxy.reports.render.cells import cell
from proxy.reports.render.chart import Chart

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Rows as texts: ``columns`` are names with their meanings, a row has a text for each, in their order."""

    columns: Mapping[str, str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True, slots=True)
class PrintedPart:
    """A part of a document under a heading of its own ("" for none)."""

    title: str
    notes: Sequence[str]
    table: PrintedTable
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """The whole: what it answers, on which legal basis, its parts, and the terms of its statement.

    ``signature`` is the one of the statement that ``answer``, the whole answer as JSON, holds; "" for none.
    """

    title: str
    basis: str
    parts: Sequence[PrintedPart]
    terms: Sequence[tuple[str, str]]
    signature: str
    key: str
    at: str
    answer: bytes = field(repr=False)


def document(answer: SignedAnswer) -> PrintedDocument:
    """Return an answer as a document."""
    described, whole = answer.question.description, answer.document()
    notes = [described.note] if described.note else []
    return PrintedDocument(
        title=f"{answer.question.id}: {described.title}",
        basis="; ".join(described.basis),
        parts=(PrintedPart("", notes, table(answer), _chart(answer)),),
        terms=terms(answer.statement),
        signature=whole["signature"],
        key=whole["key"],
        at=answer.statement["at"],
        answer=statement.canonical(whole),
    )


def _chart(answer: SignedAnswer) -> Chart | None:
    described = answer.question.description.chart
    return chart.drawn(described, answer.rows) if described is not None else None


def table(answer: SignedAnswer) -> PrintedTable:
    """Return the rows of an answer."""
    columns, count = answer.question.description.columns, len(answer.rows)
    more = "" if answer.statement["complete"] else "; there are more"
    rows = [[text(row[name]) for name in columns] for row in answer.rows]
    return PrintedTable(columns, rows, f"{count} {'row' if count == 1 else 'rows'}{more}")


def terms(signed: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what a statement says, each with its name."""
    log = signed["log"]
    tenants = "all" if signed.get("tenants") is None else signed["tenants"]
    shown = {**signed, "tenants": tenants, "log": f"{log['size']} seals, root {log['root']}" if log else "no note yet"}
    said = ((name.replace("_", " "), _term(value)) for name, value in shown.items())
    return [(name, value) for name, value in said if value]


def _term(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text(one)}" for name, one in value.items() if one != "")
    return text(value)


def text(value: Any) -> str:
    """Return a value for a reader: moments to the second without their zone (UTC), lists with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(map(text, value))
    return _MOMENT.sub(r"\1 \2", cell(value))


def widths(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> list[int]:
    """Return how wide each column should be beside the others: its longest word, and more for longer texts."""
    heads = list(columns)
    word, whole = [max(map(len, re.split(r"[ _-]", head)), default=1) for head in heads], [4] * len(heads)
    for row in rows:
        for place, one in enumerate(row):
            word[place] = max(word[place], min(16, max(map(len, one.split()), default=0)))
            whole[place] = max(whole[place], min(60, len(one)))
    return [max(4, longest) + most // 6 for longest, most in zip(word, whole, strict=True)]
