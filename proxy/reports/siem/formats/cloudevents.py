"""CloudEvents 1.0 (CNCF): structured JSON, batches of it, and HTTP's binary mode.

https://github.com/cloudevents/spec/tree/v1.0.2: the JSON format, the HTTP protocol binding, and the extension
``sequence``. ``source`` and ``id`` name a record for ever, so a receiver can drop what it has had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat, Posting, dumped, present

_TYPE = "compliance-proxy.audit."
_JSON = "application/json"
_BATCH = "application/cloudevents-batch+json"
#: What stands as it is in a header: printable ASCII but blank, quotes and percent (HTTP binding, 3.1.3.2).
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def attributes(entry: StreamEntry) -> dict[str, str | int]:
    """Return the context attributes; names of extensions are lower case letters and digits."""
    position = entry.position
    return {
        "specversion": "1.0",
        "id": position.name,
        "source": position.origin,
        "type": f"{_TYPE}{entry.name}",
        "time": entry.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": _JSON,
        "sequence": f"{position.seq:020d}",
        "logwriter": position.writer,
        "loghash": position.hash.hex(),
        **present(
            subject=entry.columns.exchange or entry.columns.target,
            tenant=entry.columns.tenant,
            logleaf=None if position.leaf is None else str(position.leaf),
        ),
    }


def structured(entry: StreamEntry) -> dict[str, Any]:
    """Return the event; ``data`` is the record."""
    return attributes(entry) | {"data": orjson.Fragment(entry.body)}


def line(entry: StreamEntry) -> bytes:
    """Return the event in structured mode."""
    return dumped(structured(entry))


def batch(entries: Sequence[StreamEntry]) -> Iterator[Posting]:
    """Yield one request in batched mode."""
    yield Posting({"content-type": _BATCH}, dumped([structured(entry) for entry in entries]))


def binary(entries: Sequence[StreamEntry]) -> Iterator[Posting]:
    """Yield a request for each record in binary mode: attributes in headers, the record in the body."""
    for entry in entries:
        named = attributes(entry)
        media = str(named.pop("datacontenttype"))
        headers = {f"ce-{name}": quote(str(value), safe=_SAFE) for name, value in named.items()}
        yield Posting({**headers, "content-type": media}, entry.body)


FORMATS = (EntryFormat("cloudevents", line, posted=batch), EntryFormat("cloudevents-binary", line, posted=binary))
