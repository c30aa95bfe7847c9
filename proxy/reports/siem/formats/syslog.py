"""Syslog messages (RFC 5424) with structured data; what else is sent over syslog becomes the text of such a message.

The structured data element is named by an enterprise number (RFC 5424, 7.2.2). This product has none of its own: give
yours (``enterprise`` of a stream), or it is 32473, which RFC 5612 reserves for examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from proxy.reports.siem.entry import Detail, EntrySeverity, StreamEntry
from proxy.reports.siem.formats import EntryFormat

_FACILITY = 13  # "log audit"
_SEVERITY = {
    EntrySeverity.INFORMATIONAL: 6,
    EntrySeverity.LOW: 5,
    EntrySeverity.MEDIUM: 4,
    EntrySeverity.HIGH: 2,
}
_APP = "compliance-proxy"
_MEDIA = "text/plain; charset=utf-8"
_ELEMENT = "audit@{enterprise}"
_EXAMPLE = 32473
#: Line breaks cannot be escaped and end a message in files and in RFC 6587's framing by lines: they become blanks.
_FLAT = str.maketrans({"\r": " ", "\n": " "})
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "]": "\\]"}) | _FLAT
_LONGEST_ID = 32
#: What a process adds to the name of its host for its chain (``fresh_writer_id``).
_CHAIN = re.compile(r"-[0-9a-f]{16}(~\d+)?$")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


def line(entry: StreamEntry, enterprise: int = _EXAMPLE) -> bytes:
    """Return the record as one message: what it says as structured data, its title as text."""
    element = _ELEMENT.format(enterprise=enterprise)
    params = "".join(f' {name}="{value.translate(_ESCAPED)}"' for name, value in _params(entry) if value)
    return message(entry, f"[{element}{params}]", entry.title.translate(_FLAT).encode())


def enveloped(entry: StreamEntry, text: bytes) -> bytes:
    """Return a record in another format as the text of a message."""
    return message(entry, "-", text)


def message(entry: StreamEntry, data: str, text: bytes) -> bytes:
    """Return a message; a text beyond ASCII is marked as UTF-8 (RFC 5424, 6.4)."""
    priority = _FACILITY * 8 + _SEVERITY[entry.severity]
    time = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = _printable(_CHAIN.sub("", entry.position.writer), 255)
    head = f"<{priority}>1 {time} {host} {_APP} - {_printable(entry.name, _LONGEST_ID)} {data} "
    return head.encode() + (b"" if text.isascii() else b"\xef\xbb\xbf") + text


def _params(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    columns = entry.columns
    for name, value in entry.position.document().items():
        yield name, str(value)
    for name in ("kind", "exchange", "tenant", "activity", "service", "action", "target", "revision", "data_revision"):
        yield name, getattr(columns, name)
    yield "attempt", str(columns.attempt or "")
    yield "status", str(columns.status or "")
    yield "codes", " ".join(columns.codes)
    for name, detail in entry.details.items():
        yield (
            _printable(f"x_{name}", _LONGEST_ID).translate({ord("="): "_", ord("]"): "_", ord('"'): "_"}),
            _text(detail),
        )


def _text(value: Detail) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _printable(text: str, longest: int) -> str:
    """Return a header field: printable ASCII without blanks, "-" for nothing."""
    return _UNPRINTABLE.sub("_", text)[:longest] or "-"


def numbered(enterprise: int) -> EntryFormat:
    """Return the format under an enterprise number."""
    return EntryFormat("syslog", partial(line, enterprise=enterprise), _MEDIA)


FORMATS = (EntryFormat("syslog", line, _MEDIA, numbered=numbered),)
