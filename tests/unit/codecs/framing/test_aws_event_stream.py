from __future__ import annotations

import base64
import struct
import zlib

import pytest

from proxy.codecs.framing import Frame, FrameHeader
from proxy.codecs.framing.aws_event_stream import MOST_HEADERS, STRING, AwsEventStream, encode

USUAL = (
    FrameHeader(":event-type", STRING, "contentBlockDelta"),
    FrameHeader(":content-type", STRING, "application/json"),
    FrameHeader(":message-type", STRING, "event"),
)


def read(*chunks: bytes, limit: int = 1000, chunks_of_a_model: bool = False) -> list[Frame]:
    parser = AwsEventStream(limit=limit, chunks=chunks_of_a_model).parser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)] + parser.finish()


def sealed(total: int, headers: int, rest: bytes) -> bytes:
    lead = struct.pack(">II", total, headers)
    body = lead + struct.pack(">I", zlib.crc32(lead)) + rest
    return body + struct.pack(">I", zlib.crc32(body))


def with_headers(block: bytes) -> bytes:
    return sealed(16 + len(block), len(block), block)


def told(name: bytes, value: bytes, kind: int = STRING) -> bytes:
    return bytes([len(name)]) + name + bytes([kind]) + struct.pack(">H", len(value)) + value


EVENT = told(b":message-type", b"event") + told(b":event-type", b"x")


def test_message_made_here_is_an_event_of_json() -> None:
    raw = encode(Frame(name="contentBlockDelta"), b'{"delta":{}}')
    assert read(raw) == [Frame(b'{"delta":{}}', raw, "contentBlockDelta", headers=USUAL)]


def test_changed_message_keeps_its_headers() -> None:
    raw = encode(Frame(headers=(*USUAL, FrameHeader("n", 4, 7))), b"{}")
    (frame,) = read(raw)
    assert encode(frame, None) == encode(frame, b"{}") == raw
    (changed,) = read(encode(frame, b'{"a":1}'))
    assert (changed.data, changed.headers) == (b'{"a":1}', frame.headers)


@pytest.mark.parametrize(("kind", "by"), [("exception", ":exception-type"), ("error", ":error-code")])
def test_exceptions_and_errors_are_told_apart_from_events(kind: str, by: str) -> None:
    headers = (FrameHeader(":message-type", STRING, kind), FrameHeader(by, STRING, "throttlingException"))
    (frame,) = read(encode(Frame(headers=headers), b""))
    assert (frame.name, frame.fails, frame.data) == ("throttlingException", True, None)


def test_every_changed_bit_is_noticed() -> None:
    raw = encode(Frame(name="x"), b"{}")
    for at in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(ValueError):
            read(bytes(changed))


def test_cut_message_is_refused() -> None:
    raw = encode(Frame(name="x"), b"{}")
    for cut in range(1, len(raw)):
        with pytest.raises(ValueError, match="ended inside"):
            read(raw, raw[:cut])


@pytest.mark.parametrize(
    "stream",
    [
        sealed(16 + 1001, 0, b"")[:12],
        sealed(16 + MOST_HEADERS + 1, MOST_HEADERS + 1, b"")[:12],
        sealed(15, 0, b"")[:12],
        sealed(20, 5, b"")[:12],
        sealed((1 << 32) - 1, (1 << 32) - 1, b"")[:12],
    ],
)
def test_lengths_that_cannot_be_are_refused_at_once(stream: bytes) -> None:
    """Nothing is held for a message that will not be taken."""
    with pytest.raises(ValueError, match="larger than the limit, or shorter"):
        AwsEventStream(limit=1000).parser().feed(stream)


@pytest.mark.parametrize(
    "block",
    [
        b"", told(b":message-type", b"event"), told(b":event-type", b"x"), EVENT + EVENT, EVENT + told(b"", b"x"),
        EVENT + told(b"a", b"x", 10), EVENT + told(b"a", b"\xff"), EVENT + told(b"\xff", b"a"), EVENT + b"\x01a",
        EVENT + b"\x05a", EVENT + b"\x01a\x07\x00", EVENT + b"\x01a\x04\x00", EVENT + b"\x01a\x09\x00",
        told(b":message-type", b"odd") + told(b":event-type", b"x"), told(b":message-type", b"event", 6),
    ],
)  # fmt: skip
def test_headers_that_do_not_fit_the_format_are_refused(block: bytes) -> None:
    with pytest.raises(ValueError):
        read(with_headers(block))


def test_headers_that_cannot_be_written_are_refused() -> None:
    for header in (
        FrameHeader("", STRING, ""), FrameHeader("x" * 256, STRING, ""), FrameHeader("x", STRING, "x" * 65_536), FrameHeader("x", STRING, 1),
        FrameHeader("x", 2, 128), FrameHeader("x", 4, "1"), FrameHeader("x", 9, b"short"), FrameHeader("x", 10, b""), FrameHeader("x", 300, ""),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            encode(Frame(headers=(header,)), b"")


def test_chunk_of_a_model_is_what_its_base64_holds() -> None:
    framing = AwsEventStream(chunks=True)
    padded = b'{"p":"abc","bytes":"' + base64.b64encode(b'{"a":1}') + b'"}'
    raw = encode(Frame(name="chunk"), padded)
    (frame,) = read(raw, chunks_of_a_model=True)
    assert (frame.data, frame.name) == (b'{"a":1}', "chunk")
    write = framing.encoder()
    assert write(frame, b'{"a":1}') == raw
    assert read(write(frame, b'{"a":2}'))[0].data == b'{"bytes":"' + base64.b64encode(b'{"a":2}') + b'"}'


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"[]", b"1", b'{"bytes":1}', b'{"bytes":"*"}', b'{"bytes":"\xc3\xa9"}', b'{"bytes":"","x":""}'],
)
def test_chunk_that_holds_anything_else_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="something other"):
        read(encode(Frame(name="chunk"), payload), chunks_of_a_model=True)


def test_other_events_of_a_model_are_as_they_are() -> None:
    headers = (
        FrameHeader(":message-type", STRING, "exception"),
        FrameHeader(":exception-type", STRING, "throttlingException"),
    )
    (frame,) = read(encode(Frame(headers=headers), b'{"message":"x"}'), chunks_of_a_model=True)
    assert (frame.data, frame.fails) == (b'{"message":"x"}', True)
