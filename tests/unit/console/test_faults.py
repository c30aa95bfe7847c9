from __future__ import annotations

import re

import orjson
import pytest

from proxy.console import faults, words
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
