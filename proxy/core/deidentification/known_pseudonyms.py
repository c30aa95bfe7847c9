"""Our own pseudonyms in what a caller sends: known before policy is asked, and never replaced again.

Only a pseudonym that the vault holds for this very domain counts. What merely looks like one is read like any other
text, so that nobody hides a value in its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.core.deidentification.pseudonyms import looks_like_pseudonym
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Exchange, TextSpan
from proxy.core.search.names import TITLES

#: The role a key needs to get the originals of earlier exchanges back.
RECALL = "recall"
_WORDS = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*")


def domain(exchange: Exchange, activity: Mapping[str, object]) -> str:
    """Return the pseudonymisation domain: values link inside it and nowhere else (EDPB Guidelines 01/2025).

    It names tenant, activity, service and conversation, as the vault and the purposes of keys do. The service belongs
    to it, unless the activity shares its pseudonyms among services.
    """
    service = "" if activity.get("share_pseudonyms") is True else exchange.principal.service
    named = (exchange.principal.tenant, exchange.declared.activity, service, exchange.declared.conversation)
    return "\x1f".join(named)


def named(spans: Iterable[TextSpan]) -> list[str]:
    """Return the distinct words of the texts that have the shape of a pseudonym, sorted."""
    return sorted(looks_like_pseudonym("\n".join(span.text for span in spans)))  # none reaches over the end of a line


class Shapeless:
    """Digests of texts in which nothing has the shape of a pseudonym: each is looked through once."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._seen: set[bytes] = set()

    def named(self, spans: Sequence[TextSpan], digests: Sequence[bytes]) -> list[str]:
        """Return what ``named`` does; ``digests`` are those of the texts, where there are any."""
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
    """Return the findings without what lies in a known pseudonym; of one that reaches further the rest is kept."""
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
