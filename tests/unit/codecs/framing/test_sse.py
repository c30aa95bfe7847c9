from __future__ import annotations

import pytest

from proxy.codecs.framing import Frame
from proxy.codecs.framing.sse import Sse


def read(*chunks: bytes, limit: int = 1000) -> list[Frame]:
    parser = Sse(limit=limit).parser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)] + parser.finish()


def test_event_keeps_its_name_and_id() -> None:
    raw = b"event: delta\nid: 7\nretry: 1500\ndata: a\n\n"
    assert read(raw) == [Frame(b"a", raw, "delta", "7", 1500, beside="id: 7\nretry: 1500")]


def test_done_is_an_end_marker_and_no_content() -> None:
    assert [(frame.data, frame.ends) for frame in read(b"data: 1\n\ndata: [DONE]\n\n")] == [(b"1", False), (None, True)]


def test_changed_event_keeps_name_and_id_and_an_unchanged_one_its_bytes() -> None:
    (frame,) = read(b": said\nid:7\nevent:delta\ndata:a\n\n")
    write = Sse().encoder()
    assert write(frame, b"a") == write(frame, None) == frame.raw
    assert write(frame, b"b") == b"event: delta\nid: 7\ndata: b\n\n"
    assert write(Frame(name="made"), b"{}") == b"event: made\ndata: {}\n\n"
    assert write(Frame(), None) == b": \n\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\r\r", b"\n\r"])
def test_last_event_gets_the_blank_line_it_lacks(end: bytes) -> None:
    """So that an event may follow."""
    (frame,) = read(b"data: 1" + end)
    assert [one.data for one in read(frame.raw + b"data: 2\n\n")] == [b"1", b"2"]


@pytest.mark.parametrize("stream", [b"data: cut he", b"data: 1\n\nd", b"data: 1\n\ndata: 2\ndata: 3", b"\xef\xbb"])
def test_end_inside_a_line_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="ended inside"):
        read(stream)


def test_event_over_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than the limit"):
        read(b"data: " + b"x" * 60, limit=50)


def test_nothing_comes_of_nothing() -> None:
    assert read(b"", b"") == []
