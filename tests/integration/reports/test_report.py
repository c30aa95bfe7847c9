"""Composed reports over a made world: what is signed, what is on record before it, and who may ask."""

from __future__ import annotations

import json

import pytest

from proxy.reports import composing, report, statement
from proxy.reports.answer import TenantRefusedError
from proxy.reports.parameters import InvalidParameterError
from testing import evidence, twins

BREACH = composing.named("breach")
ASKED = {"since": twins.moment("0 d"), "until": twins.moment("1 d"), "at": twins.moment(0)}
OFFICER = twins.query_context(signing=evidence.SIGNING)


@pytest.fixture
def world(monkeypatch):
    return twins.stand(monkeypatch, twins.of(BREACH))


async def test_a_report_is_checked_with_the_public_key_and_a_changed_row_is_noticed(world, reader):
    made = await report.compose(reader, BREACH, ASKED, OFFICER)
    document = json.loads(statement.canonical(made.document()))
    assert statement.flaw(document, evidence.SIGNING.verifier) is None
    document["rows"][-1]["row"]["known"] = "nothing"
    assert statement.flaw(document, evidence.SIGNING.verifier) is statement.Flaw.ROWS


async def test_the_statement_names_each_part_with_its_query_and_what_is_not_recorded(world, reader):
    about = (await report.compose(reader, BREACH, {**ASKED, "limit": 2}, OFFICER)).statement
    assert [(one["part"], one["question"], one["rows"], one["complete"]) for one in about["parts"]] == [
        ("clocks", "breach/clocks", 2, False), ("scope", "AQ-13", 2, False), ("notification", "breach/notification", 2, False),
    ]  # fmt: skip
    assert (about["question"], about["complete"], about["rows"]) == ("report breach", False, 6)
    assert about["not_recorded"] == BREACH.description.not_recorded
    assert about["parameters"]["at"] == "2026-09-21T14:13:20Z"


async def test_a_report_is_on_record_once_with_the_digest_of_what_was_given_out(world, reader):
    made = await report.compose(reader, BREACH, ASKED, OFFICER)
    [read] = await reader.fetch("SELECT said::text AS said FROM audit.reading")
    words = json.loads(read["said"])
    assert (words["command"], words["rows"]) == ("audit report breach", made.statement["rows"])
    assert words["answer"] == statement.digest(made.statement)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"code": "x"}, "does not take 'code'; it takes tenant, since, until, at"),
        ({"at": None}, "this report needs 'at'"),
    ],
)
async def test_a_mistake_is_named(given, part, reader):
    with pytest.raises(InvalidParameterError, match=part):
        await report.compose(reader, BREACH, {**ASKED, **given}, OFFICER)


async def test_a_report_with_a_part_about_all_tenants_is_not_for_a_reader_of_some(reader, tmp_path):
    (tmp_path / "report.yaml").write_text(
        "{title: T, persona: P, basis: [B], parameters: [since], parts: {one: {title: One, question: AQ-24}}}"
    )
    form = composing.read(tmp_path)
    assert form.is_of_tenants is False
    with pytest.raises(TenantRefusedError):
        await report.compose(reader, form, {}, twins.query_context(["acme"]))
