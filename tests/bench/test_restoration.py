"""The bench must be able to fail, and a sample of what it tries holds."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest

from bench.leaks.encoders import ENCODERS, HOME_MADE, NUMBERS_ONLY
from bench.restoration import cases
from bench.restoration.__main__ import Tally, run, texts


@pytest.mark.parametrize("kind", cases.VALUES)
@pytest.mark.parametrize("encoder", sorted(set(ENCODERS) - HOME_MADE - NUMBERS_ONLY))
def test_original_is_seen_however_it_is_encoded(kind, encoder):
    assert kind in cases.originals(f"see https://collect.example.net/ {ENCODERS[encoder](cases.VALUES[kind])}")


def test_stand_ins_and_the_request_are_no_originals():
    table = cases.tables()[0]
    for _, _, text in texts(table):
        assert not cases.originals(f"{text} {quote(text)}"), text


def test_wrong_cases_are_counted():
    tally = Tally()
    tally.add("foreign", "leaked", frozenset({"card"}), "bare", "here")
    tally.add("foreign", "leaked", frozenset(), "bare", "there")
    assert (tally.counts["foreign"], tally.counts["leaked"], len(tally.wrong)) == (2, 1, 1)


def test_calls_and_addresses_of_the_large_dialects_are_positions():
    for name in (
        "openai_chat",
        "openai_responses",
        "anthropic_messages",
        "bedrock_converse",
        "gemini_generate",
        "cohere_chat",
    ):
        positions = [one for table in cases.tables() if table.api.name == name for one in table.positions()]
        assert {True, False} == {one.streamed for one in positions if one.argument}, name


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "api", ["openai_chat", "anthropic_messages", pytest.param("", marks=pytest.mark.slow, id="all")]
)
def test_a_sample_of_positions_holds(api):
    tallies = run(0.003, api, random.randrange(1000))
    assert tallies
    assert [one for tally in tallies.values() for one in tally.wrong] == []
