"""Judged by the schema of OCSF 1.8.0 (ocsf-json-schema) and, for findings, by py-ocsf-models."""

from __future__ import annotations

from functools import cache

import jsonschema
import pytest
from hypothesis import given
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from proxy.reports.siem.formats import ocsf
from testing import entries
from testing.examples import examples


@cache
def schemas():
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=ocsf.VERSION))


@cache
def judge(class_uid):
    name = schemas().lookup_class_name_from_uid(class_uid=class_uid)
    return jsonschema.Draft202012Validator(schemas().get_class_schema(class_name=name, profiles=[]))


def test_every_record_is_an_event_of_the_schema(every):
    for one in every:
        event = ocsf.event(one)
        judge(event["class_uid"]).validate(event)


@given(one=entries.any_event())
@examples(20)
def test_any_event_is_one_of_the_schema(one):
    event = ocsf.event(one)
    judge(event["class_uid"]).validate(event)


def test_the_schema_refuses_an_event_without_what_it_requires(named):
    event = ocsf.event(named("decision", "x1"))
    del event["api"]
    with pytest.raises(jsonschema.ValidationError, match="'api' is a required property"):
        judge(6003).validate(event)


@pytest.mark.parametrize(
    ("name", "exchange", "class_uid"),
    [
        ("decision", "x1", 6003), ("decision", "x2", 2006), ("attempt", "x1", 6003), ("outcome", "x2", 6003),
        ("outcome", "x5", 2003), ("target_quarantined", "", 2004), ("log_read", "", 6003),
    ],
)  # fmt: skip
def test_a_record_is_of_the_class_that_fits_it(named, name, exchange, class_uid):
    assert ocsf.event(named(name, exchange))["class_uid"] == class_uid


def test_the_models_of_findings_take_our_findings(named):
    compliance = ComplianceFinding(**ocsf.event(named("outcome", "x5")))
    assert compliance.compliance.control == "o-restore"
    assert DetectionFinding(**ocsf.event(named("target_quarantined"))).finding_info.title.endswith("target_quarantined")


def test_an_event_says_where_its_record_stands_and_of_which_exchange_it_is(named):
    one = named("attempt", "x1")
    event = ocsf.event(one)
    assert event["metadata"]["uid"] == one.position.name
    assert event["metadata"]["correlation_uid"] == "x1"
    assert event["dst_endpoint"] == {"svc_name": "us-1", "hostname": "us.example", "zone": "US"}
    assert event["unmapped"]["log_leaf"] == 7


@pytest.mark.parametrize(
    ("name", "activity"), [("key_created", 1), ("log_read", 2), ("registry_changed", 3), ("key_revoked", 4)]
)
def test_the_activity_of_an_event_is_in_its_name(named, name, activity):
    assert ocsf.event(named(name))["activity_id"] == activity
