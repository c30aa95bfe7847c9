from __future__ import annotations

import pytest

from proxy.codecs.framing import Frame
from proxy.codecs.framing.sse import EventParser, Sse, comment, encode


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


def test_event_keeps_the_bytes_it_came_from() -> None:
    raw = b"event: delta\nid: 7\nretry: 1500\ndata: a\ndata:b\n\n"
    assert read(raw) == [Frame(b"a\nb", raw, "delta", "7", 1500, beside="id: 7\nretry: 1500")]


def test_line_ends_bom_and_field_without_colon() -> None:
    assert [e.data for e in read(b"\xef\xbb", b"\xbfdata: a\r", b"\n\r\ndata: b\r\rdata\n\n")] == [b"a", b"b", None]


def test_comment_is_an_event_without_data() -> None:
    assert read(comment("hello\nthere")) == [Frame(None, b": hello there\n\n", beside=": hello there")]


def test_unknown_and_malformed_fields_are_ignored() -> None:
    (event,) = read(b"foo: 1\nretry: soon\nid: a\0b\ndata: x\n\n")
    assert (event.data, event.id, event.retry) == (b"x", None, None)


def test_one_read_with_many_events() -> None:
    assert [e.data for e in read(b"data: 1\n\ndata: 2\n\n\n\ndata: 3\n\n")] == [b"1", b"2", b"3"]


def test_end_inside_an_event() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\n\ndata: 2\n")[0].data == b"1"
    assert [e.data for e in parser.finish()] == [b"2"]
    with pytest.raises(ValueError):
        read(b"data: cut he")


@pytest.mark.parametrize(
    "chunks", [[b"data: " + b"x" * 100 + b"\n\n"], [b"data: ", b"x" * 60], [b"\n", b"x" * 30, b"x" * 30]]
)
def test_event_over_the_limit(chunks: list[bytes]) -> None:
    parser = EventParser(limit=50)
    parser.feed(b"data: ok\n\n")
    with pytest.raises(ValueError):
        list(map(parser.feed, chunks))


def test_encode() -> None:
    assert encode(b"a\nb", "delta", "1", 5) == b"event: delta\nid: 1\nretry: 5\ndata: a\ndata: b\n\n"
    with pytest.raises(ValueError, match="one line"):
        encode(b"", "a\nb")


def test_a_retry_time_of_many_digits_is_none():
    assert [frame.retry for frame in read(b"retry: 999999999\ndata: a\n\nretry: 4111111111111111\ndata: a\n\n")] == [
        999_999_999, None,
    ]  # fmt: skip


def test_an_end_marker_needs_no_line_end_and_nothing_is_no_event():
    assert [(frame.data, frame.ends) for frame in read(b"data: 1\n\ndata: [DONE]")] == [(b"1", False), (None, True)]
    assert [frame.data for frame in read(b"data:\n\nevent: x\ndata: \n\ndata: 1\n\n")] == [None, None, b"1"]
