from __future__ import annotations

import json

from proxy.core.restore import Restorer

MAP = {"Name_BCDFGHJKLM": "Maria", "NAME_BCDFGHJKLM": "MARIA", "user-bcdfghjklm@example.com": "maria@firm.de"}


def test_counts_what_it_restored() -> None:
    restorer = Restorer(MAP)
    assert (
        restorer.whole("Name_BCDFGHJKLM, NAME_BCDFGHJKLM: user-bcdfghjklm@example.com!")
        == "Maria, MARIA: maria@firm.de!"
    )
    assert restorer.restored == 3


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
    restorer = Restorer({"ID_BCDFGHJKLM": 'say "hi"\n'}, lambda text: json.dumps(text)[1:-1])
    assert json.loads('{"a": "' + restorer.whole("ID_BCDFGHJKLM") + '"}') == {"a": 'say "hi"\n'}


def test_no_pseudonyms_change_nothing() -> None:
    assert Restorer({}).whole("Name_BCDFGHJKLM") == "Name_BCDFGHJKLM"
    assert Restorer({"": "x"}).whole("abc") == "abc"


def test_longest_of_pseudonyms_that_begin_each_other_wins() -> None:
    restorer = Restorer({"PERSON_1": "Ada", "PERSON_12": "Bob"})
    assert restorer.feed("PERSON_1") == ""
    assert restorer.feed("2 PERSON_1") == "Bob "
    assert restorer.flush() == "Ada"
