"""The bench reaches every API, makes the same case again, and must be able to fail."""

from __future__ import annotations

import argparse
import io

import pytest
from rich.console import Console

from bench.malformed import __main__ as malformed
from bench.malformed.cases import Case, case, reached
from proxy.codecs.endpoints import TABLE
from testing.fakes import CANARY

SENT = Case("POST", "/v1/chat/completions", {}, b"{}")
SAID = Case("POST", "/v1/chat/completions", {}, b"{}", spoilt="said")


def test_every_api_is_reached():
    assert {place.served.api.name for place in reached()} == {one.api.name for one in TABLE.served if one.api}


def test_a_case_comes_from_its_number_alone():
    places = list(reached())
    made = [case(place, 7, number) for place in places for number in range(3)]
    assert made == [case(place, 7, number) for place in places for number in range(3)]
    assert len({one.body for one in made}) > len(made) / 2


@pytest.mark.parametrize(
    ("made", "found", "logs"),
    [
        (SENT, malformed.Answer(502), []),
        (SENT, malformed.Answer(0, broken=True), []),
        (SENT, malformed.Answer(400, body=CANARY.encode()), []),
        (SENT, malformed.Answer(200, head=CANARY), []),
        (SENT, malformed.Answer(200, sent=CANARY), []),
        (SENT, malformed.Answer(200, sent="4111111111111111.0"), []),
        (SAID, malformed.Answer(200, body=b"[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"), []),
        (SENT, malformed.Answer(400), [{"event": "exchange_failed", "error": "KeyError"}]),
        (SENT, malformed.Answer(400), [{"event": "refused", "what": CANARY}]),
    ],
)
def test_what_must_not_happen_is_found(made, found, logs):
    assert list(malformed.judged(made, found, logs, []))


def test_what_may_happen_is_none():
    assert not list(malformed.judged(SENT, malformed.Answer(200, body=CANARY.encode()), [], []))
    assert not list(malformed.judged(SENT, malformed.Answer(400, body=b"no"), [{"event": "exchange"}], []))


async def test_a_few_cases_of_every_path_hold():
    options = argparse.Namespace(cases=600, within=20.0, seed=3, only="", case=None)
    tallies = await malformed.run(options, Console(file=io.StringIO()))
    assert [finding for tally in tallies.values() for finding in tally.findings] == []
