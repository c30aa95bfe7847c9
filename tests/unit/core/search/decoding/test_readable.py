from __future__ import annotations

import zlib

import pytest

from proxy.core.search.decoding.readable import plausible, text_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_text_is_read_in_its_encoding(encoding):
    assert text_of("Jürgen Müßig".encode(encoding)) == "Jürgen Müßig"


def test_packed_text_is_unpacked_within_bounds():
    assert text_of(zlib.compress(b"Anna Schmidt")) == "Anna Schmidt"
    assert len(text_of(zlib.compress(b"a b " * 1_000_000)) or "") <= 20 * 5_000


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", bytes(range(128, 160)), b"\x9f\x86\xd0\x81"])
def test_bytes_are_no_text(data):
    assert text_of(data) is None


@pytest.mark.parametrize(("text", "is_text"), [("Anna", True), ("xKq", False), ("aBcD", False), ("7,$;", False)])
def test_a_short_text_is_made_of_words(text, is_text):
    assert plausible(text) is is_text
