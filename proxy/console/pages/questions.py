"""Questions and reports: a form for each, the answer as a sentence, chart, table and signed statement; files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from proxy.console import charts, periods
from proxy.console.charts import ColumnChart
from proxy.console.forms import check_address
from proxy.console.pages.exchanges import FILTERS, HERE, opened
from proxy.console.visit import Download, PageView, Shown, Visit
from proxy.console.words import mark, moment
from proxy.reports import catalogue, composing
from proxy.reports.catalogue import Question
from proxy.reports.parameters import MOST_ROWS, PARAMETERS, ParameterKind
from proxy.reports.render import FORMATS, PRINTED, chart, languages, printed
from proxy.runtime.integers import whole_number
from proxy.web.api.faults import NotFoundError

#: What a parameter is called on a form.
LABELS: Mapping[str, str] = {
    **FILTERS, "since": mark("From"), "until": mark("Until, not included"), "at": mark("As of"),
    "provider": mark("Provider"), "mechanism": mark("Mechanism"), "exchange": mark("Exchange"),
    "days": mark("Days ahead"), "limit": mark("Rows at most"),
}  # fmt: skip
#: What is said of an answer that has a gap.
GAPS: Mapping[str, str] = {
    "complete": mark("There are more rows than are shown: raise “Rows at most”."),
    "covers_all_records": mark("Not all records of that time are covered by a signed note yet."),
    "log": mark("The log is not signed yet."),
}
_SAID = ("ask", "format")
_LISTS = {"labels": LABELS, "gaps": GAPS}
_CLASSES, _REST = ("c3", "c2", "c1", "c5"), "other"
#: Columns that a question is narrowed by under another name.
_SAME = {"to": "region"}
_WEEK, _DATED = timedelta(days=7), re.compile(r"\d{4}-\d\d-\d\d")


async def listed(visit: Visit) -> Shown:
    """Every question, by whom it is for."""
    questions = (await visit.document("audit.questions"))["questions"]
    groups: dict[str, list[Any]] = {}
    for question in questions:
        groups.setdefault(question["for"], []).append(question)
    return PageView("pages/questions.html.j2", {"groups": groups})


async def page(visit: Visit) -> Shown:
    """The form of a question, and its answer once it is asked."""
    question = catalogue.named(visit.parameter)
    if question is None:
        raise NotFoundError("there is no such question; Questions lists all")
    offered = _fields(question.parameters, question.description.required)
    parameters, answer = _parameters(visit, offered), None
    if "ask" in visit.query or parameters:
        answer = await visit.document("audit.ask", question.id, visit.asking(**parameters))
    shown = {} if answer is None else _answer(visit, question, answer, parameters)
    say = languages.spoken(visit.words.language)
    values = {
        "meanings": {name: say(meaning) for name, meaning in question.description.columns.items()},
        "note": say(question.description.note),
        "question": question,
        "offered": offered,
        "given": parameters,
        "answer": answer,
        "labels": LABELS,
        "gaps": GAPS,
    }
    return PageView("pages/question.html.j2", {**values, **shown, "formats": FORMATS})


async def file(visit: Visit) -> Shown:
    """The answer to a question as a signed file."""
    question = catalogue.named(visit.parameter)
    if question is None:
        raise NotFoundError("there is no such question; Questions lists all")
    parameters = _parameters(visit, _fields(question.parameters, question.description.required))
    return await _file(visit, "audit.ask", question.id, parameters)


async def reports(visit: Visit) -> Shown:
    """Every report."""
    return PageView("pages/reports.html.j2", {"reports": (await visit.document("audit.reports"))["reports"]})


async def report(visit: Visit) -> Shown:
    """The form of a report, and its parts once it is composed."""
    form = composing.named(visit.parameter)
    if form is None:
        raise NotFoundError("there is no such report; Reports lists all")
    offered, say = _fields(form.offered, form.description.required), languages.spoken(visit.words.language)
    parameters, answer, parts = _parameters(visit, offered), None, []
    if "ask" in visit.query or parameters:
        answer = await visit.document("audit.report", form.name, visit.asking(**parameters))
        for part, about in zip(form.parts, answer["statement"]["parts"], strict=True):
            rows = [row["row"] for row in answer["rows"] if row["part"] == part.name]
            columns, is_complete = _columns(part.question), bool(about["complete"])
            table = printed.table(columns, rows, is_complete, say, is_whole=not visit.unread)
            links = [_links(visit, part.question, row, parameters) for row in rows]
            parts.append((say(part.description.title), say(part.description.note), table, links, part.question.numbers))
    values = {"form": form, "offered": offered, "given": parameters, "answer": answer, "parts": parts, **_LISTS}
    terms = printed.terms(answer["statement"]) if answer else ()
    return PageView("pages/report.html.j2", {**values, "terms": terms, "formats": PRINTED})


async def report_file(visit: Visit) -> Shown:
    """A report as a signed file."""
    form = composing.named(visit.parameter)
    if form is None:
        raise NotFoundError("there is no such report; Reports lists all")
    parameters = _parameters(visit, _fields(form.offered, form.description.required))
    return await _file(visit, "audit.report", form.name, parameters)


async def _file(visit: Visit, operation: str, name: str, parameters: Mapping[str, Any]) -> Shown:
    kind = visit.query.get("format", "json")
    body = {**visit.asking(**parameters), "language": visit.words.language}
    return Download(await visit.call(operation, name, body, kind=kind if kind in FORMATS else "json"), name)


def _fields(names: Sequence[str], required: Sequence[str]) -> Sequence[tuple[str, str, bool]]:
    """Return the fields of a form: name, kind of input, whether it is required."""
    offered = [name for name in names if name not in {"tenants", "registry"}]
    offered = (["tenant"] if "tenants" in names and "tenant" not in offered else []) + offered
    kinds = {ParameterKind.MOMENT: "date", ParameterKind.NUMBER: "number"}
    return [(name, kinds.get(PARAMETERS[name].kind, "text"), name in required) for name in offered]


def _parameters(visit: Visit, offered: Sequence[tuple[str, str, bool]]) -> dict[str, Any]:
    """Return what an address narrows an answer to.

    Raises:
        InvalidRequestError: this question takes nothing of that name.

    """
    names = [name for name, _, _ in offered]
    check_address(visit.query, {*names, *_SAID})
    parameters: dict[str, Any] = {name: visit.query[name] for name in names if visit.query.get(name)}
    numbers = [name for name, kind, _ in offered if kind == "number"]
    return {name: value_of(text) if name in numbers else text for name, text in parameters.items()}


def value_of(text: str) -> int | str:
    """Return the value of a parameter that is a number; whoever answers refuses by name what is another text."""
    number = whole_number(text, MOST_ROWS)
    return text if number is None else number


def _answer(
    visit: Visit, question: Question, answer: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    rows, statement, say = answer["rows"], answer["statement"], languages.spoken(visit.words.language)
    return {
        "table": printed.table(_columns(question), rows, bool(statement["complete"]), say, is_whole=not visit.unread),
        "links": [_links(visit, question, row, parameters) for row in rows],
        "opens": bool(question.numbers),
        "numbers": [name for name in question.columns if rows and all(_is_number(row[name]) for row in rows)],
        "chart": _chart(visit, question, rows, parameters),
        "terms": printed.terms(statement),
        "total": len(rows),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _columns(question: Question) -> Mapping[str, str]:
    """Return the columns as a page shows them: numbers that open exchanges stand early, in sight on a wide table."""
    columns = question.description.columns
    first = [*[name for name in columns if name not in question.numbers][:2], *question.numbers]
    return {name: columns[name] for name in (*first, *(name for name in columns if name not in first))}


def _links(
    visit: Visit, question: Question, row: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Mapping[str, str]:
    """Return where a row leads, by column: the exchange that it names, and the exchanges behind its numbers."""
    named = {name: f"{HERE}/{row[name]}" for name in ("exchange", "sample") if row.get(name)}
    numbers = {name: opened(visit, question, name, row, parameters) for name in question.numbers}
    return named | {name: address for name, address in numbers.items() if address}


def _chart(
    visit: Visit, question: Question, rows: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]
) -> ColumnChart | None:
    described = question.description.chart
    drawing = chart.drawn(described, rows) if described is not None and rows else None
    if drawing is None or described is None:
        return None
    names = list(drawing.series)
    shown = names[: len(_CLASSES) - 1] if len(names) > len(_CLASSES) else names
    figures = []
    for name, values in drawing.figures:
        column = dict(zip(names, values, strict=True))
        rest = {_REST: sum(value for label, value in column.items() if label not in shown)} if shown != names else {}
        figures.append((name, {label: column[label] for label in shown} | rest))
    kinds = dict(zip([*shown, _REST] if shown != names else shown, _CLASSES, strict=False))

    def href(name: str) -> str:
        return _narrower(visit, question, described.x, name, parameters)

    return charts.columns(figures, kinds, href, lambda name: name if len(name) < 15 else f"{name[:13]}…", 260)  # noqa: PLR2004


def _narrower(visit: Visit, question: Question, column: str, name: str, parameters: Mapping[str, Any]) -> str:
    """Return where a column of a chart leads: to the same question about it alone, whose numbers open their exchanges.

    To the rows on this page, where the question cannot be narrowed to it.
    """
    asked, by = {key: str(value) for key, value in parameters.items()}, _SAME.get(column, column)
    if column == "week" and _DATED.match(name):
        since = moment(name)
        week = {"since": periods.written(since), "until": periods.written(since + _WEEK)}
        return visit.href(visit.path, **asked | week)
    is_value = by in question.parameters and name not in {"none", _REST}
    return visit.href(visit.path, **asked | {by: name}) if is_value else "#rows-h"
