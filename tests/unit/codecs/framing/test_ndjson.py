from __future__ import annotations

import pytest

from proxy.codecs.framing import Frame
from proxy.codecs.framing.ndjson import Ndjson


def read(*chunks: bytes, limit: int = 1000) -> list[Frame]:
    parser = Ndjson(limit=limit).parser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)] + parser.finish()


def test_every_line_is_a_frame_and_a_blank_one_holds_nothing() -> None:
    frames = [Frame(b'{"a":1}', b'{"a":1}\n'), Frame(None, b"\r\n"), Frame(b'{"a":2}', b'{"a":2}\r\n')]
    assert read(b'{"a":1}\n\r\n{"a":', b"2}\r\n") == frames


def test_line_is_there_as_soon_as_it_ends() -> None:
    parser = Ndjson().parser()
    assert parser.feed(b'{"a":1}') == []
    assert [frame.data for frame in parser.feed(b"\n{")] == [b'{"a":1}']


def test_last_line_without_its_end_counts_where_it_is_whole() -> None:
    assert read(b'{"a":1}') == [Frame(b'{"a":1}', b'{"a":1}\n')]
    assert read(b" ") == [Frame(None, b" ")]
    for cut in (b'{"a":', b'{"a":"', b"[" * 100_000):
        with pytest.raises(ValueError, match="ended inside"):
            read(cut, limit=1 << 20)


def test_line_over_the_limit_is_refused_before_it_ends() -> None:
    with pytest.raises(ValueError, match="larger than the limit"):
        read(b"x" * 30, b"x" * 30, limit=50)


def test_changed_frame_is_one_line() -> None:
    write = Ndjson().encoder()
    (frame,) = read(b' {"a":1}\r\n')
    assert write(frame, None) == write(frame, frame.data) == frame.raw
    assert write(frame, b'{"a":2}') == write(Frame(), b'{"a":2}') == b'{"a":2}\n'
    with pytest.raises(ValueError, match="one line"):
        write(frame, b'{"a":\n2}')
