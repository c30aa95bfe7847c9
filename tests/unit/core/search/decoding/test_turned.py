# ruff: noqa: RUF001 -- what is turned is the point
from __future__ import annotations

import pytest

from proxy.core.search.decoding import view


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tdimhcS annA", "Anna Schmidt"),
        ("moc.elpmaxe@tdimhcs.anna", "anna.schmidt@example.com"),
        ("A n n a   S c h m i d t", "Anna Schmidt"),
        ("A n n a S c h m i d t", "Anna Schmidt"),
        ("A-n-n-a S", "Anna S"),
        ("ʇpᴉɯɥɔS ɐuuⱯ", "Anna Schmidt"),
        (".- -. -. .- / ... -.-. .... -- .. -.. -", "Anna Schmidt"),
    ],
)
def test_turned_names_are_read(text, read):
    seen = view(text)
    assert seen is not None
    assert seen.text == read
    start, end = seen.span(0, len(seen.text))
    assert (start, end) == (0, len(text))


@pytest.mark.parametrize("around", ["<td>{}</td>", '{{"to": "{}"}}', "({}), please", "to:{}."])
def test_letters_apart_are_read_wherever_they_are_quoted(around):
    seen = view(around.format("A n n a   S c h m i d t"))
    assert seen is not None
    assert seen.text == around.format("Anna Schmidt")


@pytest.mark.parametrize(
    "text", ["vitaminC and pointB", "iOS macOS", "U.S.A.", "--- a/file", "- - -", "J. R. R. Tolkien"]
)
def test_ordinary_writing_stays(text):
    assert view(text) is None
