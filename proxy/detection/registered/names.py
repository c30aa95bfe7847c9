"""Names of two to five words that stand beside each other in a text, in any order and form."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.core.search.names import TITLES
from proxy.detection.languages import words as vocabulary
from proxy.detection.registered.lists import PeopleIndex
from proxy.detection.registered.rows import MOST_WORDS, NAME, NAME_TYPE, PARTICLES
from proxy.detection.registered.tokens import TokenMeaning, Tokens, WordStanding
from proxy.detection.registered.words import APOSTROPHES, Ending

#: Between the parts of a value in the text of several values.
BORDER: Final = "\x1f"
_MOST_WAYS = 48
#: Tokens from one word of a name to the next; titles and particles that are words of names too.
_MOST_BETWEEN, _MOST_PARTICLES = 6, 2
_IN_PROSE = re.compile(rf"[\s,;|/._{APOSTROPHES}\"\-&+:\\{BORDER}]{{1,6}}").fullmatch
_IN_NAME = re.compile(rf"[\s,;|/._{APOSTROPHES}\"\-\u2010-\u2014&+:=^~*#()\[\]<>\\{BORDER}]{{1,6}}").fullmatch
#: Between the parts of a name in data: "first=Jan&last=Kowalski", "first_name = 'Jan' AND last_name = 'Kowalski'".
_LABELS: Final = (
    frozenset(word for phrase in vocabulary("name_columns") for word in phrase.split() if len(word) > 2)  # noqa: PLR2004
    | {"first", "last", "and"}
) - (PARTICLES | TITLES)
_OF_DATA = frozenset('<>=":')
_APART = frozenset('<>="^')
_FIELD = ["&", "="]  # around a key, of any name, between two values of a form
_ENDS_SENTENCE = re.compile(r"[.:]\s").match
_BEHIND_TITLE = re.compile(r"\.?\s|_").fullmatch
Named = Sequence[tuple[int, TokenMeaning]]


def names(index: PeopleIndex, tokens: Tokens, named: Named, *, carried: bool = False) -> Iterator[Finding]:
    """Yield the registered names in a text, of the tokens that are words of names.

    ``carried``: the text is where names stand, so everyday words may be one in any case.
    """
    for number in range(len(named)) if carried else sorted(_starts(tokens, named)):
        first = named[number][0]
        for last, total in _sums(tokens, named, number, carried=carried or _is_titled(tokens, first)):
            for item in index.together(total, NAME):
                for part in _parts(tokens, named, first, last):
                    yield item.finding(NAME_TYPE, *tokens.reach(*part))


def _parts(tokens: Tokens, named: Named, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield (first token, last token) of the parts of a name that markup or the keys of data keep apart."""
    begun = left = first
    for at, _ in named[bisect_right(named, first, key=_index_of) : bisect_right(named, last, key=_index_of)]:
        if any(map(_keeps_apart, (*tokens.gaps(left, at), *tokens.written[left + 1 : at]))):
            yield begun, left
            begun = at
        left = at
    yield begun, left


def _index_of(item: tuple[int, TokenMeaning]) -> int:
    return item[0]


@functools.lru_cache(1024)
def _keeps_apart(between: str) -> bool:
    """Whether words on both sides of a gap or a word are values of their own."""
    return not _APART.isdisjoint(between) or _is_label(between)


def is_filler(word: str) -> bool:
    """Whether a word may stand between the words of a name: an initial, a particle, a title, the key of a part."""
    lower = word.lower()
    return (len(word) == 1 and word.isalpha()) or lower in PARTICLES or lower in TITLES or _is_label(word)


def _starts(tokens: Tokens, named: Named) -> set[int]:
    """Return the numbers of the words with which names may begin: nearly none in lower case."""
    starts = set(_titled(tokens, named))
    for number in [number for number, (_, meaning) in enumerate(named) if meaning.standing > WordStanding.LOWER]:
        starts.add(number)
        if number and named[number][1].standing is WordStanding.UNCOMMON:
            starts.add(number - 1)
            for before in range(number - 2, max(number - MOST_WORDS, -1), -1):
                if not (named[before][1].of_long or named[before + 1][1].between):
                    break
                starts.add(before)
    return starts


