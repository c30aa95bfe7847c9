from __future__ import annotations

import asyncio

import orjson
import pytest

from proxy.codecs.api import TableApi
from proxy.codecs.framing import CountedFrames, Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse
from proxy.core.targets.attempts import KEEP_ALIVES, StreamLimits
from proxy.errors import StreamLimitError, UpstreamError
from proxy.exchange.streaming import Limited, trailing
from testing import virtual_time
from testing.fakes import DONE, FakeReply, FakeUpstreams, Stage, catalog, chat, chat_as, delta, target


async def spoken(*parts, pause=0.0, fault=None):
    for part in parts:
        await asyncio.sleep(pause)
        yield part
    if fault is not None:
        raise fault


def taken(chunks, limits=None, pause=0.0, framing=None):
    """Return the pieces that pass; ``pause`` is what their taker does with each, seconds."""
    return virtual_time.run(within_limits(chunks, limits, pause, framing))


async def within_limits(chunks, limits, pause, framing):
    seen = []
    frames = CountedFrames((framing or Sse()).parser())
    async for chunk in Limited(chunks, limits or StreamLimits(), frames):
        frames.feed(chunk)
        seen.append(chunk)
        await asyncio.sleep(pause)
    return seen


def test_a_stream_within_its_limits_passes_as_it_is():
    parts = [b": x\n\n", delta("a"), DONE]
    assert taken(spoken(*parts)) == parts
    with pytest.raises(UpstreamError):
        taken(spoken(delta("a"), fault=UpstreamError()))


def test_a_large_chunk_passes_in_pieces_that_others_may_come_between():
    chunk = delta("x" * 100_000)
    seen = taken(spoken(chunk))
    assert b"".join(seen) == chunk
    assert max(map(len, seen)) <= 16 << 10


async def endless(part, pause=0.0):
    while True:
        await asyncio.sleep(pause)
        yield part


@pytest.mark.parametrize(
    ("chunks", "limits", "limit"),
    [(lambda: endless(delta("x")), StreamLimits(events=50), "events"),
     (lambda: endless(b"x" * 100), StreamLimits(bytes=1000), "bytes"),
     (lambda: endless(b": wait\n\n"), StreamLimits(), "keep-alives"),
     (lambda: endless(delta("x"), 0.01), StreamLimits(seconds=0.1), "seconds"),
     (lambda: endless(b": wait\n\n", 0.01), StreamLimits(silence_s=0.1), "silence"),
     (lambda: endless(b"x", 0.01), StreamLimits(seconds=0.3, silence_s=0.1), "seconds"),
     (lambda: endless(b"", 60), StreamLimits(silence_s=0.1), "silence")],
)  # fmt: skip
def test_a_stream_ends_at_its_limits(chunks, limits, limit):
    with pytest.raises(StreamLimitError, match=f"Limit: {limit}"):
        taken(chunks(), limits)


FRAMINGS = [Sse(), Ndjson(), AwsEventStream(), AwsEventStream(chunks=True), JsonArray(), PlainText()]


def framed(framing, count):
    """Return events of a framing, each in a part of its own."""
    encode = framing.encoder()
    opening = [b"["] if isinstance(framing, JsonArray) else []
    return [*opening, *(encode(Frame(name="chunk"), b'{"n":%d}' % number) for number in range(count))]


@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_a_slow_stream_of_any_framing_lives_and_its_events_are_bounded(framing):
    parts = framed(framing, 12)
    slow = taken(spoken(*parts, pause=0.02), StreamLimits(events=12, silence_s=0.05), framing=framing)
    assert slow == parts
    with pytest.raises(StreamLimitError, match="events"):
        taken(spoken(*parts), StreamLimits(events=11), framing=framing)


@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_a_stream_of_any_framing_that_stops_is_silent(framing):
    with pytest.raises(StreamLimitError, match="silence"):
        taken(held_open(*framed(framing, 3)), StreamLimits(silence_s=0.1), framing=framing)


def test_a_slow_event_that_comes_byte_by_byte_lives():
    parts = [bytes([byte]) for byte in delta("slow")]
    assert taken(spoken(*parts, pause=0.005), StreamLimits(silence_s=0.2)) == parts


