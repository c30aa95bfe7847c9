from __future__ import annotations

import dataclasses

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.decision import facts
from proxy.core.decision.inspection import inspect
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import DeclaredFacts, EntitySummary, Grant, OpaquePart
from proxy.core.routing.routing import Candidate
from proxy.core.wire import Incoming
from testing.fakes import PRINCIPAL, chat, exchange

CANDIDATES = (Candidate("a", 0), Candidate("b", 1, False))


def made(declared=None, principal=PRINCIPAL, segment=None, body=b"", **changes):
    payload = CHAT.decode(Incoming(body or chat()))
    inspection = inspect(payload, Detection((segment or SegmentFindings(),) * len(payload.spans), Status.COMPLETE), {})
    return facts.request_facts(
        exchange(declared=declared or DeclaredFacts("support"), principal=principal, **changes), inspection, CANDIDATES
    )


def test_equal_requests_have_equal_facts_whatever_their_id_and_time():
    assert made() == made(id="x2", received_at=5.0)
    assert hash(made()) == hash(made(id="x2"))


def test_text_is_no_fact():
    assert made(body=chat("one thing")) == made(body=chat("another thing"))


@pytest.mark.parametrize("declared", ["no", "unknown", "yes"])
def test_what_is_found_wins_over_what_is_declared(declared):
    assert made(DeclaredFacts("support", minor=declared), segment=SegmentFindings(minor=True)).minor == "yes"
    assert made(DeclaredFacts("support", minor=declared)).minor == declared


def test_regions_add_up_with_their_source():
    principal = dataclasses.replace(PRINCIPAL, default_subject_region="DE")
    segment = SegmentFindings(regions=(("FR", 0.95), ("IT", 0.79), ("DE", 0.9)))
    found = made(DeclaredFacts("support", subject_regions=("US-CA",)), principal, segment)
    assert found.regions == (("DE", "profile", 1.0), ("FR", "detected", 0.95), ("US-CA", "declared", 1.0))
    assert found.region_status == "mixed"
    assert made().region_status == "unknown"


def test_a_detected_region_adds_a_regime_and_tells_nobody_elses_region():
    detected = SegmentFindings(regions=(("US", 0.95),))
    assert made(segment=detected).regions == (("US", "detected", 0.95),)
    assert made(segment=detected).region_status == "unknown"
    american = dataclasses.replace(PRINCIPAL, default_subject_region="US-CA")
    assert made(principal=american, segment=detected).region_status == "known"
    assert made(DeclaredFacts("support", subject_regions=("DE",)), segment=detected).region_status == "mixed"


@pytest.mark.parametrize(
    ("text", "told"),
    [("a woman of 90", True), ("a woman of 89", False), ("a woman of 104 years", True), ("a woman of ninety", True)],
)
def test_an_age_counts_from_ninety_on(text, told):
    found = SegmentFindings(findings=(Finding("AGE", 11, len(text), 0.9, "age"),))
    assert made(body=chat(text), segment=found).age_over_89 is told


def test_a_number_that_is_no_age_and_an_age_that_nobody_sees():
    assert made(body=chat("room 104"), segment=SegmentFindings()).age_over_89 is False
    hidden = SegmentFindings(inside=(Finding("AGE", 0, 4, 0.9, "age"),))
    assert made(body=chat("b64="), segment=hidden).age_over_89 is True


def test_a_failed_target_is_no_longer_available():
    after = facts.fallback(facts.fallback(made(), "a"), "zzz")
    assert after.candidates == (("a", 0, False), ("b", 1, False))
    assert after.phase == "fallback"


def test_after_the_transform():
    after = facts.after_transform(made(), 3)
    assert (after.phase, after.residual_entities) == ("post_transform", 3)


def test_the_response_has_its_own_entities_and_remembers_the_requests():
    request = dataclasses.replace(
        made(),
        entities=(EntitySummary("PERSON", 1, 0.9), EntitySummary("PERSON", 1, 0.9, (), "x")),
        status="partial",
        coverage=0.5,
    )
    reply = facts.response_facts(request, "a", (EntitySummary("IBAN", 1, 0.9),))
    assert (reply.phase, reply.status, reply.coverage) == ("response", "complete", 1.0)
    assert [entity.type for entity in reply.entities] == ["IBAN"]
    assert reply.request_entities == ("PERSON",)
    assert reply.candidates == (("a", 0, True),)


def test_a_type_of_which_the_reply_holds_another_value_is_not_explained_by_the_request():
    request = dataclasses.replace(made(), entities=(EntitySummary("US_SSN", 1, 0.9), EntitySummary("PERSON", 1, 0.9)))
    reply = facts.response_facts(request, "a", (), frozenset({"US_SSN", "IBAN"}), frozenset({"US_SSN"}))
    assert reply.request_entities == ("IBAN", "PERSON")


def test_a_reply_of_which_nothing_is_known_could_hold_every_type_and_is_the_same_question_whoever_asks_it():
    first, second = made(), dataclasses.replace(made(), entities=(EntitySummary("PERSON", 1, 0.9),))
    reply = facts.any_response_facts(first, "a", frozenset({"US_SSN", "PERSON"}))
    assert [(entity.type, entity.paths) for entity in reply.entities] == [
        ("PERSON", ("reply",)),
        ("US_SSN", ("reply",)),
    ]
    assert reply.request_entities == ()
    assert facts.any_response_facts(second, "a", frozenset({"US_SSN", "PERSON"})) is reply


def test_equal_facts_are_one_key_and_a_changed_fact_is_another():
    one, same = made(), made()
    assert {one: 1}[same] == 1
    assert hash(dataclasses.replace(one, language="pl")) != hash(one)


def test_the_exchanges_grant_is_a_fact_of_every_phase():
    grant = Grant("bg_aaaaaaaaaaaa", "T-1", "bob", mfa=True, role_ok=True, expires=1)
    request = made(grant=grant)
    assert facts.fallback(request, "a").grant == facts.response_facts(request, "a", ()).grant == grant
    assert made().grant is None


def test_policy_hears_which_parts_of_a_reply_nobody_reads():
    reply = facts.response_facts(made(), "a", ())
    assert facts.with_unread(reply, ()) is reply
    told = facts.with_unread(reply, (OpaquePart("data", "image"),))
    assert (told.opaque, told.phase) == ((("data", "image"),), "response")
