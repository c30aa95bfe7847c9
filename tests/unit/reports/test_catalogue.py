"""Every question's twin: a made world, the empty one, and whose evidence it shows."""

from __future__ import annotations

import contextlib

import pytest
import yaml

from proxy.errors import ConfigurationError
from proxy.reports import behind, catalogue, listing, parameters, rows
from testing import twins

QUESTIONS = catalogue.every()
EMPTY = {"subject": ["x"], "since": "2026-01-01", "until": "2026-02-01", "region": "EEA"}
by_id = pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.id)


@by_id
async def test_a_question_answers_as_its_twin_says(question):
    twin = twins.of(question)
    for case in twin["cases"]:
        found = await twins.ask(question, twin, twins.narrowed(case["asked"]), twins.query_context())
        rows = [twins.shown(row, expected) for row, expected in zip(found.rows, case["rows"], strict=False)]
        assert (rows, len(found.rows)) == (case["rows"], len(case["rows"])), case["asked"]
    narrowed = {name for case in twin["cases"] for name in case["asked"]}
    assert narrowed == set(parameters.offered(question.parameters))


@by_id
async def test_a_question_of_the_empty_world_has_no_rows_and_the_columns_that_it_names(question):
    given = {name: EMPTY.get(name, "x") for name in question.description.required}
    found = await twins.ask(question, {}, given | {"limit": 5}, twins.query_context())
    assert bool(found.rows) == bool(question.description.conclusion)  # why nothing can be stated
    assert sorted(found.types) == sorted(question.columns)


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.is_of_tenants], ids=lambda one: one.id)
async def test_a_reader_of_other_tenants_sees_nothing(question):
    twin = twins.of(question)
    for case in twin["cases"]:
        given = {name: value for name, value in twins.narrowed(case["asked"]).items() if name != "tenant"}
        found = await twins.ask(question, twin, given, twins.query_context(["someone-else"]))
        assert [row for row in found.rows if row.get("tenant") != ""] == [], case["asked"]


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.description.behind], ids=lambda one: one.id)
async def test_a_number_is_that_of_the_exchanges_behind_it(question):
    twin, about, linked = twins.of(question), twins.query_context(), question.description.behind
    with contextlib.closing(twins.relations(twin, about)) as within:
        for case in twin["cases"]:
            asked = twins.narrowed(case["asked"])
            found = await twins.ask(question, twin, asked, about)
            for row in map(rows.plain, found.rows):
                for column in (*linked.counts, *linked.sums):
                    filters = {name: asked[name] for name in behind.SHARED if name in asked and name not in row}
                    filters |= behind.period(row, asked, about.at) | {"behind": behind.written(question, column, row)}
                    values = parameters.bound(listing.FILTERS, (), filters)
                    query, names = listing.matching(values, "count(*) AS n")
                    [counted] = within.ask(query, names, values, 30).rows
                    expected = row[column] if column in linked.counts else max(counted["n"], bool(row[column]))
                    assert counted["n"] == expected, (column, row)


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": ["tenants", "limit", "since"]}, {"parameters": ["tenants", "since"]},
        {"parameters": ["since", "tenants", "limit"]}, {"parameters": ["since", "limit"]},
        {"parameters": ["tenants", "name", "limit"]}, {"parameters": ["tenants", "tenant", "limit"]}, {"scope": "installation"}, {"required": ["exchange"]},
        {"basis": []}, {"columns": {}}, {"unknown": 1}, {"chart": {"kind": "bars", "x": "at", "y": "none"}},
        {"chart": {"kind": "pie", "x": "at", "y": "number"}},
        {"behind": {"where": "e.target = {target}"}},
    ],
)  # fmt: skip
def test_a_folder_that_does_not_follow_the_form_is_refused(changed, tmp_path):
    form = yaml.safe_load((catalogue.FOLDER / "aq_02_disclosures" / "question.yaml").read_text())
    folder = tmp_path / "aq_02_disclosures"
    folder.mkdir()
    (folder / "question.yaml").write_text(yaml.safe_dump({**form, **changed}))
    (folder / "question.sql").write_text("SELECT 1")
    with pytest.raises(ConfigurationError, match="form of a question"):
        catalogue.read(folder)


@pytest.mark.parametrize("name", ["AQ-02", "aq_02", "2nd"])
def test_a_folder_with_another_name_is_refused(name, tmp_path):
    (tmp_path / name).mkdir()
    with pytest.raises(ConfigurationError, match="not named like"):
        catalogue.read(tmp_path / name)


def test_a_question_is_found_by_number_and_name_in_any_case():
    found = catalogue.named("aq-02")
    assert found is not None
    assert found is catalogue.named("AQ-02") is catalogue.named("Disclosures")
    assert catalogue.named("stored-by-targets").id == "stored-by-targets"
    assert catalogue.named("AQ-99") is None


def test_every_question_has_a_number_and_a_name_of_its_own():
    assert len({one.id for one in QUESTIONS}) == len({one.name for one in QUESTIONS}) == len(QUESTIONS)
