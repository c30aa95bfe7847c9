from __future__ import annotations

import pytest

from proxy.codecs.framing import Frame
from proxy.codecs.framing.plain import PlainText


def test_character_in_two_chunks_comes_whole() -> None:
    parser = PlainText().parser()
    assert [parser.feed(b"a\xe2\x82"), parser.feed(b"\xacb"), parser.finish()] == [
        [Frame(b"a", b"a")],
        [Frame("€b".encode(), "€b".encode())],
        [],
    ]


@pytest.mark.parametrize("chunks", [[b"a\xff"], [b"\xe2", b"a"], [b"\xed\xa0\x80"], [b"a", b"\xe2\x82"]])
def test_what_is_no_text_is_refused_without_quoting_it(chunks: list[bytes]) -> None:
    parser = PlainText().parser()
    with pytest.raises(ValueError, match="not text") as refused:
        list(map(parser.feed, chunks)), parser.finish()
    assert type(refused.value) is ValueError


def test_text_is_written_as_it_is() -> None:
    write = PlainText().encoder()
    assert write(Frame(b"a", b"a"), b"b") == b"b"
    assert write(Frame(b"a", b"a"), None) == b"a"
    assert write(Frame(b"a", b"a"), b"") == b""
