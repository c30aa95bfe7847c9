from __future__ import annotations

import pytest

from proxy.codecs.framing import CountedFrames, Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.sse import Sse

FRAMINGS = [Sse(), Ndjson(), AwsEventStream(), AwsEventStream(chunks=True), JsonArray()]


def events(framing, count):
    encode = framing.encoder()
    return b"".join(encode(Frame(name="chunk"), b'{"n":%d}' % number) for number in range(count))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_events_of_every_framing_are_counted_in_any_chunking(framing, size):
    body = events(framing, 12)
    body = b"[" + body if isinstance(framing, JsonArray) else body
    frames = CountedFrames(framing.parser())
    for start in range(0, len(body), size):
        frames.feed(body[start : start + size])
    assert (frames.events, frames.blank) == (12, 0)


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize(
    ("framing", "blank", "event"), [(Sse(), b": x\r\n\r\n", b"data: 1\n\n"), (Ndjson(), b"\n", b"1\n")]
)
def test_keep_alives_are_counted_from_the_last_event_on(framing, blank, event, size):
    body = blank * 7 + event + blank * 3
    frames, counts = CountedFrames(framing.parser()), []
    for start in range(0, len(body), size):
        frames.feed(body[start : start + size])
        counts.append(frames.blank)
    assert (frames.events, frames.blank) == (1, 3)
    assert size == 1000 or max(counts) == 7
