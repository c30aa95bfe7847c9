"""Names among capitalised words: in rows of words that stand together and are written alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.detection.languages import words as vocabulary
from proxy.detection.people.vocabulary import DEALS, FIRMS, LINKS, PLACES
from proxy.detection.people.words import INITIAL, LOWER, TITLE, Word
from proxy.detection.text.context import unaccented

_LINKED: Final = rf"(?:(?:{'|'.join(sorted(LINKS))})[ ])"
_SPACE: Final = re.compile(rf"[ \u00a0]{_LINKED}{{0,3}}\Z", re.IGNORECASE)
_POINT: Final = re.compile(rf"[.](?:[ ]{_LINKED}{{0,3}})?\Z", re.IGNORECASE)
_MOST = 6
#: How sure the classifier is at most that a word is nothing, for it to count: alone, near a name, beside one, in a row.
_ALONE, _MAYBE, _BESIDE, _PAIR, _PAIR_BEST, _DOUBT, _SURE = 0.9, 0.97, 0.99, 0.95, 0.92, 0.995, 0.9995
#: So sure at most that an ordinary word of the language is nothing.
_LIKELY = 0.5
#: So much must speak for two words to be a name.
_ENOUGH = 3
#: Links that join nothing but names.
_NOBLE: Final = frozenset(vocabulary("noble_links"))
#: Initials that are a word at the front of a sentence.
_WORDS: Final = frozenset("IAOEY")


def rows(text: str, words: Sequence[Word], *, nouns: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where names stand; ``nouns``: every noun of the language begins with a capital."""
    row: list[Word] = []
    before: Word | None = None
    last: Word | None = None
    noble = False
    for word in words:
        link = bool(row) and word.text.lower() in LINKS
        ends = word.style == LOWER or word.taken or (word.barred and not word.person)
        if row and not link and (ends or len(row) >= _MOST or not _together(text, row[-1], word)):
            yield from _named(row, before, nouns=nouns)
            row = []
        if not ends and not link:
            if not row:
                before = last if last is not None and not text[last.end : word.start].strip(" \u00a0\"'(") else None
            word.linked = last is not None and last.text.lower() in LINKS and not noble
            word.turned = bool(row) and text[row[-1].end : word.start] == ", "
            row.append(word)
        noble = link and (noble or word.text.lower() in _NOBLE)
        last = word
    if row:
        yield from _named(row, before, nouns=nouns)


def _together(text: str, one: Word, other: Word) -> bool:
    """Whether two words can belong to one name: a space, links, an initial's point, the comma of "family, given"."""
    gap = text[one.end : other.start]
    if _SPACE.match(gap):
        return one.style == other.style or INITIAL in {one.style, other.style} or (one.person and other.person)
    if one.style == INITIAL and _POINT.match(gap):
        return True
    return gap == ", " and one.style == other.style and _turned(one, other)


def _turned(one: Word, other: Word) -> bool:
    """Whether "Whitcombe, Clifford" is a name: the second is known or found, the first may be a family name."""
    if other.unmistakable and (one.given or one.family or not one.ordinary):
        return not (one.placed and one.given) or one.unmistakable
    if one.opens and not one.family and one.outside >= (_DOUBT if other.unmistakable else _MAYBE):
        return False
    doubt = _SURE if (other.unmistakable or not one.ordinary) and not one.opens else _BESIDE
    first = one.person or one.family or (one.outside < doubt and not one.given)
    second = other.person or (other.given and (other.sure or other.outside < _MAYBE))
    return first and second and not (one.placed and other.placed and one.given)


def _named(row: Sequence[Word], before: Word | None, *, nouns: bool) -> Iterator[tuple[int, int]]:
    """Yield the name in a row of words, if any."""
    core = [index for index in range(len(row)) if _is_core(row, index, before)]
    if not core or _is_place(row, before):
        return
    first, last = core[0], core[-1]
    while first and _beside(row[first - 1], row[first]):
        first -= 1
    if last + 1 < len(row) and _is_pair(row[last], row[last + 1], before, nouns=nouns):
        last += 1
    while last + 1 < len(row) and _behind(row[last + 1], row[last], nouns=nouns):
        last += 1
    name = row[first : last + 1]
    if all(word.person or word.style == INITIAL for word in name) or _is_firm(name) or _is_worded(name):
        return
    if len(name) > 1 or _alone(name[0], before):
        yield name[0].start, name[-1].end


def _is_place(row: Sequence[Word], before: Word | None) -> bool:
    heads = [row[0], *([before] if before is not None else [])]
    return not row[0].person and any(unaccented(word.text) in PLACES for word in heads)


def _is_firm(name: Sequence[Word]) -> bool:
    return unaccented(" ".join(word.text for word in name)) in FIRMS


