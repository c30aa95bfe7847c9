"""The outside look must be able to fail: every way to write a value is seen, and a leak, loss or damage is counted."""

from __future__ import annotations

import json
import random

import pytest

from bench.hostile.stand import CALLERS, Stand
from bench.leaks import credentials, identifiers, people, report
from bench.leaks.__main__ import measure
from bench.leaks.cases import Case, Cases
from bench.leaks.encoders import ENCODERS, NUMBERS_ONLY
from bench.leaks.judge import Received
from bench.leaks.places import user
from bench.leaks.run import Seen, _same_but


def body(text):
    return json.dumps(user(text))


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("kind", ["name", "email", "iban", "card"])
def test_value_is_seen_however_it_is_encoded(encoder, kind):
    value = people.person(random.Random(encoder + kind), "pl").fields[kind]
    if encoder in NUMBERS_ONLY and kind in {"name", "email"}:
        pytest.skip("changes no letters")
    assert Received(body(f"write to {ENCODERS[encoder](value.text)} today")).holds(value)


@pytest.mark.parametrize("spelling", people.SPELLINGS)
def test_name_is_seen_in_every_spelling(spelling):
    who = people.person(random.Random(1), "de")
    assert Received(body(f"an {who.name(spelling).text} wegen")).holds(who.name(spelling))


def test_what_was_replaced_is_not_seen():
    who = people.person(random.Random(1), "de")
    seen = Received(body("Name_XKDJFHGTRB, user-xkdjfhgtrb@example.com, [BANK_ACCOUNT], 411111******1111"))
    assert not any(seen.holds(value) for value in who.fields.values())


@pytest.mark.parametrize("country", identifiers.COUNTRIES)
def test_identity_numbers_are_made_and_seen_in_both_forms(country):
    own = random.Random(3)
    for written in (True, False):
        number = identifiers.make(own, country, written=written)
        assert Received(body(f"number {number}.")).holds(people.Value("national id", number, (number,)))


@pytest.mark.parametrize("kind", credentials.KINDS)
def test_credentials_stand_in_their_texts(kind):
    secret, text = credentials.make(random.Random(4), kind)
    assert secret in text


def test_cases_are_the_same_for_a_seed():
    first, second = ([(one.name, one.body) for one in Cases(5).all()] for _ in range(2))
    assert first == second
    assert len(first) > 400


def test_damage_beside_the_values_is_seen():
    assert _same_but('pay {"a": "4111"} now', 'pay {"a":"[CARD]"} now', ["4111"])
    assert not _same_but("pay 4111 from $PWD", "pay [CARD] from [SECRET]", ["4111"])


def test_leak_and_loss_are_counted():
    case = Case("name", "plain", "care", user("x"), [])
    outcome = report.Outcome([Seen(case, "third party", leaked=[("name", "X")], lost=["email"], broken="changed")])
    counted = outcome.count()
    assert counted["planted values that a third party received"] == counted["values that did not come back"] == 1
    assert not outcome.holds()


@pytest.mark.stack
@pytest.mark.slow
async def test_a_few_conversations_through_the_running_stack(tmp_path):
    stand = Stand(tmp_path, shared_models=True)
    try:
        await stand.start({name: CALLERS[name] for name in ("care", "clinic")})
        outcome = await measure(stand, seed=7, share=0.03)
    finally:
        await stand.stop()
    counted = outcome.count()
    assert counted["conversations"] >= 12
    assert counted.get("way: third party", 0) > 0
    assert counted.get("way: failed", 0) == 0
    assert any(one.received for one in outcome.seen)
