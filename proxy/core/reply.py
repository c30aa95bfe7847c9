"""The filter of one text of a reply: guard what the model says, then put original values back.

The guard runs first, on pseudonyms instead of originals, so a value that is restored is never mistaken for a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.core.guard import StreamGuard
from proxy.core.records import Finding
from proxy.core.restore import Known, Restorer

#: Kinds of entity a reply may not disclose unless the request itself held them (decisions: response phase).
GUARDED_KINDS = frozenset({"govid", "fin", "pan", "sad", "secret"})


def guarded_types(kinds: Mapping[str, str], own: frozenset[str], necessary: frozenset[str]) -> frozenset[str]:
    """Return the entity types to redact from a reply: of a guarded kind, neither the request's own nor necessary."""
    return frozenset(name for name, kind in kinds.items() if kind in GUARDED_KINDS) - own - necessary


@dataclass(slots=True)
class ReplyFilters:
    """Makes the filters of one reply's texts, and counts what they did."""

    pseudonyms: Mapping[str, str]
    guarded: frozenset[str]
    scan: Callable[[str], tuple[Finding, ...]]
    every_text: bool = False  # the guarded types are not only numbers and secrets
    _made: list[ReplyFilter] = field(default_factory=list)
    _known: Known | None = None

    def needed(self) -> bool:
        """Say whether any text could change; if not, bytes may pass as they are."""
        return bool(self.pseudonyms or self.guarded)

    def change(self, texts: Iterable[str]) -> bool:
        """Say whether one of these whole texts could change."""
        find = self._pseudonyms().find
        return bool(self.guarded) or any(find(text) is not None for text in texts)

    def _pseudonyms(self) -> Known:
        if self._known is None:
            self._known = Known(self.pseudonyms)
        return self._known

    def make(self, inside_json: bool) -> ReplyFilter:
        """Return a fresh filter; ``inside_json`` says that the text itself is JSON."""
        made = ReplyFilter(
            StreamGuard(self.scan, self.guarded, every_text=self.every_text) if self.guarded else None,
            Restorer(self._pseudonyms(), document=inside_json) if self.pseudonyms else None,
        )
        self._made.append(made)
        return made

    def restored(self) -> int:
        """Return how many pseudonyms were put back so far."""
        return sum(one.restorer.restored for one in self._made if one.restorer is not None)

    def redacted(self) -> int:
        """Return how many values were taken out so far."""
        return sum(one.guard.redacted for one in self._made if one.guard is not None)


@dataclass(slots=True)
class ReplyFilter:
    """Guard, then restore."""

    guard: StreamGuard | None
    restorer: Restorer | None

    def feed(self, text: str) -> str:
        """Return what no later text can change."""
        if self.guard is not None:
            text = self.guard.feed(text)
        return self.restorer.feed(text) if self.restorer is not None else text

    def flush(self) -> str:
        """Return what was held back: the text is complete."""
        tail = self.guard.flush() if self.guard is not None else ""
        if self.restorer is None:
            return tail
        return self.restorer.feed(tail) + self.restorer.flush()
