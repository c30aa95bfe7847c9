from __future__ import annotations

import re

import orjson
import pytest

from proxy.console import faults, words
from proxy.policy.authoring import explain
from proxy.registry import expiry
from proxy.web.api import text_forms
from testing import console_faults

GERMAN = words.spoken("de")
MESSAGES = list(dict.fromkeys(console_faults.messages()))


def filled(text):
    """Return a message with a value in each of its places: those of one name are alike."""
    return re.sub(r"%\((\w+)\)s", lambda place: f"<{place[1]} 7>", text)


def test_messages_are_read_from_where_faults_are_raised():
    for part in ("there is no such page", "no revision %(revision)s is stored", "The command ended without an answer."):
        assert part in MESSAGES


@pytest.mark.parametrize("message", MESSAGES)
def test_a_fault_is_said_in_german_with_its_values(message):
    said = GERMAN.fault(filled(message))
    assert said != filled(message)
    assert sorted(re.findall(r"<\w+ 7>", said)) == sorted(set(re.findall(r"<\w+ 7>", filled(message))))
    assert words.spoken("en").fault(filled(message)) == filled(message)


@pytest.mark.parametrize("message", ["", "targets.acme: <b>nothing like this</b>", "no revision is stored", "x" * 5000])
def test_what_no_catalogue_knows_stays_as_it_is(message):
    assert GERMAN.fault(message) == message


def test_values_stay_as_they_are_and_known_ones_are_told():
    known = faults.phrases([("no %(a)s of %(b)s", "von %(b)s kein %(a)s"), ("all", "alle"), ("%(a)s is missing", "")])
    assert len(known) == 1
    assert faults.translated("no %(b)s of 100 %", known, str.upper) == "von 100 % kein %(B)S"
    assert faults.translated("no x", known, str) is None


def test_two_values_of_one_name_are_the_same():
    known = faults.phrases([("%(a)s is not %(a)s here", "%(a)s!")])
    assert faults.translated("x is not x here", known, str) == "x!"
    assert faults.translated("x is not y here", known, str) is None


@pytest.mark.parametrize(
    ("path", "role", "said"),
    [
        ("nowhere", "auditor", "Diese Seite gibt es nicht."),
        ("questions/AQ-99", "auditor", "Diese Frage gibt es nicht; alle stehen unter Fragen."),
        ("registry", "auditor", "Diese Seite braucht eine dieser Rollen: registry-reader"),
        ("exchanges/01a232cb-3c27-7c66-b1a5-000000000000", "auditor", "Ein solcher Vorgang ist nicht aufgezeichnet."),
        ("policies/aaaaaaaaaaaaaaaa", "policy-reader", "Zum Stand aaaaaaaaaaaaaaaa ist kein Regelpaket gespeichert."),
    ],
)
async def test_a_page_says_what_went_wrong_in_german(served, path, role, said):
    async with served.browser(role) as browser:
        status, text, _ = await browser.get(f"/console/{path}", headers={"Accept-Language": "de"})
        assert status >= 400
        assert f"<h2>{said}</h2>" in text


async def test_what_stays_english_on_a_german_page_says_so(served):
    served.commands.printed = orjson.dumps({"refused": "night.rego:3: rego_parse_error"})
    async with served.browser("policy-reader") as browser:
        fields = {"name": "night", "do": "check", "csrf": await browser.csrf(), "headers": {"Accept-Language": "de"}}
        _, text, _ = await browser.post("/console/playground", **fields)
        assert '<p class="ref" lang="en">night.rego:3: rego_parse_error</p>' in text
        _, text, _ = await browser.post("/console/playground", **{**fields, "name": "."})
        assert '<p class="ref">„.“ ist kein Regelname' in text


@pytest.mark.parametrize(
    ("message", "german"),
    [
        ("matter: Field required", "matter: Diese Angabe fehlt."),
        ("purpose: String should have at least 3 characters", "Der Text hat mindestens 3 Zeichen."),
        (f"ticket: {text_forms.TICKET.words}", "ticket: Möglich sind Buchstaben ohne Akzente"),
        ("this question needs 'exchange': the exchange, by its id in x-compliance-exchange", "der Vorgang, mit"),
        ("there is no hold zz, or it was released", "keine Aufbewahrungsanordnung zz"),
        ("there is no 'a' in registry; it has targets", "In registry gibt es kein „a“"),
        ("nothing like this: at all", "nothing like this: at all"),
    ],
)
def test_what_operations_and_bodies_say_is_german_too(message, german):
    assert german in GERMAN.fault(message)


def test_what_would_change_a_decision_and_what_ends_is_german_too():
    document = {
        "data_subjects": {"regions": [{"code": "DE"}]}, "activity": {"id": "x"}, "tenant": {"id": "acme"}, "ingress": {"region": "DE"},
        "classification": {"entities": [{"type": "PERSON"}]}, "actor": {"roles": ["sales"]}, "operation": {}, "candidates": [{"target": "a/us", "available": False}],
    }  # fmt: skip
    data = {"tenants": {"acme": {}}, "targets": {"a/us": {}}, "activities": {}}
    facts = {(change.fact, change.to) for change in explain.changes(document, data)}
    assert len(facts) > 5
    members = {
        "dpa",
        "baa",
        "dua",
        "scc",
        "uk_idta",
        "tia",
        "dpf",
        "zero_retention",
        "retention_days",
        "training_use",
        "place",
    }
    for fact, value in facts:
        assert GERMAN.fault(fact) != fact or fact.rpartition(": ")[2] in members, fact
        assert GERMAN.fault(value) != value or value in {"0", "True", "False", "C5-T2"}, value
    routes = [
        {"targets": ["a/us", "b/us"]},
        {"targets": ["a/us", "b/us", "c/us"], "tenant": "acme", "model": "m"},
        {"targets": ["a/us"]},
    ]
    affected = [GERMAN.fault(text) for text in (*expiry._of_target({"routes": routes}, "a/us"), "no route")]
    assert affected == [
        "jeder Mandant, jedes Modell (1 anderes Ziel)", "Mandant acme, Modell m (2 andere Ziele)",
        "jeder Mandant, jedes Modell (0 andere Ziele)", "keine Route",
    ]  # fmt: skip
