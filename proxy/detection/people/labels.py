"""Context words before a slot for a person's name: labels of forms, keys, headers of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from proxy.detection.languages import words
from proxy.detection.text.context import ContextWords, normalised

#: What a finding behind a label of nothing but "name" is called: products and hosts have names, too.
BARE: Final = "bare"
_NAME: Final = frozenset(words("bare_names"))
_OF_PEOPLE: Final = ContextWords(*({*words("people"), *words("name_columns")} - _NAME))
_PERSONAL: Final = ContextWords(*words("personal_columns"))
_GOODS: Final = ContextWords(*words("goods_columns"))


def says_only_name(label: str) -> bool:
    """Whether a label says "name" and not whose."""
    return normalised(label).strip() in _NAME


def is_goods(label: str) -> bool:
    """Whether a key or header is that of goods, by its last words: what is named there like a person is a thing."""
    return _GOODS.closes(f" {' '.join(_subject(label))} ")


def is_personal(label: str) -> bool:
    """Whether a key or header is that of a person's name, or of other personal data, and says more than "name"."""
    parts, subject = normalised(label).split(), _subject(label)
    return bool(subject) and (_PERSONAL.opens(f" {' '.join(subject)} ") or any(map(_closes_persons, (parts, subject))))


def _subject(label: str) -> list[str]:
    """Return the words of a label without one for "name" at its end: "stop_name" as "stop"."""
    parts = normalised(label).split()
    return parts[:-1] if parts and parts[-1] in _NAME else parts


def _closes_persons(words: Sequence[str]) -> bool:
    return _OF_PEOPLE.closes(f" {' '.join(words)} ")
