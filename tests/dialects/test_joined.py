"""No dialect lets an original that ends one text become part of an address in the text that clients join to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.restoration import cases
from testing.dialects.streams import Stream
from testing.readers import addresses, foreign

HOSTS = (".evil.com/p", "@evil.com/p", "://evil.com/p")
ORIGINAL = "quistorp"
TABLES = cases.tables()


def halves(table, rest):
    first = f"see {table.stand_ins['person']}"
    return first, rest.ljust(len(first), "p")


def leaks(text):
    return [one for one in addresses(text) if ORIGINAL in one and foreign(one, frozenset())]


@pytest.mark.parametrize("host", HOSTS)
def test_no_element_of_a_reply_makes_an_address_of_the_one_before(host):
    tried = set()
    for table in TABLES:
        for position in table.positions():
            if not position.joined or position.called:
                continue
            lines = table.answer(replace(position, joined=False), "".join(halves(table, host))).lower().split("\n")
            if f"see {ORIGINAL}" in lines:
                tried.add(table.api.name)
                following = next(line for line in lines if "evil.com" in line)
                assert not leaks(f"see {ORIGINAL}{following}"), position.name
    assert len(tried) > 4


def spoken(table, stream, events, texts):
    raw = stream.written(stream.divided(events, lambda piece: [*filter(None, [texts.get(piece.channel)])]))
    position = cases.Position(
        "stream",
        lambda _: raw,
        lambda raw: stream.said(stream.events(raw))[0].values(),
        stream.framing.media[0],
        streamed=True,
    )
    return table.answer(position, "").lower().replace("\n", "")


@pytest.mark.parametrize("host", HOSTS)
def test_no_text_of_a_stream_makes_an_address_of_the_one_before(host):
    tried = set()
    for table in TABLES:
        stream, (first, rest) = Stream(table.api, table.sample), halves(table, host)
        for events in table.sample.streams:
            channels = [channel for channel, called in cases.growing(stream, events)[0].items() if not called]
            if len(channels) > 1:
                text = spoken(table, stream, events, dict(zip(channels, (first, rest), strict=False)))
                assert not leaks(text), table.api.name
                tried |= {table.api.name} if ORIGINAL in text else set()
    assert len(tried) > 2


#: API -> the list of turns in its requests, a turn of a model that says a text, and a position of words in its reply.
TURNS = {
    "anthropic_messages": ("messages", lambda text: {"role": "assistant", "content": text}, "reply 0 content.2.text"),
    "gemini_generate": (
        "contents",
        lambda text: {"role": "model", "parts": [{"text": text}]},
        "reply 0 candidates.0.content.parts.1.text",
    ),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("before", "behind"), [("", ".evil.com/p"), ("", "@evil.com/p"), (".evil", ".com/p"), ("", ", too")]
)
@pytest.mark.parametrize("name", TURNS)
def test_a_reply_makes_no_address_of_the_turn_that_it_goes_on_with(name, before, behind, streamed):
    table = next(one for one in TABLES if one.api.name == name)
    key, turn, _ = TURNS[name]
    table.request[key].append(turn(f"see Quistorp{before}"))
    named = "stream 0 texts" if streamed else TURNS[name][2]
    position = next(one for one in table.positions() if one.name == named)
    try:
        lines = table.answer(position, behind).split("\n")
    finally:
        table.request[key].pop()
    said = [line for line in lines if behind in line]
    assert said
    for line in said:
        assert not leaks(f"see quistorp{before}{line}")
        assert line.startswith(behind if behind == ", too" else f" {behind}")
