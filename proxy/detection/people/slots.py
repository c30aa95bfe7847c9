"""Names that fill a place by themselves: an item of a list, a line, a cell, a quotation, what a person's label says.

Where a place holds nothing but words that can be a name, less must speak for them than in a sentence.
"""

# ruff: noqa: RUF001 -- patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from proxy.detection.people.labels import CLOSINGS, PEOPLE
from proxy.detection.people.vocabulary import FIRMS, LINKS, PLACES
from proxy.detection.people.words import INITIAL, LOWER, TITLE, Word
from proxy.detection.text.context import ContextWords, normalised, unaccented

_MOST = 6
_MOST_LABEL = 4
#: What ends before a place and what begins behind it; the marks and numbers of lists belong to neither.
_OPENS: Final = re.compile(
    r"(?:^|[\n\"'`“”„«>|;\t()\[\]{<=:,/*]|[-–—•◦‣☐+] )(?:[-–—•◦‣☐+*]|\d{1,3}[.)]?|\s|\[[ xX]?\])*['\"]?\Z"
)
_CLOSES: Final = re.compile(
    r"\.?\s*\Z|\.?\s*\n|\s*[\"'`”“»<|;\t)\]}>/]|,(?! )|\s?:(?!\w)|:mailto| [-–—(<\[@#]| \d|,? and |, ?\n"
)
#: What stands behind words that are goods, drugs or labels.
_AMOUNT: Final = re.compile(r" \d|\s?:")
_LABELLED: Final = re.compile(r"[\"']?\]?\s?[:=>]+[\s\"'\[{(*]{0,4}\Z|\s?\(\Z")
_CLOSED: Final = re.compile(r"[,.!]?\s*\n\s*(?:[-–—*_]{0,3}\s*)?\Z")
_KEY: Final = re.compile(r" \w{1,40}=")
#: The name of a card: family name, given name.
_CARD: Final = re.compile(
    r"(?m)^N(?:;[A-Za-z0-9=-]{1,40})*:(?P<family>[^\W\d_][^;:\n]{1,40});(?P<given>[^\W\d_][^;:\n]{1,40})"
)
#: How sure the classifier is at most that a word is nothing: where others speak for it, where nobody does.
_DOUBT, _MAYBE = 0.99, 0.97
_REACH = 48


@dataclass(slots=True)
class _Phrase:
    """Words with nothing but spaces and points of initials between them."""

    words: list[Word]

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end


