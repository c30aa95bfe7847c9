"""Names among capitalised words: in rows of adjacent words with the same capitalisation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.detection.people.vocabulary import DEALS, FIRMS, LINKS, PLACES
from proxy.detection.people.words import INITIAL, LOWER, TITLE, Word
from proxy.detection.text.context import unaccented

_LINKED: Final = rf"(?:(?:{'|'.join(sorted(LINKS))})[ ])"
_SPACE: Final = re.compile(rf"[ \u00a0]{_LINKED}{{0,3}}\Z", re.IGNORECASE)
_POINT: Final = re.compile(rf"[.](?:[ ]{_LINKED}{{0,3}})?\Z", re.IGNORECASE)
_MOST = 6
_POSSESSIVES: Final = ("'s", "’s")  # noqa: RUF001 -- both marks
#: A word counts below this probability of being nothing: alone, near a name, beside one, in a row.
_ALONE, _MAYBE, _BESIDE, _PAIR, _PAIR_BEST, _DOUBT, _SURE = 0.9, 0.97, 0.99, 0.95, 0.92, 0.995, 0.9995
#: The same for an ordinary word of the language.
_LIKELY = 0.5
#: The weight from which on two words are a name.
_ENOUGH = 3


def rows(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the spans of names."""
    row: list[Word] = []
    before: Word | None = None
    last: Word | None = None
    for word in words:
        link = bool(row) and word.text.lower() in LINKS
        ends = word.style == LOWER or word.taken or (word.barred and not word.person)
        if row and not link and (ends or len(row) >= _MOST or not _together(text, row[-1], word)):
            yield from _names_in(row, before)
            row = []
        if not ends and not link:
            if not row:
                before = last if last is not None and not text[last.end : word.start].strip(" \u00a0\"'(") else None
            word.turned = bool(row) and text[row[-1].end : word.start] == ", "
            row.append(word)
        last = word
    if row:
        yield from _names_in(row, before)


def _together(text: str, first: Word, second: Word) -> bool:
    """Whether two words can belong to one name: by a space, links, an initial's point, the comma of "family, given"."""
    gap = text[first.end : second.start]
    if first.text.endswith(_POSSESSIVES):
        return False
    if _SPACE.match(gap):
        return first.style == second.style or INITIAL in {first.style, second.style} or (first.person and second.person)
    if first.style == INITIAL and _POINT.match(gap):
        return True
    return gap == ", " and first.style == second.style and _turned(first, second)


def _turned(first: Word, second: Word) -> bool:
    """Whether "Whitcombe, Clifford" is a name: the second is known or found, the first may be a family name."""
    if first.country and second.country:
        return False
    if second.unmistakable and (first.given or first.family or not first.ordinary):
        return not (first.placed and first.given) or first.unmistakable
    if first.opens and not first.family and first.outside >= (_DOUBT if second.unmistakable else _MAYBE):
        return False
    doubt = _SURE if (second.unmistakable or not first.ordinary) and not first.opens else _BESIDE
    known_first = first.person or first.family or (first.outside < doubt and not first.given)
    known_second = second.person or (second.given and (second.sure or second.outside < _MAYBE))
    return known_first and known_second and not (first.placed and second.placed and first.given)


def _names_in(row: Sequence[Word], before: Word | None) -> Iterator[tuple[int, int]]:
    """Yield the name in a row of words, if any."""
    core = [index for index in range(len(row)) if _is_core(row, index, before)]
    heads = [row[0], *([before] if before is not None else [])]
    if not core or (not row[0].person and any(unaccented(word.text) in PLACES for word in heads)):
        return
    first, last = core[0], core[-1]
    while first and _beside(row[first - 1], row[first]):
        first -= 1
    if last + 1 < len(row) and _weight(row[last], row[last + 1], before) >= _ENOUGH:
        last += 1
    while last + 1 < len(row) and _behind(row[last + 1]):
        last += 1
    name = row[first : last + 1]
    if all(word.person or word.style == INITIAL for word in name) or _is_worded(name):
        return
    if len(name) > 1 or _alone(name[0], before):
        yield name[0].start, name[-1].end


