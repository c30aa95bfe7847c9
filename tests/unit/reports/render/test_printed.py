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
from proxy.reports.render import paper, printed
from proxy.reports.render.printed import html
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


def test_a_report_says_what_the_log_does_not_know_before_anything_else():
    document = printed.composed(made({"a": "x", "b": None}))
    [part] = document.parts
    assert (part.title, part.table.rows) == ("One", [["x", ""]])
    assert "not recorded: the weather" in document.gaps
    assert document.result == "Rows of each part: One: 1."


def test_a_record_tells_what_is_unknown_from_what_is_none_and_a_difference_only_where_there_is_one():
    rows = ({"a": None, "b": []}, {"a": [], "b": ["x"]})
    [part] = printed.composed(made(*rows, shown="records", differs=("b",))).parts
    assert (part.is_records, part.table.rows) == (True, [["not recorded", ""], ["none", "x"]])


@pytest.mark.parametrize("shown", ["records", "table"])
def test_a_difference_is_marked_on_the_page_and_in_the_pdf(shown):
    document = printed.composed(made({"a": "x", "b": "y"}, {"a": "x", "b": ""}, shown=shown, differs=("b",)))
    said = html(document).decode()
    assert re.search(r'class="differs">\s*<strong>(y|differs:)', said)
    assert said.count('d class="differs"') == 1
    pytest.importorskip("typst", reason="the extra 'reports' is not installed")
    text_of_pdf = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(paper.rendered(document))).pages)
    assert ("differs: y" in text_of_pdf) is (shown == "records")
    assert "not recorded: the weather" in text_of_pdf


REFERENCE = f"hmac-sha256:k-01234567:{'ab' * 31}"


def test_the_first_page_says_whose_it_is_who_asked_and_for_which_days(answer):
    found = answer({"by": "crm"})
    given = {"since": "2026-02-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}
    told = replace(found, statement={**found.statement, "parameters": given, "tenants": ["acme"], "purpose": "audit"})
    document = printed.document(told)
    facts = dict(document.facts)
    assert facts["Organisation"] == evidence.SIGNING.origin
    assert (facts["For"], facts["Asked by"], facts["Purpose"]) == ("acme", "officer", "audit")
    assert facts["Period"] == "2026-02-01 to 2026-03-01 (UTC)", "the last day is included"
    assert document.result == "1 row is recorded."
    assert "the log is not signed yet" in document.gaps


@pytest.mark.parametrize(
    ("rows", "conclusion", "result"),
    [
        ((), "", "Nothing of this is recorded in that time."),
        (({"by": "x"},) * 1200, "", "1,200 rows are recorded."),
        ((), "No health data was sent.", "No health data was sent."),
        (({"by": "x"},) * 3, "cannot be stated", "It cannot be stated: 3 reasons are below."),
        ((), "cannot be stated", "It cannot be stated: the evidence has a gap."),
    ],
)
def test_the_result_is_one_sentence_of_what_is_signed(answer, rows, conclusion, result):
    found = answer(*rows, by="who")
    told = replace(found, statement={**found.statement, "conclusion": conclusion})
    assert printed.document(told).result == result


def test_no_result_is_stated_while_newer_records_are_unread(answer):
    found = answer(by="who")
    unread = {**found.statement, "coverage": {"unread": 4100}, "covers_all_records": False}
    document = printed.document(replace(found, statement=unread))
    assert document.result == "It cannot be stated: the evidence has a gap."
    assert document.parts[0].table.caption == "No rows; newer records are not read yet"
    assert document.gaps == ["not whole: 4100 newer records were not read yet"]


def test_references_are_short_with_the_full_ones_in_an_annex(answer):
    alike = [f"{REFERENCE}{end}" for end in ("01", "02")]
    shown, annex = printed.document(answer({"of": alike[0]}, {"of": alike[1]}, {"of": "us-1"})).parts
    short = [row[0] for row in shown.table.rows]
    assert short == ["\u2026ababab01", "\u2026ababab02", "us-1"]
    assert {tuple(row) for row in annex.table.rows} == set(zip(short[:2], alike, strict=True))


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_what_is_copied_from_a_page_has_no_invisible_characters(answer, form):
    document = printed.document(
        answer({"of": REFERENCE + "01", "long": "a-target.of-the-provider/with/a/long-name" * 3})
    )
    if form == "html":
        said = html(document).decode()
    else:
        pytest.importorskip("typst", reason="the extra 'reports' is not installed")
        said = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(paper.rendered(document))).pages)
    assert not re.search("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]", said)
    assert f"{REFERENCE}01" in said.replace("\n", "")
    assert "Organisation" in said[: said.index("1 row")]
