# ruff: noqa: RUF001 -- names of several alphabets
from __future__ import annotations

import json

import pytest

from proxy.core.replies.restore import RestorablePseudonyms, Restorer
from proxy.core.replies.spellings import is_whole, lowered, spellings, widest

NAMES = {
    "Schäfer": "Jürgens",
    "Annemie": "Anna",
    "Ägidius": "Bo",
    "Dupré": 'Le "Go"',
    "Олена": "Ірина",
    "Strauß": "Weiß",
}
KNOWN = RestorablePseudonyms(NAMES, natural=NAMES)
REPLIES = {
    json.dumps({"name": "Annemie Schäfer\nÄgidius"}): {"name": "Anna Jürgens\nBo"},
    json.dumps({"name": "Schäfer, Dupré"}).replace("00e", "00E"): {"name": 'Jürgens, Le "Go"'},
    json.dumps({"name": "Олена\tАня"}): {"name": "Ірина\tАня"},
    json.dumps({"name": "ANNEMIE SCHÄFER, STRAUSS"}): {"name": "ANNA JÜRGENS, WEISS"},
    json.dumps({"inner": json.dumps({"name": "Annemie Schäfer\nDupré"})}): {
        "inner": json.dumps({"name": 'Anna Jürgens\nLe "Go"'}, ensure_ascii=False)
    },
    json.dumps({"name": "Schäferé, äSchäfer, xÄgidius"}): {"name": "Schäferé, äSchäfer, xÄgidius"},
    json.dumps({"name": "Schäfer"}, ensure_ascii=False): {"name": "Jürgens"},
}
PROSE = {
    "?q=Annemie%20Sch%C3%A4fer&p=sch%c3%a4fer": "?q=Anna%20J%C3%BCrgens&p=J%C3%BCrgens",
    "Sch&auml;fer, Sch&#228;fer, Sch&#xE4;fer": "J&uuml;rgens, J&#252;rgens, J&#xfc;rgens",
    "Scha\u0308fer": "Ju\u0308rgens",
    "SCHÄFER, STRAUSS, ОЛЕНА, ÄGIDIUS": "JÜRGENS, WEISS, ІРИНА, BO",
    "Schäfers, Schäfer\u0301, Sch%C3%A4fer%C3%A9, Dupr&eacute;s": "Schäfers, Schäfer\u0301, Sch%C3%A4fer%C3%A9, Dupr&eacute;s",
}  # fmt: skip


def in_pieces(text: str, *, document: bool) -> set[str]:
    """Return what comes back of a text cut in two at every position, and in single characters."""
    results = set()
    for cut in range(len(text)):
        restorer = Restorer(KNOWN, document=document)
        results.add(restorer.feed(text[:cut]) + restorer.feed(text[cut:]) + restorer.flush())
    restorer = Restorer(KNOWN, document=document)
    return {*results, "".join(map(restorer.feed, text)) + restorer.flush()}


@pytest.mark.parametrize("document", [False, True])
@pytest.mark.parametrize("reply", REPLIES)
def test_escaped_names_come_back_in_valid_json(reply, document):
    [back] = in_pieces(reply, document=document)
    assert json.loads(back) == REPLIES[reply]


@pytest.mark.parametrize("reply", PROSE)
def test_names_come_back_in_addresses_markup_and_capitals(reply):
    assert in_pieces(reply, document=False) == {PROSE[reply]}


@pytest.mark.parametrize("stand_in", [*NAMES, "ǅế", "20 вересня 1982", "user-x@example.com", "Name_X"])
def test_no_spelling_is_longer_than_the_widest(stand_in):
    assert all(len(spelling) <= widest(stand_in) for spelling, _ in spellings(stand_in, "x"))


@pytest.mark.parametrize("text", ["İstanbul", "ΣΊΣΥΦΟΣ", "ÄÖÜ ẞ", "Ǆ", "plain"])
def test_small_letters_keep_their_places(text):
    assert [lowered(letter) for letter in text] == list(lowered(text))


@pytest.mark.parametrize(
    ("before", "behind", "whole"),
    [
        ("", "", True), ("x", "", False), ("", "x", False), ("\\n", "\\n", True), ("%20", "%20", True), ("\\u00e4", "", False),
        ("", "\\u00e4", False), ("", "%C3%A4", False), ("%C3%A4", "", False), ("\\u000a", "\\\\u00a0", True), ("", "\u0308", False),
    ],
)  # fmt: skip
def test_letters_around_a_name_count_as_what_they_stand_for(before, behind, whole):
    assert is_whole("Anna", before, behind) is whole
