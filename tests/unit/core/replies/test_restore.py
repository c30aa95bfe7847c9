from __future__ import annotations

import json

from proxy.core.replies.restore import Restorer

MAP = {"Name_BCDFGHJKLM": "Maria", "NAME_BCDFGHJKLM": "MARIA", "user-bcdfghjklm@example.com": "maria@firm.de"}


def test_counts_what_it_restored() -> None:
    restorer = Restorer(MAP)
    assert (
        restorer.whole("Name_BCDFGHJKLM, NAME_BCDFGHJKLM: user-bcdfghjklm@example.com!")
        == "Maria, MARIA: maria@firm.de!"
    )
    assert restorer.counts[""] == 3


def test_another_letter_case_is_followed_where_it_means_one_value() -> None:
    assert Restorer(MAP).whole("User-bcdfghjklm@example.com and name_bcdfghjklm") == "maria@firm.de and Maria"
    assert Restorer({"AB": "x", "ab": "y"}).whole("AB ab Ab") == "x y Ab"


def test_plain_text_passes_at_once_and_nothing_is_held() -> None:
    restorer = Restorer(MAP)
    assert [restorer.feed(chunk) for chunk in ("Hello ", "there, ", "Bob")] == ["Hello ", "there, ", "Bob"]


def test_only_the_beginning_of_a_pseudonym_is_held() -> None:
    restorer = Restorer(MAP)
    assert restorer.feed("Dear Name_BCD") == "Dear "
    assert restorer.feed("X yes") == "Name_BCDX yes"
    assert restorer.feed("Na") == ""
    assert restorer.flush() == "Na"


def test_originals_are_escaped_inside_json() -> None:
    restorer = Restorer({"ID_BCDFGHJKLM": 'say "hi"\n'})
    assert json.loads(restorer.whole('{"a": "ID_BCDFGHJKLM"}')) == {"a": 'say "hi"\n'}


def test_no_pseudonyms_change_nothing() -> None:
    assert Restorer({}).whole("Name_BCDFGHJKLM") == "Name_BCDFGHJKLM"
    assert Restorer({"": "x"}).whole("abc") == "abc"


def test_longest_of_pseudonyms_that_begin_each_other_wins() -> None:
    restorer = Restorer({"PERSON_1": "Ada", "PERSON_12": "Bob"})
    assert restorer.feed("PERSON_1") == ""
    assert restorer.feed("2 PERSON_1") == "Bob "
    assert restorer.flush() == "Ada"


def test_spellings_of_markdown_urls_and_html_are_followed() -> None:
    known = {
        "Name_BCDFGHJKLM": "Ada & Bo",
        "user-bcdfghjklm@example.com": "a+b@firm.de",
        "https://example.org/r/bcdfghjklm": "https://a.de/x",
    }
    restore = Restorer(known).whole
    assert (
        restore(r"**Name\_BCDFGHJKLM**, <b>Name_BCDFGHJKLM</b>, Name_BCDFGHJKLM's")
        == "**Ada & Bo**, <b>Ada & Bo</b>, Ada & Bo's"
    )
    assert restore("mailto:user-bcdfghjklm%40example.com") == "mailto:a%2Bb%40firm.de"
    assert restore("user-bcdfghjklm&#64;example.com") == "a+b&#64;firm.de"
    assert restore(r'{"u": "https:\/\/example.org\/r\/bcdfghjklm"}') == '{"u": "https://a.de/x"}'
    assert restore("?u=https%3A%2F%2Fexample.org%2Fr%2Fbcdfghjklm") == "?u=https%3A%2F%2Fa.de%2Fx"
