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
