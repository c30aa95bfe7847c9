"""Names that fill a slot of their own: an item of a list, a line, a cell, a quotation, the value of a person's label.

Words that fill a slot need less evidence to be a name than words in a sentence.
"""

# ruff: noqa: RUF001 -- patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from proxy.detection.people.labels import CLOSINGS, PEOPLE, says_only_name
from proxy.detection.people.vocabulary import FIRMS, LINKS, PLACES
from proxy.detection.people.words import INITIAL, LOWER, TITLE, Word
from proxy.detection.text.context import normalised, unaccented

_MOST = 6
_MOST_LABEL = 4
#: What ends before a slot and what begins behind it; bullets and numbers of lists belong to neither.
_OPENS: Final = re.compile(
    r"(?:^|[\n\"'`“”„«>|;\t()\[\]{<=:,/*]|[-–—•◦‣☐+] )(?:[-–—•◦‣☐+*\s]|\d[.)]?|\[[ xX]?\])*+['\"]?\Z"
)
_CLOSES: Final = re.compile(
    r"\.?\s*\Z|\.?\s*\n|\s*[\"'`”“»<|;\t)\]}>/]|,(?! )|\s?:(?!\w)|:mailto| [-–—(<\[@#]| \d|,? and |, ?\n"
)
#: What follows goods, drugs or labels.
_AMOUNT: Final = re.compile(r" \d|\s?:")
_LABELLED: Final = re.compile(r"[\"']?\]?\s?[:=>]+[\s\"'\[{(*]{0,4}\Z|\s?\(\Z")
_CLOSED: Final = re.compile(r"[,.!]?[^\S\n]*+\n\s*+(?:[-–—*_]{1,3}\s*+)?\Z")
_KEY: Final = re.compile(r" \w{1,40}=")
#: The name of a vCard: family name, given name (RFC 6350 section 6.2.2).
_CARD: Final = re.compile(
    r"(?m)^N(?:;[A-Za-z0-9=-]{1,40})*:(?P<family>[^\W\d_][^;:\n]{1,40});(?P<given>[^\W\d_][^;:\n]{1,40})"
)
#: A word counts below this probability of being nothing: with other evidence, without any.
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


def slots(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int, bool]]:
    """Yield the spans of names that fill a slot, and whether the label of a person stands before it."""
    phrases = list(_phrases(text, words))
    for before, phrase, behind in zip([None, *phrases], phrases, [*phrases[1:], None], strict=False):
        gap = text[max(before.end if before else 0, phrase.start - _REACH) : phrase.start]
        if len(phrase.words) <= _MOST and _OPENS.search(gap) is not None:
            labelled = before is not None and _is_labelled(text, before, gap)
            span = _filled(text, phrase, behind, labelled=labelled)
            if span is not None:
                yield *span, labelled and before is not None and not says_only_name(before.words[-1].text)
    for card in _CARD.finditer(text):
        yield *card.span("family"), True
        yield *card.span("given"), True


def _filled(text: str, phrase: _Phrase, behind: _Phrase | None, *, labelled: bool) -> tuple[int, int] | None:
    """Return the span of the name in a phrase, including what follows a comma ("family, given")."""
    if behind is not None and text[phrase.end : behind.start] == ", " and len(behind.words) <= _MOST:
        given_name = _without_key(text, behind)
        if _ends(text, given_name[-1]) and _is_turned(phrase.words, given_name, labelled=labelled):
            return phrase.start, given_name[-1].end
    name = _without_key(text, phrase)
    end = name[-1].end
    if not (_ends(text, name[-1]) or (labelled and text.startswith((", ", ". "), end))):
        return None
    goods = _AMOUNT.match(text, end) is not None
    return (name[0].start, end) if _is_name(name, labelled=labelled, goods=goods) else None


def _phrases(text: str, words: Sequence[Word]) -> Iterator[_Phrase]:
    if not words:
        return
    phrase = [words[0]]
    for first, second in pairwise(words):
        gap = text[first.end : second.start]
        if gap in {" ", "\u00a0"} or (first.style == INITIAL and gap in {". ", "."}):
            phrase.append(second)
        else:
            yield _Phrase(phrase)
            phrase = [second]
    yield _Phrase(phrase)


