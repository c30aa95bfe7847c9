from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from proxy.reports import catalogue, statement
from proxy.reports.answer import FoundRows
from proxy.reports.catalogue import ChartDescription
from proxy.reports.composing import ComposedReport, PartDescription, ReportDescription, ReportPart
from proxy.reports.render import page, paper, printed
from proxy.reports.report import SignedReport
from testing import evidence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-07-01T10:00:00.000005Z", "2026-07-01 10:00:00"), (["a", "b"], "a, b"), (None, ""), (True, "yes"), (3, "3"),
        ("2026-07-01", "2026-07-01"),
    ],
)  # fmt: skip
def test_a_value_is_written_for_a_reader(value, text):
    assert printed.text(value) == text


def test_a_document_holds_the_whole_answer_which_can_be_checked(answer):
    document = printed.document(answer({"by": "crm", "rows": 3}))
    whole = json.loads(document.answer)
    assert statement.flaw(whole, evidence.SIGNING.verifier) is None
    assert (document.signature, document.key) == (whole["signature"], whole["key"])
    assert document.parts[0].table.rows == [["crm", "3"]]


def test_the_statement_is_told_in_terms_and_leaves_out_what_it_does_not_say(answer):
    told = dict(printed.document(answer({"by": "crm"})).terms)
    assert (told["rows"], told["tenants"], told["log"], told["at"]) == (
        "1",
        "all",
        "no note yet",
        "2026-07-01 00:00:00",
    )
    log = {"size": 7, "root": "aa", "note": "..."}
    terms = dict(
        printed.terms({"log": log, "tenants": ["acme"], "asked_for": "", "revisions": {"policy": "", "data": "d"}})
    )
    assert terms == {"log": "7 seals, root aa", "tenants": "acme", "revisions": "data: d"}


def test_a_column_is_as_wide_as_its_longest_word_and_wider_for_sentences():
    narrow, word, sentence = printed.widths(("a", "b", "c"), [("x", "pseudonymisation", "one two three four five six")])
    assert narrow < sentence < word * 2
    assert word >= len("pseudonymisation")


def test_a_question_with_a_chart_shows_it_where_there_is_something_to_draw(answer):
    found = answer({"code": "NO_DPA", "refused": 3})
    described = found.question.description.model_copy(
        update={"chart": ChartDescription(kind="bars", x="code", y="refused")}
    )
    with_chart = replace(found, question=replace(found.question, description=described))
    assert printed.document(with_chart).parts[0].chart.figures == [("NO_DPA", [3])]
    assert printed.document(replace(with_chart, rows=())).parts[0].chart is None
    assert printed.document(found).parts[0].chart is None


def made(*rows, **part):
    """A report with one part that shows these rows of columns a and b."""
    described = PartDescription(title="One", columns={"a": "first", "b": "second"}, **part)
    of_question = catalogue.named("AQ-14").description.model_copy(update={"columns": described.columns, "chart": None})
    question = replace(catalogue.named("AQ-14"), description=of_question)
    whole = ReportDescription(
        title="T", persona="P", basis=("B",), parameters=(), parts={"one": described}, not_recorded=("the weather",)
    )
    form = ComposedReport("t", Path(), whole, (ReportPart("one", described, question),))
    about = {"rows": len(rows), "rows_sha256": "", "log": None, "at": "2026-07-01T00:00:00Z"}
    return SignedReport(form, (FoundRows(question, rows, True, {}, {}),), about, evidence.SIGNING)


def test_a_report_says_what_the_log_does_not_know_in_a_part_of_its_own():
    first, last = printed.composed(made({"a": "x", "b": None})).parts
    assert (first.title, first.table.rows) == ("One", [["x", ""]])
    assert (last.notes, last.table) == (["not recorded: the weather"], None)


def test_a_record_tells_what_is_unknown_from_what_is_none_and_a_difference_only_where_there_is_one():
    rows = ({"a": None, "b": []}, {"a": [], "b": ["x"]})
    [part, _] = printed.composed(made(*rows, shown="records", differs=("b",))).parts
    assert (part.is_records, part.table.rows) == (True, [["not recorded", ""], ["none", "x"]])


@pytest.mark.parametrize("shown", ["records", "table"])
def test_a_difference_is_marked_on_the_page_and_in_the_pdf(shown):
    document = printed.composed(made({"a": "x", "b": "y"}, {"a": "x", "b": ""}, shown=shown, differs=("b",)))
    said = page.rendered(document).decode()
    assert re.search(r'class="differs">\s*<strong>(y|differs:)', said)
    assert said.count('d class="differs"') == 1
    pytest.importorskip("typst", reason="the extra 'reports' is not installed")
    text_of_pdf = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(paper.rendered(document))).pages)
    assert ("differs: y" in text_of_pdf) is (shown == "records")
    assert "not recorded: the weather" in text_of_pdf
