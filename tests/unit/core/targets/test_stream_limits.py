from __future__ import annotations

import pytest

from proxy.core.targets.stream_limits import COMMENTS, StreamLimits, StreamMeter

STREAM = b": hello\n\ndata: 1\n\n" + b"event: x\r\ndata: 2\r\n\r\n" + b"data: :3\n: 4\n\n"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_events_are_counted_in_any_chunking(size):
    parts = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    fits, passes = StreamMeter(StreamLimits(events=3)), StreamMeter(StreamLimits(events=2))
    said = [fits.count(part) for part in parts]
    for part in parts:
        passes.count(part)
    assert (any(said), fits.exceeded(), passes.exceeded()) == (True, "", "events")
    assert sum(said) == min(3, len(parts))


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_comments_alone_are_no_stream(size):
    def metered(text):
        meter = StreamMeter(StreamLimits())
        for start in range(0, len(text), size):
            meter.count(text[start : start + size])
        return meter.exceeded()

    assert metered(b":\n\n" * COMMENTS) == ""
    assert metered(b":\n\n" * (COMMENTS + 1)) == "comments"
    assert metered(b":\n\n" * COMMENTS + b"data: x\n\n" + b":\n\n" * (COMMENTS - 1)) == ""


def test_bytes_are_bounded():
    meter = StreamMeter(StreamLimits(bytes=10))
    meter.count(b"x" * 10)
    assert meter.exceeded() == ""
    meter.count(b"x")
    assert meter.exceeded() == "bytes"