def _is_worded(name: Sequence[Word]) -> bool:
    """Whether a candidate is a firm, or consists of ordinary words and no model took it for a name."""
    if unaccented(" ".join(word.text for word in name)) in FIRMS:
        return True
    full = [word for word in name if word.style != INITIAL]
    if any(word.person or word.sure or not word.ordinary for word in full):
        return False
    if name[0].style == INITIAL and full[-1].family:
        return full[-1].outside >= (_BESIDE if full[-1].style == TITLE else _ALONE)
    return not any(word.given or word.family for word in full) or max(word.outside for word in full) >= _ALONE


def _is_core(row: Sequence[Word], index: int, before: Word | None) -> bool:
    """Whether a word is evidence by itself, in its row."""
    word = row[index]
    if word.person or (len(row) == 1 and _alone(word, before)):
        return True
    if index and row[index - 1].style == INITIAL and word.style == TITLE:
        likely = _dealt(before) or word.outside < (_ALONE if word.placed else _DOUBT)
        return word.family or (len(row) <= 3 and likely)  # noqa: PLR2004 -- "J. R. Kos"
    if word.style == INITIAL:
        return False
    behind = row[index + 1] if index + 1 < len(row) else None
    if behind is not None and behind.style != INITIAL and _weight(word, behind, before) >= _ENOUGH:
        return True
    if _is_given(word) and len(row) > 1 and (word.turned or not word.placed):
        return True
    return not word.placed and _nearly(row, index)


def _weight(first: Word, second: Word, before: Word | None) -> int:
    """Weigh the evidence that two words are a given and a family name: lists, preceding word, classifier."""
    if min(first.outside, second.outside) >= _SURE or (first.ordinary and not first.given):
        return 0
    weight = 2 if _is_given(first) else int(first.given)
    family = int(second.family or second.given) + int(second.family and not second.ordinary)
    family = family or int(first.given and not second.ordinary and second.style == first.style)
    if not (weight or family):
        return 0
    outside = min(first.outside, second.outside)
    support = 2 if outside < _MAYBE else int(outside < _DOUBT)
    placed = (first.placed or second.placed) and not first.sure
    return weight + family + support + int(_dealt(before)) - int(placed) - int(first.opens and not first.sure)


def _nearly(row: Sequence[Word], index: int) -> bool:
    """Whether the classifier nearly takes a word and its neighbour for a name."""
    word = row[index]
    if word.opens or word.outside >= (_LIKELY if word.ordinary else _PAIR):
        return False
    beside = (row[other] for other in (index - 1, index + 1) if 0 <= other < len(row))
    near = [other for other in beside if not other.placed and other.style != INITIAL]
    least = min((other.outside for other in near), default=1.0)
    return least < _MAYBE and min(word.outside, least) < _PAIR_BEST


def _alone(word: Word, before: Word | None) -> bool:
    """Whether a single word is a name, as every listed one is that is not a word of any language."""
    if not word.sure or word.placed or word.country or word.style != TITLE:
        return False
    return word.unmistakable or (not word.opens and word.outside < (_MAYBE if _dealt(before) else _ALONE))


def _dealt(before: Word | None) -> bool:
    """Whether the preceding word deals with somebody: "with", "for", "von"."""
    return before is not None and before.text.lower() in DEALS


def _beside(word: Word, name: Word) -> bool:
    """Whether the word before a name belongs to it; at the start of a sentence only a known name does."""
    if word.style == INITIAL:
        return True
    if name.turned and (word.family or not word.ordinary):
        return True
    if word.ordinary and not word.sure:
        return word.outside < (_ALONE if word.given or word.family or name.turned else _LIKELY)
    if word.opens and not name.turned:
        return word.given or (word.family and word.outside < _BESIDE)
    return _is_listed(word) or word.outside < (_ALONE if name.start - word.end > 1 else _BESIDE)


def _is_given(word: Word) -> bool:
    """Whether a word is a given name that the classifier does not rule out."""
    return word.sure and word.outside < (_SURE if word.unmistakable else _DOUBT)


def _is_listed(word: Word) -> bool:
    return (word.given or word.family) and word.outside < (_BESIDE if word.common else _DOUBT)


def _behind(word: Word) -> bool:
    """Whether the word after a name belongs to it."""
    return word.style == INITIAL or _is_listed(word) or word.outside < (_LIKELY if word.ordinary else _BESIDE)
