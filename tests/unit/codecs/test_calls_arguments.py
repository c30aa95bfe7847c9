"""Arguments as an object and as text: what would be another object when written again is refused."""

from __future__ import annotations

import pytest

from proxy.codecs.calls import parse_arguments, render_arguments


@pytest.mark.parametrize(
    ("text", "wanted"), [("", {}), (" ", {}), ("{}", {}), ('{"a": [1, 2.5, "x"]}', {"a": [1, 2.5, "x"]})]
)
def test_an_object_is_read(text, wanted):
    assert parse_arguments(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["[1]", "1", '"x"', "{", '{"a": 1, "a": 2}', '{"a": NaN}',
     '{"a": "\\ud800"}', '{"a": 1e999}', "[" * 5000 + "]" * 5000],
)  # fmt: skip
def test_what_is_no_object_or_another_one_when_written_again_is_refused(text):
    with pytest.raises(ValueError):
        parse_arguments(text)


def test_what_is_written_is_read_again():
    given = {"a": 18446744073709551615, "b": -9223372036854775808, "ü": [None, True]}
    assert parse_arguments(render_arguments(given)) == given


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "0.12345678901234567890"])
def test_long_numbers_are_written_as_they_were(number):
    assert render_arguments(parse_arguments('{"a":%s}' % number)) == '{"a":%s}' % number  # noqa: UP031
