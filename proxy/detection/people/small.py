"""Names in small letters: a given name that is no word, and a family name or an unknown word behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.detection.people.vocabulary import DEALS, LINKS
from proxy.detection.people.words import LOWER, SHORT, Word

_LINKED: Final = re.compile(rf" (?:(?:{'|'.join(sorted(LINKS))}) ){{0,3}}")
_ALONE, _NEAR, _MAYBE, _BESIDE, _DOUBT, _SURE = 0.9, 0.95, 0.97, 0.99, 0.995, 0.999
_TO: Final = frozenset({"a", "à", "do", "da", "al", "ao"})
#: Words before a thing as often as before somebody.
_OF: Final = frozenset({"of", "de", "di", "da", "do", "von", "van", "par", "by", "per"})
_WITH: Final = frozenset({"with", "mit", "avec", "con", "com", "met", "z"})
#: Endings of words that are no names, in the eight languages.
_ENDINGS: Final = re.compile(
    r"(?:ing|tion|ed|ly|ment|ness|able|ible|ous|ful|ung|keit|heit|lich|isch|ción|mente|ado|ada|ando|iendo|zione|ato|ata"
    r"|are|ere|ire|ção|mento|amento|eren|eert|lijk|heid|ować|anie|enie|ość|ego|nej)\Z"
)


def small(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield where names in small letters stand."""
    before: Word | None = None
    for index, word in enumerate(words):
        other = next((one for one in words[index + 1 : index + 5] if one.text not in LINKS), None)
        if other is not None and word.text not in LINKS and _fits(word, other):
            linked = _LINKED.fullmatch(text, word.end, other.start) is not None
            if linked and _is_name(before, word, other):
                yield word.start, other.end
        before = word


def _fits(word: Word, other: Word) -> bool:
    plain = word.style == other.style == LOWER and not (word.taken or other.taken or word.barred or other.barred)
    return plain and len(other.text) > SHORT


def _is_name(before: Word | None, word: Word, other: Word) -> bool:
    if word.person:
        return not other.person and other.outside < (_ALONE if other.ordinary else _BESIDE)
    near = other.person or (max(word.outside, other.outside) < _NEAR and (word.sure or not other.ordinary))
    if word.given and near and word.outside < _MAYBE:
        return True
    if word.ordinary and other.ordinary:
        return False
    dealt = before is None or before.text.lower() in DEALS or before.text.lower() in _TO
    told = other.person or min(other.outside, word.outside) < _MAYBE
    if not word.sure or word.ordinary:
        return _is_worded(before, word, other) or (
            word.given and other.family and (dealt or told) and not (word.common and other.common)
        )
    if other.family or told:
        return dealt or told or (other.family and not other.common)
    rare = not other.given and len(other.text) > SHORT + 1 and _ENDINGS.search(other.text) is None
    return rare and (dealt or not other.ordinary or (word.unmistakable and len(word.text) > SHORT + 1))


def _is_worded(before: Word | None, word: Word, other: Word) -> bool:
    """Whether a given name that is a word too is one: behind a word that deals with people alone."""
    if not word.sure or other.ordinary:
        return False
    outside, low = min(other.outside, word.outside), "" if before is None else before.text.lower()
    return not low or (low in DEALS - _OF and outside < (_DOUBT if low in _WITH else _SURE))
