"""The filter of one text of a reply: guard what the model says, then put original values back.

The guard runs first, on pseudonyms instead of originals, so a value that is restored is never mistaken for a leak.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.core.findings import Finding
from proxy.core.replies.examples import is_example
from proxy.core.replies.guard import StreamGuard
from proxy.core.replies.own_values import OwnValues, squeezed
from proxy.core.replies.removal import Removal
from proxy.core.replies.restore import RestorablePseudonyms, Restorer

_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]*(?::[A-Z]+)?\]")

#: Letters and digits from which a part of a pseudonym is told from a short number that is also in it.
_TELLING = 6


class ExpectedValues:
    """What a reply may say although its type is guarded, by value."""

    __slots__ = ("_ours", "_own", "_pseudonyms")

    def __init__(self, own: OwnValues, pseudonyms: Mapping[str, str]) -> None:
        self._own = own
        self._pseudonyms = pseudonyms
        self._ours: tuple[str, ...] | None = None

    def __call__(self, entity_type: str, value: str) -> bool:
        """Whether the value is a label or pseudonym of ours, an example, or stood in the request."""
        if _LABEL.fullmatch(value) or self._is_ours(value):
            return True
        return is_example(entity_type, value) or self._own.hold(value)

    def _is_ours(self, value: str) -> bool:
        if self._ours is None:
            self._ours = tuple(map(squeezed, self._pseudonyms))
        bare = squeezed(value)
        return len(bare) >= _TELLING and any(bare in pseudonym for pseudonym in self._ours)


def _nothing(_entity_type: str, _value: str) -> bool:
    return False


@dataclass(slots=True)
class ReplyFilters:
    """Makes the filters of one reply's texts, and counts what they did."""

    pseudonyms: Mapping[str, str]  # texts whose filter is made later are given back what has come since
    guarded: frozenset[str]
    scan: Callable[[str], tuple[Finding, ...]]
    expected: Callable[[str, str], bool] = _nothing  # (entity type, value) -> the reply may say it
    every_text: bool = False  # the guarded types are not only numbers, addresses and secrets
    removal: Removal | None = None  # of values that were found in the whole reply
    _made: list[ReplyFilter] = field(default_factory=list)
    _known: RestorablePseudonyms | None = None
    _size: int = 0  # how many are known in it

    def needed(self) -> bool:
        """Say whether any text could change; if not, bytes may pass as they are."""
        return bool(self.pseudonyms or self.guarded or self.removal)

    def change(self, texts: Iterable[str]) -> bool:
        """Say whether one of these whole texts could change."""
        find = self._pseudonyms().find
        return bool(self.guarded) or any(find(text) is not None for text in texts)

    def _pseudonyms(self) -> RestorablePseudonyms:
        if self._known is None or self._size != len(self.pseudonyms):
            self._known, self._size = RestorablePseudonyms(self.pseudonyms), len(self.pseudonyms)
        return self._known

    def make(self, inside_json: bool) -> ReplyFilter:
        """Return a fresh filter; ``inside_json`` says that the text itself is JSON."""
        made = ReplyFilter(
            self._guard(inside_json) if self.guarded else None,
            Restorer(self._pseudonyms(), document=inside_json) if self.pseudonyms else None,
            self.removal,
        )
        self._made.append(made)
        return made

    def _guard(self, inside_json: bool) -> StreamGuard:
        return StreamGuard(self.scan, self.guarded, self.expected, every_text=self.every_text, document=inside_json)

    def restored(self) -> int:
        """Return how many pseudonyms were put back so far."""
        return sum(one.restorer.restored for one in self._made if one.restorer is not None)

    def redacted(self) -> Mapping[str, int]:
        """Return how many values of each type were taken out so far."""
        counts: Counter[str] = Counter(self.removal.types if self.removal else ())
        for one in self._made:
            if one.guard is not None:
                counts.update(one.guard.types)
        return dict(sorted(counts.items()))


@dataclass(slots=True)
class ReplyFilter:
    """Remove, guard, then restore. What is to be removed is looked for in the whole text, so nothing is said before."""

    guard: StreamGuard | None
    restorer: Restorer | None
    removal: Removal | None = None
    _held: list[str] = field(default_factory=list)

    def feed(self, text: str) -> str:
        """Return what no later text can change."""
        if self.removal is not None:
            self._held.append(text)
            return ""
        return self._said(text)

    def _said(self, text: str) -> str:
        if self.guard is not None:
            text = self.guard.feed(text)
        return self.restorer.feed(text) if self.restorer is not None else text

    def flush(self) -> str:
        """Return what was held back: the text is complete."""
        before = self._said(self.removal("".join(self._held))) if self.removal is not None else ""
        self._held.clear()
        tail = self.guard.flush() if self.guard is not None else ""
        if self.restorer is None:
            return before + tail
        return before + self.restorer.feed(tail) + self.restorer.flush()
