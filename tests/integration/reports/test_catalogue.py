"""Every question's twin: a made world, the empty one, and whose evidence it shows; and what the database does for it."""

from __future__ import annotations

import json

import pytest
import yaml

from proxy.errors import ConfigurationError
from proxy.reports import answer, catalogue, parameters
from testing import plans, twins

QUESTIONS = catalogue.every()
#: Questions that still read whole records. The list may only become shorter.
READ_RECORDS = {"stored-by-targets"}
#: Decisions with their outcomes, a day apart, so that the planner has something to choose between; all in one part of the table.
MANY = """
INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status,
                          codes, revision, data_revision, prev, hash, body, day)
SELECT 'many', n, $1::timestamptz - n * interval '1 day', (ARRAY['decision', 'outcome'])[n % 2 + 1], id, 0, 't', '', '',
       '', '', 0, '{}', '', '', sha256(''), sha256(n::text::bytea), '{"facts":{}}', audit.day_of(id)
FROM generate_series(1, 3000) n, format('019ac515-%s-7000-8000-000000000000', lpad(to_hex(n / 2), 4, '0')) id
"""
EMPTY = {"subject": ["x"], "since": "2026-01-01", "until": "2026-02-01", "region": "EEA"}
by_id = pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.id)


@by_id
async def test_a_question_answers_as_its_twin_says(question, reader, fresh_dsn):
    twin = twins.of(question)
    await twins.store(fresh_dsn, twin)
    for case in twin["cases"]:
        found = await answer.ask(reader, question, twins.narrowed(case["asked"]), twins.enquiry())
        rows = [twins.shown(row, expected) for row, expected in zip(found.rows, case["rows"], strict=False)]
        assert (rows, len(found.rows)) == (case["rows"], len(case["rows"])), case["asked"]
    narrowed = {name for case in twin["cases"] for name in case["asked"]}
    assert narrowed == set(parameters.offered(question.parameters))
    assert await reader.fetchval("SELECT count(*) FROM audit.reading") == len(twin["cases"])


@by_id
async def test_a_question_of_the_empty_world_has_no_rows_and_the_columns_that_it_names(question, reader):
    given = {name: EMPTY.get(name, "x") for name in question.description.required}
    found = await answer.ask(reader, question, given | {"limit": 5}, twins.enquiry())
    if question.description.conclusion:
        assert (found.statement["conclusion"], found.rows != ()) == ("cannot be stated", True)
    else:
        assert [row for row in found.rows if row.get("command") != "audit ask AQ-24"] == []
    names = [one.name for one in (await reader.prepare(question.query)).get_attributes()]
    assert sorted(names) == sorted(question.columns)


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.is_of_tenants], ids=lambda one: one.id)
async def test_a_reader_of_other_tenants_sees_nothing(question, reader, fresh_dsn):
    twin = twins.of(question)
    await twins.store(fresh_dsn, twin)
    for case in twin["cases"]:
        given = {name: value for name, value in twins.narrowed(case["asked"]).items() if name != "tenant"}
        found = await answer.ask(reader, question, given, twins.enquiry(["someone-else"]))
        assert [row for row in found.rows if row.get("tenant") != ""] == [], case["asked"]


@by_id
async def test_no_question_scans_the_records(question, reader, superuser):
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(MANY, twins.moment(0))
    await superuser.execute("ANALYZE audit.record")
    await reader.execute("SET enable_seqscan = off")
    twin = twins.of(question)
    values = parameters.bound(question.parameters, (), twins.narrowed(twin["cases"][0]["asked"]))
    if "registry" in values:
        values["registry"] = json.dumps(twin["registry"])
    plan = json.loads(await reader.fetchval(f"EXPLAIN (FORMAT JSON) {question.query}", *values.values()))
    scans = plans.scans(plan[0]["Plan"])
    assert bool(scans) == (question.id in READ_RECORDS), json.dumps(scans)


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": ["tenants", "limit", "since"]}, {"parameters": ["tenants", "since"]},
        {"parameters": ["since", "tenants", "limit"]}, {"parameters": ["since", "limit"]},
        {"parameters": ["tenants", "name", "limit"]}, {"parameters": ["tenants", "tenant", "limit"]}, {"scope": "installation"}, {"required": ["exchange"]},
        {"basis": []}, {"columns": {}}, {"unknown": 1}, {"chart": {"kind": "bars", "x": "at", "y": "none"}},
        {"chart": {"kind": "pie", "x": "at", "y": "number"}},
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