def slots(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield where a name fills a place."""
    phrases = list(_phrases(text, words))
    for before, phrase, behind in zip([None, *phrases], phrases, [*phrases[1:], None], strict=False):
        gap = text[max(before.end if before else 0, phrase.start - _REACH) : phrase.start]
        if len(phrase.words) <= _MOST and _OPENS.search(gap) is not None:
            span = _filled(text, phrase, behind, told=before is not None and _told(text, before, gap))
            if span is not None:
                yield span
    for card in _CARD.finditer(text):
        yield card.span("family")
        yield card.span("given")


def _filled(text: str, phrase: _Phrase, behind: _Phrase | None, *, told: bool) -> tuple[int, int] | None:
    """Return where the name stands that a phrase is, with the one behind its comma or without."""
    if behind is not None and text[phrase.end : behind.start] == ", " and len(behind.words) <= _MOST:
        given = _kept(text, behind)
        if _ends(text, given[-1]) and _is_turned(phrase.words, given, told=told):
            return phrase.start, given[-1].end
    kept = _kept(text, phrase)
    end = kept[-1].end
    if not (_ends(text, kept[-1]) or (told and text.startswith(", ", end))):
        return None
    goods = _AMOUNT.match(text, end) is not None
    return (kept[0].start, end) if _is_name(kept, told=told, goods=goods) else None


def _phrases(text: str, words: Sequence[Word]) -> Iterator[_Phrase]:
    if not words:
        return
    phrase = [words[0]]
    for one, other in pairwise(words):
        gap = text[one.end : other.start]
        if gap in {" ", "\u00a0"} or (one.style == INITIAL and gap in {". ", "."}):
            phrase.append(other)
        else:
            yield _Phrase(phrase)
            phrase = [other]
    yield _Phrase(phrase)


def _kept(text: str, phrase: _Phrase) -> list[Word]:
    """Return the words of a phrase without a key at its end: "anna nowak priority=2"."""
    key = len(phrase.words) > 1 and text[phrase.end : phrase.end + 1] == "="
    return phrase.words[:-1] if key else phrase.words


def _ends(text: str, last: Word) -> bool:
    return _CLOSES.match(text, last.end) is not None or _KEY.match(text, last.end) is not None


def _told(text: str, before: _Phrase, gap: str) -> bool:
    """Whether what stands before says that a person's name comes."""
    label = text[before.words[-_MOST_LABEL:][0].start : before.end]
    if _LABELLED.match(gap):
        return _closes_with(PEOPLE, normalised(label))
    return _CLOSED.match(gap) is not None and _closes_with(CLOSINGS, normalised(label.lower()))


def _closes_with(words: ContextWords, label: str) -> bool:
    return words.nearest(label) == len(label) - 1


def _bare(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.text.lower() not in LINKS]


def _is_turned(family: Sequence[Word], given: Sequence[Word], *, told: bool) -> bool:
    """Whether "Whitcombe, Clifford" fills the place: the second is a given name, the first may be a family name."""
    first, second = _bare(family), [word for word in _bare(given) if word.style != INITIAL]
    if not first or not second or not _fit([*first, *second]) or len(second) > 2:  # noqa: PLR2004 -- two given names
        return False
    if all(word.person for word in (*first, *second)):
        return True  # one name, not two
    known = any(word.sure or (told and word.given) for word in second)
    named = any(word.person or (word.family and not word.ordinary) for word in first)
    if named and not any(word.ordinary for word in second):
        return True
    return (known or told) and any(not word.ordinary or word.family for word in first)


def _is_name(words: Sequence[Word], *, told: bool, goods: bool) -> bool:
    """Whether the words that fill a place are a name; ``goods``: what is behind them speaks for a thing or a label."""
    bare = _bare(words)
    full = [word for word in bare if word.style != INITIAL]
    if not full or not _fit(bare) or all(word.person for word in full) or (not told and _is_other(words)):
        return False
    if len(full) == 1:
        return _is_one(full[0], told=told, initial=len(bare) > 1)
    plain = sum(_is_plain(word) for word in full)
    named = any((word.given or word.family) and not word.ordinary for word in full)
    small = full[0].style == LOWER
    if told:
        return plain < len(full) and (named or not small or not plain)
    return not plain and named if small else _is_item(full, plain=plain, named=named, goods=goods)


def _is_item(words: Sequence[Word], *, plain: int, named: bool, goods: bool) -> bool:
    """Whether capitalised words without a label are a name: ``plain`` of them are ordinary, one is ``named``."""
    if any(word.placed for word in words) and not any(word.unmistakable for word in words):
        return False
    if any(word.sure for word in words):
        return plain < len(words)
    return not plain and min(word.outside for word in words) < _DOUBT and (named or not goods)


def _is_one(word: Word, *, told: bool, initial: bool) -> bool:
    """Whether one word, perhaps with an initial, fills the place of a name."""
    if word.ordinary and not word.sure:
        return initial and told and word.style == TITLE
    listed = word.sure or (word.family and not word.ordinary)
    if initial:
        return word.style == TITLE and (told or listed or word.outside < _DOUBT)
    return told and (word.sure or (word.style != LOWER and (listed or word.outside < _MAYBE)))


def _is_plain(word: Word) -> bool:
    """Whether a word is an ordinary one rather than a name."""
    return word.ordinary and not word.sure and (word.common or not word.family)


def _fit(words: Sequence[Word]) -> bool:
    """Whether the words are written alike and none of them belongs to something else."""
    styles = {word.style for word in words} - {INITIAL}
    return len(styles) == 1 and not any(word.barred or word.taken for word in words)


def _is_other(words: Sequence[Word]) -> bool:
    """Whether the words are a place or a firm that is called like somebody."""
    return unaccented(words[0].text) in PLACES or unaccented(" ".join(word.text for word in words)) in FIRMS
