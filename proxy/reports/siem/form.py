"""What a format of the stream is: a line for each record, and the HTTP requests that carry several. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from proxy.reports.siem.entry import StreamEntry

NDJSON = "application/x-ndjson"


class Posting(NamedTuple):
    """One HTTP request to a collector."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class EntryFormat:
    """A format. ``line`` returns a record without a line break, in UTF-8; ``posted`` the requests for several.

    Without ``posted``, a request holds lines of the type ``media``. ``numbered`` returns it for an enterprise number.
    """

    name: str
    line: Callable[[StreamEntry], bytes]
    media: str = NDJSON
    posted: Callable[[Sequence[StreamEntry]], Iterator[Posting]] | None = None
    numbered: Callable[[int], EntryFormat] | None = None

    def postings(self, entries: Sequence[StreamEntry]) -> Iterator[Posting]:
        """Yield the requests that carry these records, in order."""
        if self.posted is not None:
            return self.posted(entries)
        return iter([Posting({"content-type": self.media}, b"".join(self.line(entry) + b"\n" for entry in entries))])


def dumped(document: Any) -> bytes:
    """Return compact JSON with sorted keys."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def present(**values: Any) -> dict[str, Any]:
    """Return what is not empty: formats leave out what a record does not say."""
    return {name: value for name, value in values.items() if value not in ("", None, [], {}, ())}
