"""Our own pseudonyms in a request: recognised before the policy decision, and never replaced again.

Only a pseudonym that the vault holds for this domain counts. Text of the same shape is inspected like any other, so
that no value can hide in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from proxy.core.deidentification.surrogates import looks_like_pseudonym, pseudonym_shaped
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Exchange, TextSpan
from proxy.core.search.names import TITLES
from proxy.runtime.recent import Recent

#: The role a key needs to have originals of earlier exchanges restored.
RECALL = "recall"
_WORDS = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*")


def domain(exchange: Exchange, activity: Mapping[str, object]) -> str:
    """Return the pseudonymisation domain: values are linkable within it and nowhere else (EDPB Guidelines 01/2025).

    It consists of tenant, activity, service and conversation, as do vault domains and key purposes. An activity may
    share its pseudonyms among services; then the service is left out.
    """
    service = "" if activity.get("share_pseudonyms") is True else exchange.principal.service
    scope = (exchange.principal.tenant, exchange.declared.activity, service, exchange.declared.conversation)
    return "\x1f".join(scope)


def named(spans: Iterable[TextSpan]) -> list[str]:
    """Return the distinct words of the texts that have the shape of a pseudonym, sorted."""
    return sorted(looks_like_pseudonym("\n".join(span.text for span in spans)))  # none spans a line end


class Shapeless:
    """Digests of a tenant's texts without anything of the shape of a pseudonym, so that each is searched once."""

    def __init__(self, most: int = 50_000) -> None:
        self._seen: Recent[bytes, bool] = Recent(most, int)

    def named(self, spans: Sequence[TextSpan], digests: Sequence[bytes], tenant: str) -> list[str]:
        """Return what ``named`` returns; ``digests`` are those of the texts, or empty."""
        if len(digests) != len(spans):
            return named(spans)
        seen = self._seen.find(tenant, digests)
        new = {digest: span for digest, span in zip(digests, spans, strict=True) if digest not in seen}
        names = named(new.values()) if new else []
        self._seen.keep(tenant, ((digest, True) for digest, span in new.items() if not (names and named((span,)))))
        return names


def spared(
    spans: Sequence[TextSpan], segments: Sequence[SegmentFindings], pseudonyms: Collection[str]
) -> tuple[SegmentFindings, ...]:
    """Return the findings outside known pseudonyms; of one that overlaps a pseudonym the rest remains."""
    if not pseudonyms:
        return tuple(segments)
    return tuple(_without(span.text, segment, pseudonyms) for span, segment in zip(spans, segments, strict=True))


def _without(text: str, segment: SegmentFindings, pseudonyms: Collection[str]) -> SegmentFindings:
    if not (segment.findings or segment.inside):
        return segment
    places = sorted(match.span() for match in pseudonym_shaped(text) if match.group() in pseudonyms)
    if not places:
        return segment
    ends = list(accumulate((end for _, end in places), max))

    def rests(findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            near = places[bisect_right(ends, finding.start) : bisect_left(places, (finding.end,))]
            yield from _rests(text, finding, near)

    return replace(segment, findings=tuple(rests(segment.findings)), inside=tuple(rests(segment.inside)))


def _rests(text: str, finding: Finding, places: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    inside = [(low, high) for low, high in places if low < finding.end and finding.start < high]
    if not inside:
        yield finding
        return
    start = finding.start
    for low, high in (*inside, (finding.end, finding.end)):
        words = [word.group().lower() for word in _WORDS.finditer(text, start, max(start, low))]
        if any(word not in TITLES for word in words):
            yield replace(finding, start=start, end=low)
        start = max(start, high)
