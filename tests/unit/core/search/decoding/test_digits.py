from __future__ import annotations

import pytest

from proxy.core.search.decoding import view


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4 5 3 9 1 4 8 8", "45391488"),
        ("9.4.7.3.2.8.1.6", "94732816"),
        ("4 5 3 9   1 4 8 8", "45391488"),
        ("46l2O4895", "461204895"),
        ("O3/ll/1985", "03/11/1985"),
        ("l7.O8.l952", "17.08.1952"),
        ("So1edad", "Soledad"),
        ("Ph0tini", "Photini"),
    ],
)
def test_digits_apart_or_misread_are_one_number(text, read):
    seen = view(f"no {text}!")
    assert seen is not None
    assert seen.text == f"no {read}!"


@pytest.mark.parametrize(
    "text", ["1.2.3.4", "a b c", "Illinois 2024", "03/11/1985", "l/O/lOOO", "i18n", "h264", "Sha1", "utf8lib"]
)
def test_what_is_no_long_number_stays(text):
    assert view(text) is None
