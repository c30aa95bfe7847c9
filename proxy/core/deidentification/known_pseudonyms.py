"""Our own pseudonyms in a request: recognised before the policy decision, and never replaced again.

Only a pseudonym that the vault holds for this domain counts. Text of the same shape is inspected like any other, so
that no value can hide in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.core.deidentification.pseudonyms import looks_like_pseudonym
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Exchange, TextSpan
from proxy.core.search.names import TITLES

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
    """Digests of texts without anything of the shape of a pseudonym, so that each is searched once."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._seen: set[bytes] = set()

    def named(self, spans: Sequence[TextSpan], digests: Sequence[bytes]) -> list[str]:
        """Return what ``named`` returns; ``digests`` are those of the texts, or empty."""
        if len(digests) != len(spans):
            return named(spans)
        new = [(digest, span) for digest, span in zip(digests, spans, strict=True) if digest not in self._seen]
        found = named(span for _, span in new) if new else []
        if len(self._seen) + len(new) > self._most:
            self._seen.clear()
        self._seen.update(digest for digest, span in new if not (found and named((span,))))
        return found


def spared(
    spans: Sequence[TextSpan], segments: Sequence[SegmentFindings], known: Iterable[str]
) -> tuple[SegmentFindings, ...]:
    """Return the findings outside known pseudonyms; of one that overlaps a pseudonym the rest remains."""
    longest_first = sorted(known, key=len, reverse=True)
    if not longest_first:
        return tuple(segments)
    search = re.compile("|".join(map(re.escape, longest_first))).finditer
    return tuple(
        _without(span.text, segment, [match.span() for match in search(span.text)])
        for span, segment in zip(spans, segments, strict=True)
    )


def _without(text: str, segment: SegmentFindings, places: Sequence[tuple[int, int]]) -> SegmentFindings:
    if not places or not (segment.findings or segment.inside):
        return segment
    return replace(
        segment,
        findings=tuple(rest for finding in segment.findings for rest in _rests(text, finding, places)),
        inside=tuple(rest for finding in segment.inside for rest in _rests(text, finding, places)),
    )


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
