from __future__ import annotations

import base64

import pytest

from proxy.codecs import media


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("data:image/png;base64,AAAA", "image/png"),
        ("data:image/x-ada,AAAA", "image"),
        ("data:ada/x,AAAA", "unknown"),
        ("data:text/plain,hello", ""),
        ("data:text/plain;base64,AAAA", "text/plain"),
        ("data:,hello", ""),
        ("https://x.example", None),
        pytest.param("data:a/" + "b" * 2_000_000, None, id="a type without end"),
        ("see data:image/png;base64,AAAA", None),
    ],
)
def test_data_urls(text, told):
    assert media.data_url_media(text) == told


def test_long_base64_is_binary_only_where_it_holds_no_text():
    assert media.is_binary(base64.b64encode(bytes(range(256))).decode())
    assert not media.is_binary(base64.b64encode(b"Dear Ada, write to me soon. " * 20).decode())
    assert not media.is_binary("ab12" * 100)
    assert not media.is_binary("AAAA")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Write to Ada.", True),
        ('"Write to Ada."', True),
        ("ab12" * 100 + " ", False),
        ("Data", False),
        (" data:,hello", False),
        ('{"a": 1}', False),
        ("\u00c9mile", False),
        ("", False),
    ],
)
def test_only_a_text_of_an_ordinary_form_is_plain_at_once(text, plain):
    assert media.is_plain(text) is plain
