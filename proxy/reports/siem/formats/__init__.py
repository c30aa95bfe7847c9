"""The formats of the stream: what one is, and a module for each, found by itself. A module has ``FORMATS``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
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


@cache
def by_name() -> Mapping[str, EntryFormat]:
    """Return every format by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {format_.name: format_ for module in modules for format_ in module.FORMATS}


def chosen(name: str, enterprise: int | None = None) -> EntryFormat:
    """Return a format, under an enterprise number (IANA) where it has one and one is given."""
    form = by_name()[name]
    return form if enterprise is None or form.numbered is None else form.numbered(enterprise)
