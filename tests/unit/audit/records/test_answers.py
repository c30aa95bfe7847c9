"""An answer is stated once; its record and the statement together say what policy was asked and replied."""

from __future__ import annotations

import hashlib

import orjson
import pytest

from proxy.audit.records import answers
from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.record import Columns, make
from proxy.core.records import Grant
from proxy.policy.decision.document import input_document
from testing import evidence

ASKED_AT = 1_795_600_800.9


def made(**changes):
    return AnswerBytes(input_document).of(evidence.facts(**changes), evidence.decision(), "x1", ASKED_AT)


def record(own, *stated):
    columns = Columns(at=1_795_600_801_000_000, kind="decision", exchange="x1", tenant="acme", revision="rev-1")
    return make(columns, own)._replace(stated=stated)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subject_refs": ("hmac-sha256:k:00",), "us_bulk": ("health", 3), "request_entities": ("PERSON",)},
        {"grant": Grant("g1", "T-1", "ann", mfa=True, role_ok=True, expires=1_795_604_400)},
        {"detectors": (), "entities": (), "candidates": ()},
    ],
)
def test_a_record_and_what_it_names_say_the_whole_answer(changes):
    decision = evidence.decision()
    own, stated = made(**changes)
    facts = orjson.loads(evidence.whole(record(own, stated)).body)["facts"]
    assert facts["input"] == input_document(evidence.facts(**changes), "x1", ASKED_AT)
    assert facts["decision"] == decision.document
    assert (facts["bundle"], facts["phase"], facts["decision_id"]) == ("baseline", "request", "d-1")
    assert [(one["target"], one["permit"], one["denials"]) for one in facts["verdicts"]] == [
        ("us-1", True, []),
        ("de-1", False, ["NO_DPA"]),
    ]
    assert answers.EVENT not in facts


def test_what_is_about_one_request_is_never_stated_for_others():
    found = evidence.facts(subject_refs=("hmac-sha256:k:00",), labels=("a-label",), us_bulk=("health", 3))
    _, stated = AnswerBytes(input_document).of(found, evidence.decision(), "x1", ASKED_AT)
    for text in (b"hmac-sha256", b"a-label", b"us_bulk", b"PERSON", b"x1", b"d-1", b"2026-"):
        assert text not in stated.facts


def test_requests_that_differ_in_what_was_found_name_the_same_answer():
    kept = AnswerBytes(input_document)
    decision = evidence.decision()
    several = [evidence.facts(language=language, coverage=share) for language in ("en", "de") for share in (0.5, 1.0)]
    assert len({kept.of(one, decision, "x1", ASKED_AT)[1].digest for one in several}) == 1


def test_a_remembered_decision_is_prepared_once_and_stamped_anew():
    kept, first = AnswerBytes(input_document), evidence.decision()
    again = first.again("d-9", {**first.document, "decision_id": "d-9"})
    (_, stated), (own, same) = (kept.of(evidence.facts(), one, "x1", ASKED_AT) for one in (first, again))
    assert same is stated
    assert (own["decision"], own["decision_id"], own["cached"]) == ({"decision_id": "d-9"}, "d-9", True)


@pytest.mark.parametrize(
    "changes", [{"document": {"decision_id": "d-1"}}, {"digest": "ab"}, {"revision": "rev-2"}, {"engine": "other"}]
)
def test_another_answer_with_the_same_verdicts_is_another(changes):
    kept, first = AnswerBytes(input_document), evidence.decision()
    other = first._replace(**changes)
    digests = [kept.of(evidence.facts(), one, "x1", ASKED_AT)[1].digest for one in (first, other, first)]
    assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_an_answer_that_no_database_holds_as_it_is_stays_in_its_record(text):
    decision = evidence.decision(document={"decision_id": "d-1", "reasons": [text]})
    own, stated = AnswerBytes(input_document).of(evidence.facts(), decision, "x1", ASKED_AT)
    assert stated is None
    facts = orjson.loads(record(own).body)["facts"]
    assert facts["decision"]["reasons"] == ["a\ufffdb"]
    assert facts["input"]["request_id"] == "x1"


def test_a_statement_has_the_facts_whose_digest_it_tells_of_the_same_tenant_and_time():
    own, stated = made()
    first = record(own, stated)
    event = answers.statement(stated, first)
    assert (event.kind, event.action, event.tenant, event.at) == ("event", answers.EVENT, "acme", first.at)
    assert hashlib.sha256(stated.facts).hexdigest() == stated.digest == event.target
    assert orjson.loads(event.body)["facts"] == orjson.loads(stated.facts)
    assert answers.true_to(event.target, event.body)
    assert not answers.true_to(event.target, event.body.replace(b"NO_DPA", b"NO_BAA"))


def test_names_are_read_from_members_alone():
    own, stated = made()
    assert answers.named(record(own, stated).body) == [stated.digest]
    said = {"note": f'"answer_stated":"{stated.digest}"', "answer_stated": "none"}
    assert answers.named(make(Columns(at=1, kind="event", action="answer_stated"), said).body) == []
