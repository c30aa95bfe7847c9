from __future__ import annotations

import base64
import hashlib
import quopri

import pytest

from proxy.core.search.decoding import view
from proxy.core.search.readings import readings


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (quopri.encodestring("Für Jürgen Müßig, bitte".encode()).decode(), "Für Jürgen Müßig, bitte"),
        ("J=FCrgen", "Jürgen"),
        ("=41=6E=6E=61", "Anna"),
        ("Jür=\ngen", "Jürgen"),
        ("=?utf-8?B?QW5uYSBTY2htaWR0?= wrote", "Anna Schmidt wrote"),
        ("=?iso-8859-1?Q?J=FCrgen_M=FC=DFig?=", "Jürgen Müßig"),
        ("=?utf-8?Q?Anna?=\n =?utf-8?Q?_Schmidt?=", "Anna Schmidt"),
        ("W+APM-jcik", "Wójcik"),
        ("xn--mller-kva.example", "müller.example"),
        ("x?name=Anna+Schmidt&b=1", "x?name=Anna Schmidt&b=1"),
    ],
)
def test_what_mail_and_hosts_write_is_read(text, read):
    seen = view(text)
    assert seen is not None
    assert seen.text == read


@pytest.mark.parametrize("text", ["a=40&b=10", "x = 3", "1+1-2", "C+A-B", "=?no?Z?x?=", "+----------+-----+"])
def test_what_looks_like_it_stays(text):
    assert view(text) is None


def test_spaces_between_the_groups_of_a_number_are_read():
    read = view("to PT18=202147=203270=206877=208574=206697=202 today")
    assert read is not None
    assert "PT18 2147 3270 6877 8574 6697 2" in read.text


def test_parameters_that_begin_with_the_same_digits_are_left():
    assert view("page=2021&from=2022&to=2023") is None


@pytest.mark.parametrize("digest", [hashlib.sha1, hashlib.sha256])
@pytest.mark.parametrize("before", ["h1:", "sha256-", " ", '"', ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_padding_of_a_digest_at_the_end_of_a_line_is_no_soft_break(digest, before, end):
    rows = [before + base64.b64encode(digest(str(row).encode()).digest()).decode() for row in range(4)]
    assert (found := view(end.join(rows))) is None or found.text == end.join(rows)


@pytest.mark.parametrize("value", ["Maria Schmidt", "Jan Kowalski", "+491705551288", "01705551288", "KD-884213-X"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.b32encode])
@pytest.mark.parametrize("before", ["", "x: ", "a line that is long enough to be broken by a program for mail "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_padding_of_a_value_at_the_end_of_a_line_is_no_soft_break(value, encode, before, end):
    lines = [before + encode(value.encode()).decode()] * 2 + ["Thanks"]
    assert [part.text for part in readings(end.join(lines))] == [end.join([before + value] * 2 + ["Thanks"])]


@pytest.mark.parametrize("word", ["Quastenberg", "Kowalski", "Str", "Anna-Maria", "1984-03", "ABCDEFG", "iPhoneX"])
def test_a_word_before_a_soft_break_is_no_value_with_padding(word):
    assert view(f"{word}=\nen").text == f"{word}en"


@pytest.mark.parametrize("length", [3, 12, 26, 28, 42, 44, 60])
def test_a_soft_break_behind_other_words_joins_them(length):
    word = ("Annegret" * 8)[:length]
    joined = view(f"so {word}=\nHolz")
    assert joined is not None
    assert joined.text == f"so {word}Holz"
