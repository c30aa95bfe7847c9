"""What an answer is sent as: JSON, or a file that the caller prefers (``Accept``, RFC 9110 section 12.5.1). Pure.

A file's signed statement is in the header ``x-compliance-statement``: gzip in base64 of what ``audit check`` reads as
``FILE.sig.json``.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.reports import answer, statement
from proxy.reports.answer import Signed
from proxy.reports.exports import job
from proxy.web.api.faults import NotAcceptableError

JSON = job.JSON
#: What an operation that hands out a stored file answers in: the file's own format, whatever is preferred.
STORED = "stored"
#: The media type of each format; ``proxy.reports.render`` makes all but the first and the last.
MEDIA: Mapping[str, str] = {
    JSON: "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    job.ARCHIVE: "application/gzip",
}
STATEMENT = "x-compliance-statement"
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file as an answer: its format, its name, further headers. ``pieces``: its content where it is not at hand."""

    kind: str
    content: bytes = field(repr=False)
    name: str
    more: Mapping[str, str] = field(default_factory=dict)
    pieces: AsyncIterator[bytes] | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Its headers. A page of HTML is saved or shown as a document of nobody: it runs nothing and frames nothing."""
        return {
            "Content-Type": MEDIA[self.kind],
            "Content-Disposition": f'attachment; filename="{self.name}.{self.kind}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            **self.more,
        }


def signed(kind: str, content: bytes, name: str, of: Signed) -> AnswerFile:
    """Return the file of an answer or a report with its statement."""
    companion = statement.canonical(answer.companion(of, kind, content))
    return AnswerFile(kind, content, name, beside(companion))


def beside(companion: bytes) -> dict[str, str]:
    """Return the header that carries the companion of a file."""
    return {STATEMENT: base64.b64encode(gzip.compress(companion, mtime=0)).decode()}


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the format that an ``Accept`` header prefers; of equals the first one offered. No header accepts any.

    Raises:
        NotAcceptableError: it accepts none of them.

    """
    ranges = dict(_ranges(accept)) or {"*/*": 1.0}
    best = max(offered, key=lambda kind: _quality(MEDIA[kind], ranges))
    if _quality(MEDIA[best], ranges) <= 0:
        offered_types = ", ".join(MEDIA[kind].partition(";")[0] for kind in offered)
        raise NotAcceptableError(f"this operation answers as {offered_types}")
    return best


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media, *parameters = part.split(";")
        quality = next((match for parameter in parameters if (match := _QUALITY.fullmatch(parameter))), None)
        if media.strip():
            yield media.strip().lower(), float(quality[1]) if quality is not None else 1.0


def _quality(media: str, ranges: Mapping[str, float]) -> float:
    """Return how welcome a media type is: the most specific range that covers it says so."""
    plain = media.partition(";")[0]
    for item in (plain, f"{plain.partition('/')[0]}/*", "*/*"):
        if item in ranges:
            return ranges[item]
    return 0.0
