from __future__ import annotations

import dataclasses

import pytest

from proxy.core.decision import bulk
from proxy.core.decision.facts import request_facts
from proxy.core.decision.inspection import inspect
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import DeclaredFacts, OpaquePart
from proxy.core.routing.routing import Candidate
from proxy.core.wire import Incoming
from testing import fakes

KEY = b"u" * 32
KINDS = {"PERSON": "direct", "US_SSN": "govid", "HEALTH_CONDITION": "attr", "LOCATION": "quasi"}
CATEGORIES = {"PERSON": ("personal",), "US_SSN": ("personal", "national_id"), "HEALTH_CONDITION": ("health",)}
DOCUMENT = {
    "doj": {
        "countries": ["CN", "HK", "RU"],
        "thresholds_more_than": {"personal_health": 10, "covered_identifiers": 100},
    },
    "tenants": {"acme": {"us_person": True}, "eu": {"us_person": False}},
    "regions": {"SUBDIVISIONS": {"territories": {"CN-HK": "HK", "FR-NC": "NC"}}},
    "providers": {
        "far": {"doj_covered_person": False, "parent_country": "CN"},
        "near": {"doj_covered_person": False, "parent_country": "US"},
    },
    "targets": {},
}
NEAR = {
    "provider": "near", "deployment": "regional", "processing_regions": ["US-CA"], "storage_regions": ["US"],
    "support_access_regions": ["IE", "FR-NC"], "retention_days": 30,
}  # fmt: skip


def watch(entry=None, provider=None, **document):
    made = {**DOCUMENT, "targets": {"a": {**NEAR, **(entry or {})}}, **document}
    if provider is not None:
        made["providers"] = {**DOCUMENT["providers"], "near": provider}
    return bulk.watch(made)


def seen(
    found=("Ann Lee",),
    refs=(),
    categories=(),
    kinds=KINDS,
    entry=None,
    status=Status.COMPLETE,
    opaque=(),
    exchange="x1",
):
    """Look at a text that names people."""
    text = " and ".join(found) or "nobody"
    findings, place = [], 0
    for name in found:
        kind = "US_SSN" if name[0].isdigit() else "PERSON"
        findings.append(Finding(kind, place, place + len(name), 0.9, "t"))
        place += len(name) + 5
    payload = dataclasses.replace(fakes.CHAT.decode(Incoming(fakes.chat(text))), opaque=opaque)
    payload = dataclasses.replace(payload, spans=payload.spans[-1:])
    assert payload.spans[0].text == text
    detection = Detection((SegmentFindings(tuple(findings), status),), status)
    inspection = inspect(payload, detection, CATEGORIES)
    watched = watch(entry if entry is not None else {"provider": "far"})
    asked = fakes.exchange(id=exchange, declared=DeclaredFacts("support", subject_refs=refs, labels=categories))
    return bulk.sighting(asked, inspection, request_facts(asked, inspection, (Candidate("a", 0),)), watched, kinds, KEY)


@pytest.mark.parametrize(
    ("entry", "provider", "concerned"),
    [
        ({}, None, False),
        ({"provider": "far"}, None, True),
        ({"processing_regions": ["CN"]}, None, True),
        ({"processing_regions": ["CN-HK"]}, None, True),
        ({"storage_regions": ["US", "RU"]}, None, True),
        ({"support_access_regions": ["RU"]}, None, True),
        ({"processing_regions": ["global"]}, None, True),
        ({"deployment": "global"}, None, True),
        ({"processing_regions": []}, None, True),
        ({"storage_regions": []}, None, True),
        ({"provider": "unknown"}, None, True),
        ({}, {"doj_covered_person": True, "parent_country": "US"}, True),
        ({}, {"parent_country": "US"}, True),
        ({}, {"doj_covered_person": False}, True),
    ],
)
def test_who_is_within_reach_of_a_country_of_concern(entry, provider, concerned):
    assert ("a" in watch(entry, provider).recipients[False]) is concerned


def test_target_that_keeps_nothing_needs_no_place_to_store_unless_asked_to():
    made = watch({"storage_regions": [], "retention_days": 0})
    assert ("a" in made.recipients[False], "a" in made.recipients[True]) == (False, True)


def test_without_the_list_everybody_is():
    assert watch(doj={}).recipients[False] == {"a": "near"}


@pytest.mark.parametrize(("entry", "counted"), [({"us_person": True}, True), ({}, True), ({"us_person": False}, False)])
def test_tenants_are_us_persons_unless_they_say_no(entry, counted):
    assert watch(tenants={"acme": entry}).tenants == frozenset({"acme"} if counted else ())


def test_nobody_is_counted_for_others():
    assert seen(entry={}) is None
    assert seen(found=()) is None


def test_each_person_counts_once_however_it_is_written():
    made = seen(("Ann Lee", "ann  lee", "Bo Ek"))
    assert (len(made.persons), made.recipients, made.categories) == (2, ("far",), ("covered_identifiers",))
    assert made.persons == seen(("Bo Ek", "ANN LEE"), exchange="x2").persons
    assert made.thresholds == (100,)


def test_persons_are_keyed_digests():
    [one] = seen().persons
    assert len(one) == 32
    assert b"ann" not in one.lower()


def test_the_identifier_with_the_most_values_tells_people_apart():
    numbers = [f"{n}-00-0000" for n in range(101, 106)]
    assert len(seen(("Ann Lee", *numbers)).persons) == 5


def test_reference_stands_for_the_one_that_is_named_but_not_for_more():
    reference = ("hmac-sha256:k1:" + "0" * 64,)
    assert len(seen(("Ann Lee",), refs=reference).persons) == 1
    assert seen(("Ann Lee",), refs=reference).persons == seen(("Bo Ek",), refs=reference).persons
    assert len(seen(("Ann Lee", "Bo Ek", "Cy Fu"), refs=reference).persons) == 4


def test_unnamed_people_count_once_per_exchange():
    one, two = seen((), categories=("health",)), seen((), categories=("health",), exchange="x2")
    assert (len(one.persons), one.categories) == (1, ("personal_health",))
    assert one.persons.isdisjoint(two.persons)


@pytest.mark.parametrize("unread", [{"status": Status.PARTIAL}, {"opaque": (OpaquePart("messages[0]", "image"),)}])
def test_unreadable_content_may_be_of_every_category(unread):
    made = seen(("Ann Lee",), **unread)
    assert made.categories == ("covered_identifiers", "personal_health")
    assert len(made.persons) == 2


def test_label_raises():
    assert seen(categories=("genetic", "pan")).categories == (
        "covered_identifiers", "human_genomic", "other_omic", "personal_financial",
    )  # fmt: skip


def test_nearest_its_threshold():
    limits = {"personal_health": 10_000, "covered_identifiers": 100_000}
    assert bulk.nearest({"personal_health": 900, "covered_identifiers": 8000}, limits)[0] == "personal_health"
    assert bulk.nearest({"personal_health": 900, "covered_identifiers": 100_001}, limits)[0] == "covered_identifiers"
    assert bulk.nearest({"other_omic": 1, "personal_health": 900}, limits) == ("other_omic", 1)  # no threshold: none


def test_rounding_lets_requests_share_a_decision():
    assert len({bulk.rounded(n, 10_000) for n in range(10_001)}) < 300
