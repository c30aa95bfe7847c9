from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from proxy.core.search.decoding import unescaped


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Draft a reply to Katarzyna W\\u00f3jcik", "Draft a reply to Katarzyna Wójcik"),
        ("Ren&eacute;e L&uuml;tzow", "Renée Lützow"),
        ("L&uumltzow &#76&#x65;&#101 &lt;b&gt;", "Lützow Lee <b>"),
        ("W\\xc3\\xb3jcik, M\\xfcller", "Wójcik, Müller"),
        ("smile \\ud83d\\ude00 \\u{1F600}", "smile 😀 😀"),
        ("Dear\\nAnna\\r\\nSchmidt", "Dear\nAnna\nSchmidt"),
        ('{\\"name\\": \\"Anna\\"}', '{"name": "Anna"}'),
        (quote(quote("Zoë Ångström")), "Zoë Ångström"),
        ("M%FCller", "Müller"),
        (r"cv/J\303\266rg \101\156\156\141", "cv/Jörg Anna"),
        (json.dumps("Łódź&eacute;"), '"Łódźé"'),
        (r"K\\u00fc\\u00e7\\xfck", "Küçük"),
        (r"\\\\xc5\\\\x81ukasz, J\\303\\266rg", "Łukasz, Jörg"),
        (r"Dear\\n\\u0141ukasz", "Dear\nŁukasz"),
    ],
)
def test_an_escape_is_read_as_what_it_stands_for(text, read):
    seen = unescaped(text)
    assert seen is not None
    assert seen.text == read
    assert len(seen.origin) == len(seen.until) == len(read)


@pytest.mark.parametrize(
    "text",
    [
        "50% of 20 & more",
        r"C:\new\table",
        r"C:\nürnberg",
        "a=1&copy=2",
        r"\d+\w*",
        "AT&T",
        "100%",
        r"\ud800 alone",
        "&nosuch;",
        r"C:\101\102",
        r"\1\303",
        r"\377\376\375\374",
    ],
)
def test_what_is_no_escape_stays(text):
    assert unescaped(text) is None


def test_each_character_knows_its_own_place():
    text = "to W\\u00f3jcik &amp; %C5%81"
    seen = unescaped(text)
    assert seen is not None
    for written, read in (("\\u00f3", "ó"), ("&amp;", "&"), ("%C5%81", "Ł")):
        at = seen.text.index(read)
        start, end = seen.span(at, at + 1)
        assert text[start:end] == written


@pytest.mark.parametrize("depth", range(1, 8))
@pytest.mark.parametrize("name", ["Wójcik", "Łukasz", "smile 😀", 'Küçük\n"Ümit'])
def test_strings_in_strings_are_read_at_any_depth(depth, name):
    text, written = f"Dear {name}", name
    for _ in range(depth):
        text, written = json.dumps({"k": text}), json.dumps(written)[1:-1]
    line = f"12:01 ERROR {text} refused"
    seen = unescaped(line)
    assert seen is not None
    at = seen.text.index(name)
    start, end = seen.span(at, at + len(name))
    assert line[start:end] == written
