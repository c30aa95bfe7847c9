"""Readers that ignore letter case (Go, .NET) find no original in a call that the request does not declare."""

from __future__ import annotations

import orjson
import pytest

from bench.restoration import cases
from testing.dialects import stand
from testing.dialects.streams import Stream

TABLES = [table for table in cases.tables() if table.api.reply.calls]
VARIANTS = (str.upper, str.capitalize, str.swapcase)


def twins(document):
    """Yield the document with each member that names the called tool a second time, for another tool, by another key."""
    for keys in [(), *stand.objects(document)]:
        node = stand.at(document, keys)
        for key, value in node.items() if isinstance(node, dict) else ():
            other = cases._renamed(value)
            spellings = dict.fromkeys(variant(key) for variant in VARIANTS)
            for spelled in spellings if other != value and "tools" not in (*keys, key) else ():
                made = stand.copied(document)
                stand.at(made, keys)[spelled] = other
                yield made


def answered(table, raw, media, *, streamed):
    position = cases.Position(
        "raw", lambda _: raw, lambda body: [body.decode("utf-8", "replace")], media, streamed=streamed
    )
    return cases.originals(table.answer(position, ""))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.api.name)
def test_a_whole_reply_names_a_tool_in_no_other_letters(table):
    tried, text = 0, " ".join(table.stand_ins.values())
    for reply in table.sample.replies:
        for keys in cases._arguments(reply):
            planted = orjson.loads(cases._into(reply, keys)(text))
            for made in twins(planted):
                assert not answered(table, orjson.dumps(made), "application/json", streamed=False), made
                tried += 1
    assert tried or not any(map(cases._arguments, table.sample.replies))


@pytest.mark.parametrize("table", [one for one in TABLES if one.sample.streams], ids=lambda table: table.api.name)
def test_a_stream_names_a_tool_in_no_other_letters(table):
    stream, text = Stream(table.api, table.sample), " ".join(table.stand_ins.values())
    for events in table.sample.streams:
        channels, _ = cases.growing(stream, events)
        if not any(channels.values()):
            continue
        for at, (name, event) in enumerate(events):
            for made in twins(event):
                changed = [*events[:at], (name, made), *events[at + 1 :]]
                raw = cases._grown(stream, changed, cases.growing(stream, changed)[0], argument=True)(text)
                assert not answered(table, raw, stream.framing.media[0], streamed=True), made
