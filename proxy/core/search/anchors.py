"""Searches one skeleton for many forms at once, long ones only at every sixth place.

The six characters at each of the first six places of a form are its anchors; wherever the form occurs, exactly one
anchor begins at a multiple of six. Shorter forms are looked up by their beginning at every place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_ANCHOR = 6  # characters by which forms are looked up, fewer where one is shorter
_STEP = 6
_LEAST = _ANCHOR + _STEP - 1  # characters of a form that holds every anchor


class Anchors:
    """An index of forms with a common anchor length and step."""

    __slots__ = ("_filed", "_forms", "_size", "_step")

    def __init__(self, forms: Iterable[str], size: int, step: int) -> None:
        self._forms = frozenset(forms)
        self._size, self._step = size, step
        self._filed: dict[str, set[tuple[int, int]]] = {}  # anchor -> (its place in a form, that form's length)
        for form in self._forms:
            for offset in range(step):
                self._filed.setdefault(form[offset : offset + size], set()).add((offset, len(form)))

    def find(self, bones: str) -> Iterator[tuple[int, str]]:
        """Yield (offset in the skeleton, form) wherever a form occurs."""
        filed, forms, size = self._filed, self._forms, self._size
        places = range(0, len(bones) - size + 1, self._step)
        for at in [at for at in places if bones[at : at + size] in filed]:
            for offset, length in filed[bones[at : at + size]]:
                form = bones[at - offset : at - offset + length] if at >= offset else ""
                if len(form) == length and form in forms:  # none that the end cut off
                    yield at - offset, form


def anchored(forms: Iterable[str]) -> list[Anchors]:
    """Return the indices of these forms, none of which is empty."""
    all_forms = list(forms)
    long = [form for form in all_forms if len(form) >= _LEAST]
    short = [form for form in all_forms if len(form) < _LEAST]
    anchors = [Anchors(long, _ANCHOR, _STEP)] if long else []
    return [*anchors, Anchors(short, min(_ANCHOR, *map(len, short)), 1)] if short else anchors
