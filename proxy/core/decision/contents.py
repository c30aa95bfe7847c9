"""What a whole reply holds: which types of entity, and whether the request explains them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from proxy.core.decision import facts
from proxy.core.decision.inspection import summarise
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import EntitySummary
from proxy.core.replies.guard import said_anyhow

#: Kinds of entity of which no reply is searched for other values than the request's own: names, places, dates, words.
_NEVER_GUARDED = frozenset({"quasi", "attr"})


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reply holds; types of which all values stood in the request; types with other values."""

    entities: tuple[EntitySummary, ...] = ()
    own: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()

    def with_named(self, named: Mapping[str, str]) -> Contents:
        """Return what it holds with what detection found beyond the patterns (value -> type)."""
        if not named:
            return self
        counts = Counter(named.values())
        found = tuple(EntitySummary(kind, count, 1.0, (facts.REPLY,)) for kind, count in sorted(counts.items()))
        kept = tuple(one for one in self.entities if one.type not in counts)
        own, foreign = self.own.difference(counts), self.foreign.union(counts)
        return replace(self, entities=(*kept, *found), own=own, foreign=foreign)


NOTHING = Contents()


def read(
    texts: Sequence[str],
    scan: Callable[[str], tuple[Finding, ...]],
    expected: Callable[[str, str], bool],
    kinds: Mapping[str, str],
) -> Contents:
    """Return what texts hold, and of which types the request explains all of it or not (``expected``)."""
    found = [said_anyhow(text, scan) for text in texts]
    types: tuple[set[str], set[str]] = (set(), set())
    for finding, values in (one for text in found for one in text.items()):
        kind = finding.entity_type
        if kinds.get(kind) not in _NEVER_GUARDED:
            types[any(expected(kind, value) for value in values)].add(kind)
    summary = summarise((facts.REPLY, SegmentFindings(tuple(text))) for text in found)
    return Contents(summary, frozenset(types[True]), frozenset(types[False]))