def _is_worded(name: Sequence[Word]) -> bool:
    """Whether nothing but ordinary words makes up what nobody else took for a name."""
    full = [word for word in name if word.style != INITIAL]
    if any(word.person or word.sure or not word.ordinary for word in full):
        return False
    if name[0].style == INITIAL and full[-1].family:
        return full[-1].outside >= (_BESIDE if full[-1].style == TITLE else _ALONE)
    return not any(word.given or word.family for word in full) or max(word.outside for word in full) >= _ALONE


def _is_core(row: Sequence[Word], index: int, before: Word | None) -> bool:
    """Whether a word is evidence by itself, given the row that it stands in."""
    word = row[index]
    if word.person or (len(row) == 1 and _alone(word, before)):
        return True
    if index and row[index - 1].style == INITIAL and word.style == TITLE:
        return word.family or (len(row) <= 3 and _after_initial(word, before))  # noqa: PLR2004 -- "J. R. Kos"
    if word.style == INITIAL:
        return False
    behind = row[index + 1] if index + 1 < len(row) else None
    if behind is not None and behind.style != INITIAL and _weight(word, behind, before) >= _ENOUGH:
        return True
    if _is_given(word) and len(row) > 1 and (word.turned or not word.placed):
        return True
    return not word.placed and _nearly(row, index)


def _after_initial(word: Word, before: Word | None) -> bool:
    return _dealt(before) or word.outside < (_ALONE if word.placed else _DOUBT)


def _weight(one: Word, other: Word, before: Word | None) -> int:
    """What speaks for two words being a given and a family name: the lists, what stands before, the classifier."""
    if min(one.outside, other.outside) >= _SURE or (one.ordinary and not one.given):
        return 0
    first = 2 if _is_given(one) else int(one.given)
    second = int(other.family or other.given) + int(other.family and not other.ordinary)
    second = second or int(one.given and not other.ordinary and other.style == one.style)
    if not (first or second):
        return 0
    outside = min(one.outside, other.outside)
    told = 2 if outside < _MAYBE else int(outside < _DOUBT)
    placed = (one.placed or other.placed) and not one.sure
    return first + second + told + int(_dealt(before)) - int(placed) - int(one.opens and not one.sure)


def _is_pair(one: Word, other: Word, before: Word | None, *, nouns: bool) -> bool:
    """Whether a name and the word behind it are a given and a family name, where that is not just a noun."""
    noun = nouns and other.ordinary and not (other.given or other.family)
    return not noun and _weight(one, other, before) >= _ENOUGH


def _nearly(row: Sequence[Word], index: int) -> bool:
    """Whether the classifier nearly takes a word and the one beside it for a name."""
    word = row[index]
    if word.opens or word.outside >= (_LIKELY if word.ordinary else _PAIR):
        return False
    beside = (row[other] for other in (index - 1, index + 1) if 0 <= other < len(row))
    near = [other for other in beside if not other.placed and other.style != INITIAL]
    least = min((other.outside for other in near), default=1.0)
    return least < _MAYBE and min(word.outside, least) < _PAIR_BEST


def _alone(word: Word, before: Word | None) -> bool:
    """Whether one word by itself is somebody."""
    if not word.sure or word.opens or word.placed or word.style != TITLE:
        return False
    return word.outside < (_MAYBE if _dealt(before) else _ALONE)


def _dealt(before: Word | None) -> bool:
    """Whether the word before deals with somebody: "with", "for", "von"."""
    return before is not None and before.text.lower() in DEALS


def _beside(word: Word, name: Word) -> bool:
    """Whether the word before a name belongs to it: at the front of a sentence a known name alone does."""
    if word.style == INITIAL:
        return not word.opens or word.text not in _WORDS
    if name.turned and (word.family or not word.ordinary):
        return True
    if word.ordinary and not word.sure:
        return word.outside < (_ALONE if word.given or word.family or name.turned else _LIKELY)
    if word.opens and not name.turned:
        return word.given or (word.family and word.outside < _BESIDE)
    return _is_listed(word) or word.outside < (_ALONE if name.start - word.end > 1 else _BESIDE)


def _is_given(word: Word) -> bool:
    """Whether a word is a given name that the classifier does not rule out: one that is a word too (a noun) it may."""
    return word.sure and word.outside < (_SURE if word.unmistakable else _DOUBT)


def _is_listed(word: Word) -> bool:
    return (word.given or word.family) and word.outside < (_BESIDE if word.common else _DOUBT)


def _behind(word: Word, name: Word, *, nouns: bool) -> bool:
    """Whether the word behind a name belongs to it."""
    if word.style == INITIAL or _is_listed(word):
        return True
    if word.ordinary and (nouns or not name.sure):
        return word.outside < (_ALONE if word.given or word.family else _LIKELY)
    if word.linked:
        return word.outside < _ALONE
    if name.unmistakable and word.style == name.style:
        return word.outside < _SURE
    return word.outside < (_DOUBT if name.sure and not name.person else _BESIDE)
