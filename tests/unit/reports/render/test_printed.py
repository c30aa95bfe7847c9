from __future__ import annotations

import json
from dataclasses import replace

import pytest

from proxy.reports import statement
from proxy.reports.catalogue import ChartDescription
from proxy.reports.render import printed
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
