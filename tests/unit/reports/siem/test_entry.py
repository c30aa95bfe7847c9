from __future__ import annotations

import pytest

from proxy.reports.siem.entry import EntrySeverity
from testing import entries


def test_a_place_names_the_record_and_its_seal(named):
    assert named("decision", "x1").position.document() == {
        "log_origin": entries.ORIGIN, "log_writer": entries.WRITER, "log_seq": 1, "log_leaf": 7,
        "log_hash": named("decision", "x1").position.hash.hex(),
    }  # fmt: skip
    assert "log_leaf" not in entries.every(leaf=None)[0].position.document()


@pytest.mark.parametrize(
    ("name", "exchange", "severity"),
    [
        ("decision", "x1", EntrySeverity.INFORMATIONAL),
        ("decision", "x2", EntrySeverity.MEDIUM),
        ("outcome", "x2", EntrySeverity.MEDIUM),
        ("outcome", "x3", EntrySeverity.LOW),
        ("outcome", "x5", EntrySeverity.HIGH),
        ("target_quarantined", "", EntrySeverity.HIGH),
        ("key_created", "", EntrySeverity.INFORMATIONAL),
    ],
)
def test_how_much_a_record_matters(named, name, exchange, severity):
    assert named(name, exchange).severity is severity


@pytest.mark.parametrize(
    ("name", "exchange", "title"),
    [
        ("decision", "x1", "Request permitted to us-1"),
        ("decision", "x2", "Request refused: GDPR_NO_TRANSFER"),
        ("attempt", "x1", "Request sent to us-1"),
        ("outcome", "x3", "Exchange failed with status 502: upstream_unavailable"),
        ("authentication_failed", "", "Event authentication_failed: unauthenticated"),
        ("log_read", "", "Event log_read by officer"),
    ],
)
def test_a_title_is_one_sentence(named, name, exchange, title):
    assert named(name, exchange).title == title


def test_a_decision_says_what_was_found_and_by_which_law_without_what_is_empty(named):
    said = named("decision", "x1").details
    assert (said["categories"], said["entities"], said["rules"]) == (["personal"], ["PERSON:1"], ["r-1"])
    assert said["subject_refs"] == [entries.SUBJECT]
    assert "labels" not in said
    assert "entities" not in named("decision", "x4").details


def test_an_attempt_says_to_whom_and_on_which_grounds(named):
    said = named("attempt", "x1").details
    assert (said["host"], said["recipient"], said["region"]) == ("us.example", "us-1", "US")
    assert said["transfers"] == ["GDPR scc DE>US"]
    assert said["changed"] == ["PERSON:pseudonymize"]


def test_an_outcome_sums_its_attempts(named):
    said = named("outcome", "x1").details
    assert (said["attempts"], said["bytes_out"], said["bytes_in"]) == (1, 40, 20)


def test_facts_of_an_event_are_flat(named):
    said = named("writer_started").details
    assert said == {"clock_skew_ms": -3, "certificate": '{"host":"node-1","not_after":1790000000}'}


def test_the_actor_is_the_service_or_who_caused_the_event(named):
    assert (named("decision", "x1").actor, named("decision", "x1").actor_key) == ("helpdesk", "k1")
    assert (named("log_read").actor, named("target_quarantined").actor) == ("officer", "compliance-proxy")


def test_the_same_record_has_the_same_id_and_no_other_record_has_it(every):
    ids = [one.uuid for one in every]
    assert ids == [one.uuid for one in entries.every()]
    assert len(set(ids)) == len(ids)
