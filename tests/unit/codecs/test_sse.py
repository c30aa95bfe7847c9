from __future__ import annotations

import pytest

from proxy.codecs.sse import Event, EventParser, comment, encode
from proxy.errors import UpstreamError


def read(*chunks: bytes) -> list[Event]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.flush()


def test_event_keeps_the_bytes_it_came_from() -> None:
    raw = b"event: delta\nid: 7\nretry: 1500\ndata: a\ndata:b\n\n"
    assert read(raw) == [Event(b"a\nb", raw, "delta", "7", 1500, beside="id: 7\nretry: 1500")]


def test_line_ends_bom_and_field_without_colon() -> None:
    assert [e.data for e in read(b"\xef\xbb", b"\xbfdata: a\r", b"\n\r\ndata: b\r\rdata\n\n")] == [b"a", b"b", b""]


def test_comment_is_an_event_without_data() -> None:
    assert read(comment("hello\nthere")) == [Event(None, b": hello there\n\n", beside=": hello there")]


def test_unknown_and_malformed_fields_are_ignored() -> None:
    (event,) = read(b"foo: 1\nretry: soon\nid: a\0b\ndata: x\n\n")
    assert (event.data, event.id, event.retry) == (b"x", None, None)


def test_one_read_with_many_events() -> None:
    assert [e.data for e in read(b"data: 1\n\ndata: 2\n\n\n\ndata: 3\n\n")] == [b"1", b"2", b"3"]


def test_end_inside_an_event() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\n\ndata: 2\n")[0].data == b"1"
    assert parser.pending
    assert [e.data for e in parser.flush()] == [b"2"]
    assert read(b"data: cut he") == []


@pytest.mark.parametrize(
    "chunks", [[b"data: " + b"x" * 100 + b"\n\n"], [b"data: ", b"x" * 60], [b"\n", b"x" * 30, b"x" * 30]]
)
def test_event_over_the_limit(chunks: list[bytes]) -> None:
    parser = EventParser(limit=50)
    parser.feed(b"data: ok\n\n")
    with pytest.raises(UpstreamError):
        list(map(parser.feed, chunks))


def test_encode() -> None:
    assert encode(b"a\nb", "delta", "1", 5) == b"event: delta\nid: 1\nretry: 5\ndata: a\ndata: b\n\n"
    with pytest.raises(ValueError, match="one line"):
        encode(b"", "a\nb")