async def test_events_beyond_a_limit_never_reach_the_caller():
    limits, parts = StreamLimits(events=3), [delta(word) for word in "abcdef"]
    reply = FakeReply(200, "text/event-stream", [b"".join(parts), DONE])
    stage = Stage(upstreams=FakeUpstreams({"a": reply}), catalog=catalog(target("a", stream=limits)))
    client = await stage.run(chat(stream=True))
    assert b'"content"' not in client.body
    assert orjson.loads(client.body)["error"]["code"] == "stream_limit"


def test_the_time_that_the_caller_takes_is_no_silence_but_counts_for_the_whole():
    quick = [delta("x")] * 4
    assert len(taken(spoken(*quick), StreamLimits(silence_s=0.05), pause=0.06)) == 4
    with pytest.raises(StreamLimitError, match="seconds"):
        taken(endless(delta("x")), StreamLimits(seconds=0.1), pause=0.06)


async def test_a_stream_that_passes_a_limit_is_cut_visibly_and_on_record():
    limits = StreamLimits(events=2)
    reply = FakeReply(200, "text/event-stream", [delta("a"), delta("b"), delta("c"), DONE])
    stage = Stage(upstreams=FakeUpstreams({"a": reply}), catalog=catalog(target("a", stream=limits)))
    client = await stage.run(chat(stream=True))
    assert client.ended == "aborted"
    assert orjson.loads(client.body.split(b"data: ")[-1])["error"]["code"] == "stream_limit"
    record, facts = stage.audit.outcome()
    assert (facts["ended"], record.codes, facts["attempts"][0]["ended"]) == ("cut", ("stream_limit",), "cut")


async def test_a_target_that_only_comments_is_cut():
    reply = FakeReply(200, "text/event-stream", [b": x\n\n" * (KEEP_ALIVES + 1)])
    stage = Stage(upstreams=FakeUpstreams({"a": reply}), catalog=catalog(target("a")))
    client = await stage.run(chat(stream=True))
    assert orjson.loads(client.body)["error"]["code"] == "stream_limit"


async def held_open(*parts):
    for part in parts:
        yield part
    await asyncio.sleep(60)
    yield b"never"


@pytest.mark.parametrize(
    "chunks", [held_open(b"a", b"b"), spoken(b"a", b"b"), spoken(b"a", b"b", fault=UpstreamError())]
)
def test_what_follows_the_end_is_taken_as_long_as_it_takes_to_arrive(chunks):
    assert virtual_time.run(trailing(chunks)) == [b"a", b"b"]


def usage_after_the_end(ends):
    """Return an API whose streams go on after their end marker, or have none."""

    class Api(TableApi):
        def stream(self, make_filter, media="", sealed=None, meter=None):
            return Going(ends)

    return chat_as(Api)


class Going:
    def __init__(self, ends):
        self.ends, self.complete, self.seen, self.frames = ends, False, 0, CountedFrames(Sse().parser())

    def feed(self, chunk):
        self.seen += 1
        self.complete = self.complete or chunk == b"end"
        return chunk

    def finish(self):
        if self.seen < self.ends:
            raise ValueError
        return b"."


@pytest.mark.parametrize(
    ("parts", "ends", "body", "ended"),
    [
        ([b"text", b"end", b"usage"], 2, b"textendusage.", "clean"),
        ([b"text"], 1, b"text.", "clean"),
        ([b"text"], 2, b"text", "aborted"),
    ],
)
async def test_a_stream_is_read_to_the_end_of_its_body(parts, ends, body, ended):
    reply = FakeReply(content_type="text/event-stream", parts=parts)
    stage = Stage(api=usage_after_the_end(ends), upstreams=FakeUpstreams({"a": reply}))
    client = await stage.run(chat(stream=True))
    assert (client.ended, client.media) == (ended, "text/event-stream")
    assert client.body.startswith(body)
    if ended == "clean":
        assert client.body == body
    else:
        assert stage.audit.outcome()[0].codes == ("upstream_cut",)
