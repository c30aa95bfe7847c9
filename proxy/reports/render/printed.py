"""An answer as it is read: the one document that both the page of HTML and the PDF show. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from proxy.reports import statement
from proxy.reports.answer import FoundRows, Signed, SignedAnswer
from proxy.reports.catalogue import ChartDescription
from proxy.reports.composing import ReportPart
from proxy.reports.render import chart, words
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

    ``facts`` (for whom, by whom, why, of which time), ``result`` in a sentence and its ``gaps`` stand on page 1.
    ``signature`` is the one of the statement that ``answer``, the whole answer as JSON, holds; "" for none.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    result: str
    gaps: Sequence[str]
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
    result = _result(answer.statement.get("conclusion", ""), len(answer.rows))
    return _document(f"{answer.question.id}: {described.title}", described.basis, (part,), answer, result)


def composed(report: SignedReport) -> PrintedDocument:
    """Return a report as a document; its last part is what the log does not know."""
    described = report.report.description
    parts = [_part(part, answer) for part, answer in zip(report.report.parts, report.found, strict=True)]
    counted = ", ".join(f"{part.title}: {len(part.table.rows)}" for part in parts if part.table is not None)
    unknown = [f"not recorded: {one}" for one in described.not_recorded]
    return _document(described.title, described.basis, parts, report, f"Rows of each part: {counted}.", unknown)


def _part(part: ReportPart, answer: FoundRows) -> PrintedPart:
    described, of_question = part.description, part.question.description
    is_records = described.shown == "records"
    rows = [_told(row, described.differs) for row in answer.rows] if is_records else answer.rows
    return PrintedPart(
        title=described.title,
        notes=_notes(described.note or of_question.note),
        table=table(of_question.columns, rows, answer.complete),
        chart=_chart(described.chart or of_question.chart, answer.rows),
        is_records=is_records,
        differs=described.differs,
    )


def _told(row: Mapping[str, Any], differs: Sequence[str]) -> Mapping[str, Any]:
    """Return a record in which what is unknown and what is empty are told apart."""
    cells = {name: value if value not in ("", []) or name in differs else "none" for name, value in row.items()}
    return {name: "not recorded" if value is None else value for name, value in cells.items()}


def _result(conclusion: str, rows: int) -> str:
    """Return the answer in one sentence, computed from what is signed."""
    if conclusion == "cannot be stated":
        return f"It cannot be stated: {f'{rows} reasons are below' if rows else 'the evidence has a gap'}."
    if conclusion:
        return conclusion
    if not rows:
        return "Nothing of this is recorded in that time."
    return f"{rows:,} {'row is' if rows == 1 else 'rows are'} recorded."


def _document(
    title: str,
    basis: Sequence[str],
    parts: Sequence[PrintedPart],
    signed: Signed,
    result: str,
    unknown: Sequence[str] = (),
) -> PrintedDocument:
    whole = signed.document()
    full: dict[str, str] = {}
    parts = [_shortened(part, full) for part in parts]
    if full:
        note = "References stand for people and requests; they contain no name."
        columns = {"short": "as above", "full": "to search for"}
        annex = PrintedTable(columns, sorted(map(list, full.items())), f"{len(full)} references")
        parts.append(PrintedPart("Annex: references in full", [note], annex))
    return PrintedDocument(
        title=title,
        facts=_facts(signed.statement, basis, whole["key"]),
        result=result,
        gaps=[*_doubts(signed.statement, whole["signature"]), *unknown],
        parts=parts,
        terms=terms(signed.statement),
        signature=whole["signature"],
        key=whole["key"],
        at=signed.statement["at"],
        answer=statement.canonical(whole),
    )


def _facts(signed: Mapping[str, Any], basis: Sequence[str], key: str) -> Sequence[tuple[str, str]]:
    """Return whose it is, who asked what for, and of which time; the last day is included."""
    parameters, tenants = signed.get("parameters", {}), signed.get("tenants")
    on_behalf = f", on behalf of {signed['asked_for']}" if signed.get("asked_for") else ""
    facts = {
        "Organisation": key.partition("+")[0],
        "For": "all tenants" if tenants is None else ", ".join(tenants),
        "Asked by": f"{signed.get('asked_by', '')}{on_behalf}",
        "Purpose": signed.get("purpose", ""),
        "Period": _period(parameters.get("since"), parameters.get("until")),
        "Made on": f"{text(signed['at'])} UTC",
        "Legal basis": "; ".join(basis),
    }
    return [(name, value) for name, value in facts.items() if value]


def _period(since: Any, until: Any) -> str:
    first, last = text(since).removesuffix(" 00:00:00"), text(until)
    if last.endswith(" 00:00:00"):
        last = (datetime.fromisoformat(last) - timedelta(days=1)).date().isoformat()
    return f"{first or 'the beginning of the log'} to {last or 'the time of this answer'} (UTC)"


def _doubts(signed: Mapping[str, Any], signature: str) -> list[str]:
    """Return what takes the ground from under the result."""
    purged = signed.get("coverage", {}).get("purged", 0)
    doubts = {
        "not complete: there are more rows than are shown": signed.get("complete") is False,
        f"not whole: {purged} records of that time were purged, and are in archives alone": purged > 0,
        "not all records of that time are covered": signed.get("covers_all_records") is False and not purged,
        "the log is not signed yet": signed.get("log") is None,
        "not signed: the asking account has no signing key": not signature,
    }
    return [doubt for doubt, holds in doubts.items() if holds]


def _shortened(part: PrintedPart, full: dict[str, str]) -> PrintedPart:
    if part.table is None:
        return part
    rows = [[words.shortened(one, full) for one in row] for row in part.table.rows]
    return replace(part, table=replace(part.table, rows=rows))


def _notes(note: str) -> Sequence[str]:
    return [note] if note else []


def _chart(described: ChartDescription | None, rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    return chart.drawn(described, rows) if described is not None else None


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], complete: bool) -> PrintedTable:
    """Return rows as a table with a caption that counts them."""
    count, more = len(rows), "" if complete else "; there are more"
    caption = f"{count or 'No'} {'row' if count == 1 else 'rows'}{more}"
    return PrintedTable(columns, [[text(words.of(name, row[name])) for name in columns] for row in rows], caption)


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
    pairs = ((name.replace("_", " "), _term(value)) for name, value in shown.items())
    return [(name, value) for name, value in pairs if value]


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