def _titled(tokens: Tokens, named: Named) -> Iterator[int]:
    """Yield the numbers of the words right behind a title."""
    for at in [at + 1 for at, meaning in tokens.marked if meaning.title]:
        number = bisect_left(named, at, key=_index_of)
        if number < len(named) and named[number][0] == at and _is_titled(tokens, at):
            yield number


def _sums(tokens: Tokens, named: Named, number: int, *, carried: bool) -> Iterator[tuple[int, int]]:
    """Yield (last token, sum of units) of what may be a name from a word on."""
    first, meaning = named[number]
    ways: list[tuple[int, tuple[Ending, ...]]] = [(unit, (ending,)) for unit, ending in meaning.names]
    standings, of_long, left = {meaning.standing}, meaning.of_long, first
    for at, further in named[number + 1 : number + MOST_WORDS + _MOST_PARTICLES]:
        if not _adjoin(tokens, left, at):
            return
        left = at
        if not further.between:
            standings.add(further.standing)
            of_long = of_long and further.of_long
        counts = carried or _is_written_as_name(standings, tokens, first, at)
        if not (counts or of_long or further.between):
            return
        joined = [(total + u, (*ends, e)) for total, ends in ways for u, e in further.names][:_MOST_WAYS]
        if counts:
            yield from ((at, total) for total, endings in joined if _agree(endings))
        if not (of_long or further.between):
            return
        ways = joined + ways if further.between else joined


def _is_titled(tokens: Tokens, at: int) -> bool:
    before = tokens.meanings[at - 1] if at else None
    return before is not None and before.title and _BEHIND_TITLE(tokens.gap(at - 1)) is not None


def _is_written_as_name(standings: set[WordStanding], tokens: Tokens, first: int, last: int) -> bool:
    """Whether words are written as those of a name. Everyday words alone have to be "Mark May" or "Mark_May"."""
    if WordStanding.NEVER in standings:
        return False
    if WordStanding.UNCOMMON in standings:
        return True
    if WordStanding.LOWER in standings:
        return False
    start, end = tokens.reach(first, last)
    written = tokens.text[start:end]
    return not written.isupper() or any(map(str.isspace, written)) or BORDER in written


def _adjoin(tokens: Tokens, left: int, right: int) -> bool:
    """Whether two words stand beside each other as words of one name do."""
    if right - left == 1 and tokens.gap(left) == " ":
        return True
    between = tokens.written[left + 1 : right]
    gaps = tokens.gaps(left, right) if right - left <= _MOST_BETWEEN else []
    if gaps == _FIELD or not (gaps and all(map(is_filler, between))):
        return gaps == _FIELD
    for at, gap in enumerate(gaps, left):
        if gap != " " and not (_IN_NAME(gap) and (_is_shortened(tokens.written[at]) or not _ENDS_SENTENCE(gap))):
            return False
    if any(map(_is_label, between)):
        return not _OF_DATA.isdisjoint("".join(gaps))  # "Jan and Kowalski" are two
    in_lower = tokens.written[left][0].islower() or tokens.written[right][0].islower()
    return not in_lower or all(map(_IN_PROSE, gaps))  # "data[i]" is code


def _is_label(word: str) -> bool:
    return word.lower() in _LABELS


def _is_shortened(word: str) -> bool:
    """Whether a full stop behind a word need not end a sentence."""
    return len(word) == 1 or word.lower() in TITLES or _is_label(word)


def _agree(endings: Sequence[Ending]) -> bool:
    """Whether the endings of the words of a name leave no doubt: one that does needs another beside it."""
    return Ending.UNSURE not in endings or endings.count(Ending.NONE) < len(endings) - 1
