# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.core.search.decoding import view


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("card 4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7 ok", "4539148803436467", "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7"),
        ("nip 9.4.7.3.2.8.1.6.5.1!", "9473281651", "9.4.7.3.2.8.1.6.5.1"),
        ("４５３９ １４８８", "4539 1488", "４５３９ １４８８"),
        ("ja\u200bne@exa\u200bmple.com", "jane@example.com", "ja\u200bne@exa\u200bmple.com"),
        ("mail john at example dot com please", "john@example.com", "john at example dot com"),
        ("john (at) example [dot] co [dot] uk", "john@example.co.uk", "john (at) example [dot] co [dot] uk"),
        ("x=john%40example.com&y", "john@example.com", "john%40example.com"),
        ("M&uuml;ller &#64; home", "Müller", "M&uuml;ller"),
        ("\\u004aane Doe", "Jane Doe", "\\u004aane Doe"),
        ("раypal account", "paypal", "раypal"),
        ("REGON 46l2O4895x 46l204895", "461204895", "46l204895"),
        ("Jose\u0301 Garci\u0301a", "José García", "Jose\u0301 Garci\u0301a"),
        ("٤٥٣٩", "4539", "٤٥٣٩"),
    ],
)
def test_hidden_values_are_read_and_mapped_back(text, value, written):
    seen = view(text)
    assert seen is not None
    start = seen.text.index(value)
    back = seen.back(Finding("X", start, start + len(value), 1.0, "t"))
    assert text[back.start : back.end] == written


@pytest.mark.parametrize(
    "text", ["plain text", "look at the dot", "1.2.3.4", "Владимир", "50% of 20 & more", "a b c", "Müller"]
)
def test_plain_text_has_no_view(text):
    assert view(text) is None


def test_view_maps_every_character():
    seen = view("ａｂｃ \u200b%41 &amp; 1 2 3 4 5 6 7 8")
    assert seen is not None
    assert len(seen.text) == len(seen.origin) == len(seen.until)
    assert all(a < b for a, b in zip(seen.origin, seen.until, strict=True))
