"""Judged by fhir.resources: R4B and R5."""

from __future__ import annotations

import orjson
import pytest
from fhir.resources.auditevent import AuditEvent as R5
from fhir.resources.bundle import Bundle
from fhir.resources.R4B.auditevent import AuditEvent as R4B
from fhir.resources.R4B.bundle import Bundle as BundleR4B
from hypothesis import given

from proxy.reports.siem import formats
from proxy.reports.siem.formats import fhir
from testing import entries
from testing.examples import examples


@pytest.mark.parametrize(("made", "judge"), [(fhir.r4b, R4B), (fhir.r5, R5)])
def test_every_record_is_an_audit_event(made, judge, every):
    for one in every:
        read = judge.model_validate(made(one))
        assert read.id == one.uuid
        assert read.agent[0].requestor is True
        assert one.position.name in read.model_dump_json()


@pytest.mark.parametrize(("made", "judge"), [(fhir.r4b, R4B), (fhir.r5, R5)])
@given(one=entries.any_event())
@examples(15)
def test_texts_that_fhir_allows_make_an_audit_event(made, judge, one):
    printable = one.columns._replace(
        **{
            name: getattr(one.columns, name).strip() or "x"
            for name in ("action", "target", "service", "tenant", "activity", "revision")
        }
    )
    judge.model_validate(made(entries.told([entries.make(printable, {})])[0]))


@pytest.mark.parametrize(("name", "judge"), [("fhir", BundleR4B), ("fhir-r5", Bundle)])
def test_records_go_as_one_transaction_that_puts_each_under_its_own_id(name, judge, every):
    [posting] = formats.by_name()[name].postings(every)
    read = judge.model_validate(orjson.loads(posting.body))
    assert read.type == "transaction"
    assert [each.request.url for each in read.entry] == [f"AuditEvent/{one.uuid}" for one in every]
    assert {each.request.method for each in read.entry} == {"PUT"}


@pytest.mark.parametrize(
    ("name", "exchange", "code"),
    [
        ("decision", "x1", "110100"),
        ("attempt", "x1", "110106"),
        ("log_read", "", "110101"),
        ("checkpoints_refused", "", "110113"),
    ],
)
def test_the_type_is_dicoms(named, name, exchange, code):
    assert fhir.r4b(named(name, exchange))["type"]["code"] == code
    assert fhir.r5(named(name, exchange))["category"][0]["coding"][0]["code"] == code


@pytest.mark.parametrize(
    ("name", "exchange", "r4b", "r5"),
    [("decision", "x1", "0", "success"), ("decision", "x2", "4", "warning"), ("outcome", "x3", "8", "error")],
)
def test_the_outcome_says_whether_it_was_refused_or_failed(named, name, exchange, r4b, r5):
    assert fhir.r4b(named(name, exchange))["outcome"] == r4b
    assert fhir.r5(named(name, exchange))["outcome"]["code"]["code"] == r5


def test_a_recipient_and_each_data_subject_have_their_place(named):
    attempt, decision = fhir.r4b(named("attempt", "x1")), fhir.r4b(named("decision", "x1"))
    assert attempt["agent"][1]["network"] == {"address": "us.example", "type": "1"}
    assert decision["entity"][2]["what"]["identifier"]["value"] == entries.SUBJECT
    assert decision["entity"][2]["type"]["code"] == "1"
