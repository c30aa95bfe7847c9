from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.framing import Frame, FrameHeader, Framing
from proxy.codecs.framing import aws_event_stream as aws
from proxy.codecs.framing.aws_event_stream import AwsEventStream, encode
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | TEXT
    | st.sampled_from(['"', "\\", '\\"}', "{", "]", ","]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.builds(
    lambda value, spaced, plain: json.dumps(value, ensure_ascii=plain, indent=1 if spaced else None).encode(),
    st.dictionaries(TEXT, VALUES, max_size=3),
    st.booleans(),
    st.booleans(),
)
GAPS = st.sampled_from([b"", b" ", b"\n", b"\r\n", b"\n\t "])
SIZES = {aws.BYTE: 8, aws.SHORT: 16, aws.INT: 32, aws.LONG: 64, aws.TIMESTAMP: 64}


@st.composite
def arrays(draw):
    objects = draw(st.lists(OBJECTS, max_size=5))
    parts = [b"["]
    for number, one in enumerate(objects):
        parts += [draw(GAPS), b"," + draw(GAPS) if number else b"", one]
    return b"".join([*parts, draw(GAPS), b"]", draw(GAPS)]), objects


@st.composite
def lines(draw):
    parts, objects = [], []
    for _ in range(draw(st.integers(0, 6))):
        if draw(st.integers(0, 3)):
            objects.append(json.dumps(draw(VALUES)).encode())
            parts.append(objects[-1])
        parts.append(draw(st.sampled_from([b"\n", b"\r\n"])))
    return b"".join(parts), objects


@st.composite
def events(draw):
    parts, datas = [], []
    for _ in range(draw(st.integers(0, 5))):
        end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
        data = draw(st.lists(LINE, max_size=3))
        fields = draw(st.lists(st.sampled_from([b"event: x", b"id: 7", b": said", b"retry: 10"]), max_size=2))
        fields += [b"data: " + one.encode() for one in data]
        if fields:
            parts += [end.join(fields), end, end]
            datas += ["\n".join(data).encode()] if data else []
    return b"".join(parts), datas


@st.composite
def headers(draw):
    kind = draw(st.sampled_from(range(10)))
    if kind in SIZES:
        value = draw(st.integers(-(1 << (SIZES[kind] - 1)), (1 << (SIZES[kind] - 1)) - 1))
    else:
        value = {
            aws.TRUE: st.just(True), aws.FALSE: st.just(False), aws.STRING: TEXT, aws.BYTES: st.binary(max_size=9),
            aws.UUID: st.binary(min_size=16, max_size=16),
        }[kind]  # fmt: skip
        value = draw(value)
    return FrameHeader(draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)), kind, value)


