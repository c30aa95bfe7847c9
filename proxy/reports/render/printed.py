"""An answer as it is read: the one document that the PDF shows too, as one page of HTML.

The page has no script and nothing from elsewhere; it prints with its statement. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from proxy.reports import statement
from proxy.reports.answer import FoundRows, Signed, SignedAnswer
from proxy.reports.catalogue import ChartDescription
from proxy.reports.composing import ReportPart
from proxy.reports.render import chart, words
from proxy.reports.render.chart import Chart
from proxy.reports.render.languages import ENGLISH, Speech, english, spoken
from proxy.reports.report import SignedReport
from proxy.reports.rows import cell
from proxy.runtime import resources

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


_LABELS = {
    "gaps": "What this does not say", "statement": "Statement", "columns": "What the columns mean",
    "signature": "signature", "unsigned": "not signed", "key": "public key", "differs": "differs:", "rows": "Rows",
    "figures": "The figures of the chart", "none": "none",
    "attached": "The signature above is over this statement; the whole answer is attached to this file as",
    "companion": "The companion file ending in .sig.json has a signature over this file too. This verifies it:",
}  # fmt: skip


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
    language: str = ENGLISH
    labels: Mapping[str, str] = field(default_factory=dict)  # what the page itself says


def document(answer: SignedAnswer, language: str = ENGLISH) -> PrintedDocument:
    """Return an answer as a document in a language."""
    say, described = spoken(language), answer.question.description
    is_whole = not unread(answer.statement)
    shown = table(described.columns, answer.rows, answer.statement["complete"], say, is_whole=is_whole)
    part = PrintedPart("", _notes(described.note, say), shown, _chart(described.chart, answer.rows))
    result = _result(answer, say)
    title = f"{answer.question.id}: {say(described.title)}"
    return _document(title, described.basis, (part,), answer, result, language)


def composed(report: SignedReport, language: str = ENGLISH) -> PrintedDocument:
    """Return a report as a document in a language; its last part is what the log does not know."""
    say, described = spoken(language), report.report.description
    is_whole, answers = not unread(report.statement), zip(report.report.parts, report.answers, strict=True)
    parts = [_part(part, answer, say, is_whole=is_whole) for part, answer in answers]
    counted = ", ".join(f"{part.title}: {len(part.table.rows)}" for part in parts if part.table is not None)
    unknown = [say("not recorded: %(what)s", what=say(gap)) for gap in described.not_recorded]
    result = say("Rows of each part: %(counted)s.", counted=counted)
    document = _document(say(described.title), described.basis, parts, report, result, language)
    return replace(document, gaps=[*document.gaps, *unknown])


def _part(part: ReportPart, answer: FoundRows, say: Speech, *, is_whole: bool) -> PrintedPart:
    described, of_question = part.description, part.question.description
    is_records = described.shown == "records"
    rows = [_differing(row, described.differs, say) for row in answer.rows] if is_records else answer.rows
    return PrintedPart(
        title=say(described.title),
        notes=_notes(described.note or of_question.note, say),
        table=table(of_question.columns, rows, answer.complete, say, is_whole=is_whole),
        chart=_chart(described.chart or of_question.chart, answer.rows),
        is_records=is_records,
        differs=described.differs,
    )


def _differing(row: Mapping[str, Any], differs: Sequence[str], say: Speech) -> Mapping[str, Any]:
    """Return a record in which what is unknown and what is empty are told apart."""
    cells = {name: value if value not in ("", []) or name in differs else say("none") for name, value in row.items()}
    return {name: say("not recorded") if value is None else value for name, value in cells.items()}


def _result(answer: SignedAnswer, say: Speech) -> str:
    """Return the answer in one sentence, computed from what is signed."""
    rows, conclusion = len(answer.rows), answer.statement.get("conclusion", "")
    if conclusion == "cannot be stated" and rows:
        return say("It cannot be stated: %(n)s reasons are below.", n=rows)
    if conclusion == "cannot be stated":
        return say("It cannot be stated: the evidence has a gap.")
    if conclusion:
        template = answer.question.description.conclusion
        translated = say(template)
        return conclusion if translated == template else translated.format(**answer.statement["parameters"])
    if not rows and unread(answer.statement):
        return say("It cannot be stated: the evidence has a gap.")
    if not rows:
        return say("Nothing of this is recorded in that time.")
    return say("1 row is recorded.") if rows == 1 else say("%(n)s rows are recorded.", n=f"{rows:,}")


def _document(
    title: str,
    basis: Sequence[str],
    parts: Sequence[PrintedPart],
    signed: Signed,
    result: str,
    language: str,
) -> PrintedDocument:
    whole, say = signed.document(), spoken(language)
    full: dict[str, str] = {}
    parts = [_shortened(part, full) for part in parts]
    if full:
        note = say("References stand for people and requests; they contain no name.")
        columns = {say("short"): say("as above"), say("full"): say("to search for")}
        annex = PrintedTable(columns, sorted(map(list, full.items())), say("%(n)s references", n=len(full)))
        parts.append(PrintedPart(say("Annex: references in full"), [note], annex))
    return PrintedDocument(
        title=title,
        facts=_facts(signed.statement, basis, whole["key"], say),
        result=result,
        gaps=_doubts(signed.statement, whole["signature"], say),
        parts=parts,
        terms=terms(signed.statement),
        signature=whole["signature"],
        key=whole["key"],
        at=signed.statement["at"],
        answer=statement.canonical(whole),
        language=language,
        labels={name: say(label) for name, label in _LABELS.items()},
    )


def _facts(signed: Mapping[str, Any], basis: Sequence[str], key: str, say: Speech) -> Sequence[tuple[str, str]]:
    """Return whose it is, who asked what for, and of which time; the last day is included."""
    parameters, tenants, asked_by = signed.get("parameters", {}), signed.get("tenants"), signed.get("asked_by", "")
    if signed.get("asked_for"):
        asked_by = say("%(who)s, on behalf of %(whom)s", who=asked_by, whom=signed["asked_for"])
    facts = {
        say("Organisation"): key.partition("+")[0],
        say("For"): say("all tenants") if tenants is None else ", ".join(tenants),
        say("Asked by"): asked_by,
        say("Purpose"): signed.get("purpose", ""),
        say("Period"): _period(parameters.get("since"), parameters.get("until"), say),
        say("Made on"): f"{text(signed['at'])} UTC",
        say("Legal basis"): "; ".join(words.cited(basi, say) for basi in basis),
    }
    return [(name, value) for name, value in facts.items() if value]


def _period(since: Any, until: Any, say: Speech) -> str:
    first, last = text(since).removesuffix(" 00:00:00"), text(until)
    if last.endswith(" 00:00:00"):
        last = (datetime.fromisoformat(last) - timedelta(days=1)).date().isoformat()
    first, last = first or say("the beginning of the log"), last or say("the time of this answer")
    return say("%(first)s to %(last)s (UTC)", first=first, last=last)


def _doubts(signed: Mapping[str, Any], signature: str, say: Speech) -> list[str]:
    """Return what takes the ground from under the result."""
    purged, missing = signed.get("coverage", {}).get("purged", 0), unread(signed)
    gone = say("not whole: %(n)s records of that time were purged, and are in archives alone", n=purged)
    doubts = {
        say("not complete: there are more rows than are shown"): signed.get("complete") is False,
        gone: purged > 0,
        say("not whole: %(n)s newer records were not read yet", n=missing): missing > 0,
        say("not all records of that time are covered"): signed.get("covers_all_records") is False
        and not purged
        and not missing,
        say("the log is not signed yet"): signed.get("log") is None and not missing,
        say("not signed: the asking account has no signing key"): not signature,
    }
    return [doubt for doubt, holds in doubts.items() if holds]


def unread(signed: Mapping[str, Any]) -> int:
    """Return how many newer records an answer left for later."""
    return int(signed.get("coverage", {}).get("unread", 0))


def _shortened(part: PrintedPart, full: dict[str, str]) -> PrintedPart:
    if part.table is None:
        return part
    rows = [[words.shortened(item, full) for item in row] for row in part.table.rows]
    return replace(part, table=replace(part.table, rows=rows))


def _notes(note: str, say: Speech) -> Sequence[str]:
    return [say(note)] if note else []


def _chart(described: ChartDescription | None, rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    return chart.drawn(described, rows) if described is not None else None


def table(
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    complete: bool,
    say: Speech = english,
    *,
    is_whole: bool = True,
) -> PrintedTable:
    """Return rows as a table with a caption that counts them; ``is_whole``: no newer record was left for later."""
    counts = {0: say("No rows"), 1: say("1 row")}
    caption = counts.get(len(rows)) or say("%(n)s rows", n=len(rows))
    caption += "" if complete else say("; there are more")
    caption += "" if is_whole else say("; newer records are not read yet")
    cells = [[_cell(words.of(name, row[name], say), say) for name in columns] for row in rows]
    return PrintedTable({name: words.cited(say(meaning), say) for name, meaning in columns.items()}, cells, caption)


def _cell(value: Any, say: Speech) -> str:
    return say("yes" if value else "no") if isinstance(value, bool) else text(value)


def terms(signed: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what a statement says, each with its name."""
    log, unsigned = signed["log"], "none of what was read" if unread(signed) else "no note yet"
    tenants = "all" if signed.get("tenants") is None else signed["tenants"]
    parts = [f"{part['part']} ({part['question']}, {part['rows']} rows)" for part in signed.get("parts", ())]
    shown = {
        **signed,
        "parts": parts,
        "not_recorded": "",
        "tenants": tenants,
        "log": f"{log['size']} seals, root {log['root']}" if log else unsigned,
    }
    pairs = ((name.replace("_", " "), _term(value)) for name, value in shown.items())
    return [(name, value) for name, value in pairs if value]


def _term(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text(element)}" for name, element in value.items() if element != "")
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
        for index, item in enumerate(row):
            word[index] = max(word[index], min(16, max(map(len, item.split()), default=0)))
            whole[index] = max(whole[index], min(60, len(item)))
    return [max(4, longest + 1) + most // 6 for longest, most in zip(word, whole, strict=True)]


_TEMPLATE = Path(__file__).with_name("page.html")


def html(document: PrintedDocument) -> bytes:
    """Return the page.

    Raises:
        ConfigurationError: Jinja2 is not installed.

    """
    page: str = _template().render(document=document)
    return page.encode()


@cache
def _template() -> Any:
    jinja2 = resources.library("jinja2", "reports")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
