"""An answer as it is read: the one document that both the page of HTML and the PDF show. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.reports import statement
from proxy.reports.answer import FoundRows, Signed, SignedAnswer
from proxy.reports.catalogue import ChartDescription
from proxy.reports.composing import ReportPart
from proxy.reports.render import chart
from proxy.reports.render.cells import cell
from proxy.reports.render.chart import Chart
from proxy.reports.report import SignedReport

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Rows as texts: ``columns`` are names with their meanings, a row has a text for each, in their order."""

    columns: Mapping[str, str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True, slots=True)
class PrintedPart:
    """A part of a document under a heading of its own ("" for none).

    Its rows are one table, or each a record: terms with texts, of which those in ``differs`` are marked.
    """

    title: str
    notes: Sequence[str]
    table: PrintedTable | None
    chart: Chart | None = None
    is_records: bool = False
    differs: Sequence[str] = ()


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
    described = answer.question.description
    shown = table(described.columns, answer.rows, answer.statement["complete"])
    part = PrintedPart("", _notes(described.note), shown, _chart(described.chart, answer.rows))
    return _document(f"{answer.question.id}: {described.title}", described.basis, (part,), answer)


def composed(report: SignedReport) -> PrintedDocument:
    """Return a report as a document; its last part is what the log does not know."""
    described = report.report.description
    parts = [_part(part, found) for part, found in zip(report.report.parts, report.found, strict=True)]
    unknown = [f"not recorded: {one}" for one in described.not_recorded]
    last = [PrintedPart("What the log does not know", unknown, None)] if unknown else []
    return _document(described.title, described.basis, (*parts, *last), report)


def _part(part: ReportPart, found: FoundRows) -> PrintedPart:
    described, of_question = part.description, part.question.description
    is_records = described.shown == "records"
    rows = [_told(row, described.differs) for row in found.rows] if is_records else found.rows
    return PrintedPart(
        title=described.title,
        notes=_notes(described.note or of_question.note),
        table=table(of_question.columns, rows, found.complete),
        chart=_chart(described.chart or of_question.chart, found.rows),
        is_records=is_records,
        differs=described.differs,
    )


def _told(row: Mapping[str, Any], differs: Sequence[str]) -> Mapping[str, Any]:
    """Return a record in which what is unknown and what is empty are told apart."""
    said = {name: value if value not in ("", []) or name in differs else "none" for name, value in row.items()}
    return {name: "not recorded" if value is None else value for name, value in said.items()}


def _document(title: str, basis: Sequence[str], parts: Sequence[PrintedPart], signed: Signed) -> PrintedDocument:
    whole = signed.document()
    return PrintedDocument(
        title=title,
        basis="; ".join(basis),
        parts=parts,
        terms=terms(signed.statement),
        signature=whole["signature"],
        key=whole["key"],
        at=signed.statement["at"],
        answer=statement.canonical(whole),
    )


def _notes(note: str) -> Sequence[str]:
    return [note] if note else []


def _chart(described: ChartDescription | None, rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    return chart.drawn(described, rows) if described is not None else None


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], complete: bool) -> PrintedTable:
    """Return rows as a table with a caption that counts them."""
    count, more = len(rows), "" if complete else "; there are more"
    caption = f"{count or 'No'} {'row' if count == 1 else 'rows'}{more}"
    return PrintedTable(columns, [[text(row[name]) for name in columns] for row in rows], caption)


def terms(signed: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what a statement says, each with its name."""
    log = signed["log"]
    tenants = "all" if signed.get("tenants") is None else signed["tenants"]
    parts = [f"{one['part']} ({one['question']}, {one['rows']} rows)" for one in signed.get("parts", ())]
    shown = {
        **signed,
        "parts": parts,
        "not_recorded": "",
        "tenants": tenants,
        "log": f"{log['size']} seals, root {log['root']}" if log else "no note yet",
    }
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
    return [max(4, longest + 1) + most // 6 for longest, most in zip(word, whole, strict=True)]