def packed(kind: int, value: object) -> bytes:
    """What the format says of a header's value, written a second time."""
    if kind in SIZES:
        return int(value).to_bytes(SIZES[kind] // 8, "big", signed=True)
    if kind in {aws.TRUE, aws.FALSE}:
        return b""
    if kind == aws.UUID:
        return value
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def message(told: list[FrameHeader], payload: bytes) -> bytes:
    head = b"".join(
        bytes([len(one.name.encode())]) + one.name.encode() + bytes([one.kind]) + packed(one.kind, one.value)
        for one in told
    )
    return sealed(head, payload)


def sealed(head: bytes, payload: bytes) -> bytes:
    lead = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    body = lead + struct.pack(">I", zlib.crc32(lead)) + head + payload
    return body + struct.pack(">I", zlib.crc32(body))


@st.composite
def messages(draw):
    parts, payloads = [], []
    for _ in range(draw(st.integers(0, 4))):
        said = draw(
            st.sampled_from([("event", ":event-type"), ("exception", ":exception-type"), ("error", ":error-code")])
        )
        told = {
            ":message-type": FrameHeader(":message-type", aws.STRING, said[0]),
            said[1]: FrameHeader(said[1], aws.STRING, draw(TEXT)),
        }
        told = {**{one.name: one for one in draw(st.lists(headers(), max_size=3))}, **told}
        payload = draw(st.binary(max_size=20))
        parts.append(message(list(told.values()), payload))
        payloads += [payload] if payload else []
    return b"".join(parts), payloads


STREAMS = {
    "json_array": (JsonArray(), arrays()),
    "ndjson": (Ndjson(), lines()),
    "sse": (Sse(), events()),
    "aws": (AwsEventStream(), messages()),
    "plain": (PlainText(), TEXT.map(lambda text: (text.encode(), [text.encode()] if text else []))),
}
ANY = st.one_of(*[st.tuples(st.just(name), st.just(framing), stream) for name, (framing, stream) in STREAMS.items()])
CUTS = st.lists(st.integers(0, 400), max_size=8)


def read(framing: Framing, stream: bytes, cuts: list[int]) -> list[Frame]:
    parser = framing.parser()
    edges = sorted({min(cut, len(stream)) for cut in cuts})
    frames = [
        frame for a, b in zip([0, *edges], [*edges, len(stream)], strict=True) for frame in parser.feed(stream[a:b])
    ]
    return frames + parser.finish()


@given(ANY, CUTS)
def test_every_chunking_gives_the_same_frames(one, cuts) -> None:
    """Chunk borders never change what is read; of text without framing they change only where it is cut."""
    name, framing, (stream, datas) = one
    frames = read(framing, stream, cuts)
    assert b"".join([frame.data or b"" for frame in frames]) == b"".join(datas)
    if name != "plain":
        assert [frame.data for frame in frames if frame.data is not None] == [data for data in datas if data]
        assert frames == read(framing, stream, []) == read(framing, stream, list(range(len(stream))))


@given(ANY, CUTS)
def test_frames_that_nobody_changed_go_on_as_they_came(one, cuts) -> None:
    """The client gets the target's own bytes, whether a frame is passed on or written with the data it has."""
    _, framing, (stream, _) = one
    for given_data in (False, True):
        write = framing.encoder()
        frames = read(framing, stream, cuts)
        assert b"".join([write(frame, frame.data if given_data else None) for frame in frames]) == stream


@given(arrays(), st.lists(st.sampled_from(["keep", "drop", "change", "insert"]), max_size=8))
def test_array_stays_an_array_whatever_is_done_to_it(one, steps) -> None:
    """Objects may be inserted, changed and left out anywhere; the client reads exactly those that were written."""
    stream, _ = one
    write = JsonArray().encoder()
    opening, *frames = read(JsonArray(), stream, [])
    sent, expected, ended = write(opening, None), [], False
    assert sent == b""  # it goes out with what comes first
    for number, frame in enumerate(frames):
        step = steps[number % len(steps)] if steps else "keep"
        if step == "insert" and not ended:
            sent += write(Frame(name="made"), b'{"made":1}')
            expected.append({"made": 1})
        ended = ended or frame.ends
        if frame.data is None:
            sent += write(frame, None)
        elif step != "drop":
            data = b'{"changed":1}' if step == "change" else frame.data
            sent += write(frame, data)
            expected.append(json.loads(data))
    assert json.loads(sent) == expected


@given(st.lists(headers(), max_size=5, unique_by=lambda one: one.name), st.binary(max_size=20))
def test_written_message_is_what_the_format_says(told, payload) -> None:
    """Every type of header survives; both CRCs and both lengths are those of the new bytes."""
    assert encode(Frame(headers=(*told,)), payload) == message(told, payload) or not told


@given(st.lists(OBJECTS, max_size=4), CUTS)
def test_chunks_of_a_model_are_read_and_written(objects, cuts) -> None:
    framing = AwsEventStream(chunks=True)
    write = framing.encoder()
    stream = b"".join([write(Frame(), one) for one in objects])
    frames = read(framing, stream, cuts)
    assert [frame.data for frame in frames] == objects
    assert {frame.name for frame in frames} <= {"chunk"}
    assert b"".join([write(frame, frame.data) for frame in frames]) == stream


@st.composite
def broken(draw):
    """A stream with bytes changed, lost, added or repeated, or no stream at all."""
    _, framing, (stream, _) = draw(ANY)
    made = bytearray(stream)
    for _ in range(draw(st.integers(0, 3))):
        at, what = draw(st.integers(0, max(len(made) - 1, 0))), draw(st.binary(max_size=3))
        until = at + draw(st.integers(0, 3))
        made[at:until] = what if draw(st.booleans()) else made[:until]
    return framing, draw(st.binary(max_size=40)) if draw(st.integers(0, 5)) == 0 else bytes(made)


@given(broken(), CUTS)
def test_broken_stream_is_read_or_refused(one, cuts) -> None:
    """Whatever comes, a parser raises nothing but ValueError, and gives out no more than came in."""
    framing, stream = one
    try:
        frames = read(framing, stream, cuts)
    except ValueError:
        return
    assert sum(len(frame.raw) for frame in frames) <= len(stream) + 1


@pytest.mark.parametrize("chunks", [False, True])
@given(st.lists(st.tuples(st.sampled_from(["event", "exception", "odd"]), st.binary(max_size=30)), max_size=3), CUTS)
def test_aws_messages_of_any_content_are_read_or_refused(chunks, parts, cuts) -> None:
    stream = b"".join(
        [
            message(
                [FrameHeader(":message-type", aws.STRING, kind), FrameHeader(":event-type", aws.STRING, "chunk")],
                payload,
            )
            for kind, payload in parts
        ]
    )
    try:
        read(AwsEventStream(chunks=chunks), stream, cuts)
    except ValueError:
        return


@given(messages(), CUTS)
def test_another_reader_of_aws_messages_sees_the_same(one, cuts) -> None:
    """The reader of Amazon's own SDK agrees on every message, its headers and its payload."""
    eventstream = pytest.importorskip("botocore.eventstream", reason="botocore is not installed")
    stream, _ = one
    buffer = eventstream.EventStreamBuffer()
    buffer.add_data(stream)
    theirs = [(dict(event.headers), event.payload) for event in buffer]
    frames = read(AwsEventStream(), stream, cuts)
    ours = [({one.name: one.value for one in frame.headers}, frame.data or b"") for frame in frames]
    assert ours == theirs
