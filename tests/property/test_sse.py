from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.framing import Frame
from proxy.codecs.framing.sse import EventParser, encode

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[tuple[bytes | None, str, str | None]]]:
    parts: list[bytes] = [draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))]
    expected: list[tuple[bytes | None, str, str | None]] = []
    for _ in range(draw(st.integers(0, 5))):
        end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
        lines: list[bytes] = []
        data: list[bytes] = []
        name, event_id = "", None
        for _ in range(draw(st.integers(1, 4))):
            kind = draw(st.sampled_from(["data", "event", "id", "comment"]))
            value = draw(LINE)
            if kind == "comment":
                lines.append(b":" + value.encode())
                continue
            lines.append(kind.encode() + b": " + value.encode())
            if kind == "data":
                data.append(value.encode())
            elif kind == "event":
                name = value
            else:
                event_id = value
        parts += [end.join(lines), end, end]
        expected.append((b"\n".join(data) or None, name, event_id))
    return b"".join(parts), expected


def read(stream: bytes, cuts: list[int]) -> list[Frame]:
    parser = EventParser()
    events: list[Frame] = []
    edges = sorted({min(cut, len(stream)) for cut in cuts})
    for start, end in zip([0, *edges], [*edges, len(stream)], strict=True):
        events += parser.feed(stream[start:end])
    return events + parser.finish()


@settings(deadline=None)
@given(streams(), st.lists(st.integers(0, 200), max_size=8))
def test_every_chunking_gives_the_same_events(stream: tuple, cuts: list[int]) -> None:
    """Chunk borders never change what is read, whatever the line ends."""
    raw, expected = stream
    assert [(e.data, e.name, e.id) for e in read(raw, cuts)] == expected


@settings(deadline=None)
@given(streams())
def test_byte_by_byte_is_the_same_as_whole(stream: tuple) -> None:
    """The slowest reader sees what the fastest one sees, raw bytes included up to line-break padding."""
    raw, _ = stream
    strip = [(e.data, e.raw.strip(b"\r\n")) for e in read(raw, [])]
    assert [(e.data, e.raw.strip(b"\r\n")) for e in read(raw, list(range(len(raw))))] == strip


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")), LINE)
def test_encoded_event_reads_back(data: str, name: str) -> None:
    """What ``encode`` writes, ``feed`` reads; line breaks inside data become LF."""
    (event,) = EventParser().feed(b": hello\n\n" + encode(data.encode(), name))[1:]
    assert event.data == (data.replace("\r\n", "\n").replace("\r", "\n").encode() or None)
    assert event.name == name
