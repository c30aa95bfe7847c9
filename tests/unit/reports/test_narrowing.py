"""A query over narrow views finds what it finds over whole ones, and names no column more than it may need."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proxy.reports import catalogue, composing, narrowing, relations, report
from proxy.reports.relations import COLUMNS
from testing import twins

EXCHANGE = [*COLUMNS["exchange"]]
ASKED = [
    *((question, twins.of(question), []) for question in catalogue.every()),
    *((part.question, twins.of(form), [part]) for form in composing.every() for part in form.parts),
]


def narrowed(query, taken=None):
    def rows(columns):
        taken.extend(columns) if taken is not None else None
        return "FROM derived.exchange"

    return narrowing.narrowed(query, relations.VIEWS, EXCHANGE, rows)


@pytest.mark.parametrize(("question", "twin", "part"), ASKED, ids=lambda one: getattr(one, "name", ""))
async def test_questions_find_what_they_find_over_whole_views(question, twin, part):
    whole = replace(question, query=f"SELECT * FROM ({question.query})")
    for case in twin["cases"]:
        asked = twins.narrowed(case["asked"])
        given = report.of_part(part[0], asked) if part else asked
        narrow, wide = await twins.compose([question, whole], twin, [given, given], twins.query_context())
        assert (narrow.rows, narrow.types) == (wide.rows, wide.types), case["asked"]


def test_a_query_binds_the_columns_that_it_names():
    taken = []
    text = narrowed("SELECT d.day, sum(d.n) FROM evidence.day d WHERE d.action = 'block' GROUP BY 1", taken)
    assert taken == ["at", "exchange", "tenant", "action"]
    assert not {"subjects", "unlinked"} & {*re.findall(r"\w+", text)}
    assert "unlinked" in narrowed("SELECT e.subjects FROM evidence.exchange e")


def test_the_list_that_makes_the_rows_stays():
    assert "unnest(attempt_targets)" in narrowed("SELECT a.tenant FROM evidence.attempt a")


@pytest.mark.parametrize("query", ["SELECT * FROM evidence.exchange", "SELECT e.* FROM evidence.day e", "FROM evidence.exchange",
                                   "SELECT count(*) FROM (SELECT DISTINCT * FROM evidence.day)", "SELECT 1 AS one"])  # fmt: skip
def test_a_query_of_all_columns_stays_as_it_is(query):
    assert narrowed(query) == query


def test_words_in_quotes_and_comments_are_no_clauses():
    query = '-- WITH (x\nWITH a AS (SELECT \'FROM *, (\' AS x, "at" FROM evidence.exchange) SELECT x, "at" FROM a'
    assert re.search(r"^WITH evidence_row AS .*, a AS \(SELECT 'FROM \*, \('", narrowed(query), re.DOTALL)