def _without_key(text: str, phrase: _Phrase) -> list[Word]:
    """Return the words of a phrase without a key at its end: "anna nowak priority=2"."""
    key = len(phrase.words) > 1 and text[phrase.end : phrase.end + 1] == "="
    return phrase.words[:-1] if key else phrase.words


def _ends(text: str, last: Word) -> bool:
    return _CLOSES.match(text, last.end) is not None or _KEY.match(text, last.end) is not None


def _is_labelled(text: str, before: _Phrase, gap: str) -> bool:
    """Whether a label or the closing of a letter before the slot announces a person's name."""
    label = text[before.words[-_MOST_LABEL:][0].start : before.end]
    if _LABELLED.match(gap):
        return PEOPLE.closes(normalised(label))
    return _CLOSED.match(gap) is not None and CLOSINGS.closes(normalised(label.lower()))


def _bare(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.text.lower() not in LINKS]


def _is_turned(family: Sequence[Word], given_name: Sequence[Word], *, labelled: bool) -> bool:
    """Whether "Whitcombe, Clifford" fills the slot: the second is a given name, the first may be a family name."""
    first, second = _bare(family), [word for word in _bare(given_name) if word.style != INITIAL]
    if not first or not second or not _fit([*first, *second]) or len(second) > 2:  # noqa: PLR2004 -- two given names
        return False
    if all(word.person for word in (*first, *second)):
        return True  # one name, not two
    is_known = any(word.sure or (labelled and word.given) for word in second)
    named = any(word.person or (word.family and not word.ordinary) for word in first)
    if named and not any(word.ordinary for word in second):
        return True
    return (is_known or labelled) and any(not word.ordinary or word.family for word in first)


def _is_name(words: Sequence[Word], *, labelled: bool, goods: bool) -> bool:
    """Whether the words in a slot are a name. ``goods``: what follows them suggests a thing or a label."""
    bare = _bare(words)
    full = [word for word in bare if word.style != INITIAL]
    other = unaccented(words[0].text) in PLACES or unaccented(" ".join(word.text for word in words)) in FIRMS
    if not full or not _fit(bare) or all(word.person for word in full) or (not labelled and other):
        return False
    if len(full) == 1:
        return _is_one(full[0], labelled=labelled, initial=len(bare) > 1)
    plain = sum(_is_plain(word) for word in full)
    named = any((word.given or word.family) and not word.ordinary for word in full)
    small = full[0].style == LOWER
    if labelled:
        return plain < len(full) and (named or not small or not plain)
    return not plain and named if small else _is_item(full, plain=plain, named=named, goods=goods)


def _is_item(words: Sequence[Word], *, plain: int, named: bool, goods: bool) -> bool:
    """Whether capitalised words without a label are a name: ``plain`` of them are ordinary, one is ``named``."""
    if any(word.placed for word in words) and not any(word.unmistakable for word in words):
        return False
    if any(word.sure for word in words):
        return plain < len(words)
    return not plain and min(word.outside for word in words) < _DOUBT and (named or not goods)


def _is_one(word: Word, *, labelled: bool, initial: bool) -> bool:
    """Whether one word, perhaps with an initial, fills the slot of a name."""
    if word.ordinary and not word.sure:
        return labelled and word.style == TITLE and (initial or word.given or word.family)
    listed = word.sure or (word.family and not word.ordinary)
    if initial:
        return word.style == TITLE and (labelled or listed or word.outside < _DOUBT)
    return labelled and (word.sure or (word.style != LOWER and (listed or word.outside < _MAYBE)))


def _is_plain(word: Word) -> bool:
    """Whether a word is an ordinary one rather than a name."""
    return word.ordinary and not word.sure and (word.common or not word.family)


def _fit(words: Sequence[Word]) -> bool:
    """Whether the words have one capitalisation and none of them belongs to something else."""
    styles = {word.style for word in words} - {INITIAL}
    return len(styles) == 1 and not any(word.barred or word.taken for word in words)
