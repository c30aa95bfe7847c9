"""Finds values whose letters or digits stand in a text in order, with other signs between them, or backwards.

What a text holds of one sort of signs is searched as a plain string. A hit counts if it stands apart from its
neighbours and is not an accident: forwards, something must part it where the value has no border of its own; words that
happen to follow one another ("smart in", "the car, men of") spell no name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

from proxy.core.search import names
from proxy.core.search.anchors import anchored
from proxy.core.search.needs import Test, always, shaped
from proxy.core.search.occurrences import APART
from proxy.core.search.skeleton import places, skeleton

#: Where the words of a form end; None if it counts only where each of its signs is apart from the next.
Ends = frozenset[int] | None
_LEAST = 6
#: The most characters between two signs of a form.
WIDEST_GAP = 24
_CHUNK = 1024
_FEW = 300  # forms that one automaton looks for
#: What parts the letters of one word for the eye or in a program alone.
_MARKUP = re.compile(r"""[*~`\u200b-\u200d\u2060\ufeff]{1,3}|\u2063|["'] ?[+] ?["']""").fullmatch
_DIGITS: Final = "0123456789"


class _Others(dict[int, int | None]):
    """A translation that deletes all that it does not hold."""

    def __missing__(self, code: int) -> None:
        self[code] = None


#: A sort of signs: what removes the others from a skeleton, and whether a sign is one of a longer word or number.
Sort = tuple[Mapping[int, int | None], Callable[[str], bool]]
LETTERS: Final[Sort] = (dict.fromkeys(map(ord, _DIGITS)), str.isalpha)
DIGITS: Final[Sort] = (_Others((ord(digit), ord(digit)) for digit in _DIGITS), str.isdecimal)
BOTH: Final[Sort] = ({}, str.isalnum)


class InOrder:
    """Searches for forms, skeletons of one sort of signs."""

    __slots__ = ("_dropped", "_ends", "_indices", "_sort", "_tests")

    def __init__(self, forms: Mapping[str, Ends], sort: Sort) -> None:
        self._sort = sort
        self._ends = {form: (ends, True) for form, ends in forms.items()}
        for form, ends in forms.items():
            self._ends.setdefault(form[::-1], (ends and frozenset(), False))
        self._indices = anchored(self._ends)
        self._dropped = bytes(code for code in range(128) if not chr(code).translate(sort[0]))
        self._tests: dict[int, Test] = {}  # for forms from a length on

    def among(self, text: str, bones: str, least: int, *, apart: bool = True) -> bool:
        """Whether a form of at least so many signs is in a text, given with its skeleton; ``apart``: in pieces."""
        if not self.possible(bones, least):
            return False
        signs = self._signs(f"0x{bones}x0")
        all_hits = (hit for index in self._indices for hit in index.find(signs) if len(hit[1]) >= least)
        hits = [(at, form) for at, form in all_hits if 0 < at < len(signs) - len(form)]  # none holds the added signs
        text = f"0x {text} x0"  # so that there is a sign before each, and one behind
        around = _Around(text, self._sort[0])
        spans = ((around.offsets(at - 1, at + len(form)), form) for at, form in hits)
        return any(self._is_deliberate(text, offsets, form, apart=apart) for offsets, form in spans)

    def possible(self, bones: str, least: int) -> bool:
        """Whether a text may hold a form of at least so many signs, by its skeleton."""
        if least not in self._tests:
            forms = [form for form in self._ends if len(form) >= least]
            self._tests[least] = (shaped("|".join(forms)) if len(forms) <= _FEW else always) if forms else _never
        return bool(self._tests[least](self._signs(bones)))

    def _signs(self, bones: str) -> str:
        if bones.isascii():  # many times faster
            return bones.encode().translate(None, self._dropped).decode()
        return bones.translate(self._sort[0])

    def _is_deliberate(self, text: str, at: Sequence[int], form: str, *, apart: bool) -> bool:
        """Whether a form is there on purpose; ``at``: its signs, one before and one behind."""
        of_one = self._sort[1]
        before, *gaps, behind = (text[here + 1 : there] for here, there in pairwise(at))
        if all(map(of_one, before)) or all(map(of_one, behind)):
            return False
        if any(len(gap) > WIDEST_GAP or APART in gap for gap in gaps):
            return False
        cuts = [index for index, gap in enumerate(gaps, 1) if gap]
        ends, forwards = self._ends[form]
        if ends is None or len(cuts) == len(gaps) or not apart:
            return ends is not None or (apart and len(cuts) == len(gaps))
        if len(form) < _LEAST or (forwards and ends.issuperset(cuts)):
            return False
        pieces = [form[start:end] for start, end in pairwise((0, *cuts, len(form)))]
        return of_one is str.isdecimal or _is_no_accident(pieces, [gaps[cut - 1] for cut in cuts], forwards=forwards)


def _never(_: str) -> bool:
    return False


def _is_no_accident(pieces: Sequence[str], gaps: Sequence[str], *, forwards: bool) -> bool:
    """Whether the pieces of a value are not words that happen to follow one another."""
    if gaps and all(map(_MARKUP, gaps)):
        return True
    odd = sum(not (piece in names.SHORT_WORDS or names.is_common(piece)) for piece in pieces)
    blanks = any(map(str.isspace, "".join(gaps)))
    if len(gaps) > 1 and forwards:
        return odd > blanks
    return odd == len(pieces) and not (blanks and forwards)


class _Around:
    """The offsets in a text of the signs of its skeleton, worked out around those that are asked for."""

    def __init__(self, text: str, kept: Mapping[int, int | None]) -> None:
        self._text, self._kept = text, kept
        chunks = (text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK))
        self._before = [0, *accumulate(len(skeleton(chunk).translate(kept)) for chunk in chunks)]
        self._positions: dict[int, list[int]] = {}

    def offsets(self, first: int, last: int) -> list[int]:
        """Return the offsets of the signs ``first`` to ``last``."""
        number = start = bisect_right(self._before, first) - 1
        positions: list[int] = []
        while self._before[start] + len(positions) <= last:
            if number not in self._positions:
                chunk = self._text[number * _CHUNK : (number + 1) * _CHUNK]
                signs = zip(places(chunk), skeleton(chunk), strict=True)
                self._positions[number] = [number * _CHUNK + at for at, sign in signs if sign.translate(self._kept)]
            positions += self._positions[number]
            number += 1
        return positions[first - self._before[start] : last + 1 - self._before[start]]
