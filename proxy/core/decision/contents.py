"""The entity types of a whole reply, and whether the request explains them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from proxy.core.decision import facts
from proxy.core.decision.inspection import summarise
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import EntitySummary
from proxy.core.replies.guard import scan_every_reading
from proxy.core.replies.position import IN_PLACE, Placed

#: Kinds of entity for which replies are not guarded: names, places, dates, words.
_NEVER_GUARDED = frozenset({"quasi", "attr"})
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Contents:
    """The entities of a reply."""

    entities: tuple[EntitySummary, ...] = ()
    echoed: frozenset[str] = frozenset()  # types with values that stood in the request
    foreign: frozenset[str] = frozenset()  # types with other values
    placed: Placed = IN_PLACE
    #: Text -> its types that the request does not explain.
    searched: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def with_named(self, named: Mapping[str, str]) -> Contents:
        """Return the contents with what detection found beyond the patterns (value -> type)."""
        if not named:
            return self
        counts = Counter(named.values())
        summaries = tuple(EntitySummary(kind, count, 1.0, (facts.REPLY,)) for kind, count in sorted(counts.items()))
        others = tuple(entity for entity in self.entities if entity.type not in counts)
        echoed, foreign = self.echoed.difference(counts), self.foreign.union(counts)
        return replace(self, entities=(*others, *summaries), echoed=echoed, foreign=foreign)


NOTHING = Contents()


def read(
    texts: Sequence[str],
    scan: Callable[[str], tuple[Finding, ...]],
    expected: Callable[[str, str], bool],
    kinds: Mapping[str, str],
    placed: Placed = IN_PLACE,
) -> Contents:
    """Return the contents of texts; ``expected`` (entity type, value) says whether the request explains a value."""
    scanned = {text: scan_every_reading(text, scan) for text in dict.fromkeys(texts)}
    echoed, foreign, searched = set[str](), set[str](), dict[str, frozenset[str]]()
    for text, findings in scanned.items():
        unexplained = _NONE
        for finding, values in findings.items():
            kind = finding.entity_type
            is_guarded = kinds.get(kind) not in _NEVER_GUARDED
            if is_guarded and any(expected(kind, value) for value in values):
                echoed.add(kind)
            else:
                foreign.update((kind,) * is_guarded)
                unexplained |= {kind}
        searched[text] = unexplained
    summary = summarise((facts.REPLY, SegmentFindings(tuple(scanned[text]))) for text in texts)
    return Contents(summary, frozenset(echoed), frozenset(foreign), placed, searched)
