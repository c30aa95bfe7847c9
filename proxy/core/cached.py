"""Replies that answer equal requests again: what makes requests equal, what is kept of a reply, what callers ask. Pure.

Requests are equal if every byte that would leave is, for the same target, about the same data subject.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from proxy.core.findings import Status
from proxy.core.records import Exchange, Inspection, Operation, Outbound

#: Replies that are kept: the version of their form is part of what makes requests equal.
_FORM = 1
#: What may be kept without more: any other category is special.
ORDINARY = frozenset({"personal", "national_id", "financial", "pan", "location_precise", "public"})
_OPERATIONS = frozenset({Operation.CHAT, Operation.EMBEDDING})
_DIRECTIVE = re.compile(r"[\s,]*([\w!#$%&'*+.^`|~-]+)(?:=(?:\"((?:[^\"\\]|\\.)*)\"|([\w!#$%&'*+.^`|~-]*)))?\s*(?=,|$)")
_LONGEST_FIELD, _DIGITS = 1_024, 10
#: How this cache is named in ``Cache-Status`` (RFC 9211).
_NAME = "compliance-proxy"
#: Keyed digests in a row of the store: more pseudonyms make a request that is not worth it.
_MOST_PSEUDONYMS = 1_000


class CallerWish(NamedTuple):
    """What the caller's ``Cache-Control`` asks for (RFC 9111, 5.2.1)."""

    reads: bool = True  # a stored reply may answer
    stores: bool = True
    max_age_s: int | None = None
    min_fresh_s: int = 0
    only: bool = False  # the target must not be asked


NO_WISH, _NEITHER = CallerWish(), CallerWish(reads=False, stores=False)


def wish(header: str) -> CallerWish:
    """Read the field's value; unknown directives are ignored, one that cannot be read counts as ``no-store``."""
    if not header:
        return NO_WISH
    if len(header) > _LONGEST_FIELD:
        return _NEITHER
    asked, end = NO_WISH, 0
    while match := _DIRECTIVE.match(header, end):
        end, name = match.end(), match[1].lower()
        asked = _with(asked, name, match[2] if match[2] is not None else match[3] or "")
    return asked if not header[end:].strip(", \t") else _NEITHER._replace(only=asked.only)


def _with(asked: CallerWish, name: str, value: str) -> CallerWish:
    if name == "no-store":
        return asked._replace(reads=False, stores=False)
    if name == "no-cache":
        return asked._replace(reads=False)
    if name == "only-if-cached":
        return asked._replace(only=True)
    seconds = int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else None
    if name == "max-age":
        most = min(seconds or 0, asked.max_age_s if asked.max_age_s is not None else seconds or 0)
        return asked._replace(max_age_s=most)
    if name == "min-fresh":
        return asked._replace(min_fresh_s=max(asked.min_fresh_s, seconds or 0)) if seconds is not None else _NEITHER
    return asked


def lifetime_s(outbound: Outbound, exchange: Exchange, inspection: Inspection) -> int:
    """Return for how long policy lets the reply to this request answer equal ones, seconds; 0: it does not.

    Never: what acts or keeps state, a batch, a caller's own account at the target, a break-glass grant, a copy for a
    mirror, one that is bound to a target, more pseudonyms than a row holds.
    """
    payload, declared, caching = inspection.payload, exchange.declared, outbound.caching
    if caching is None or payload.operation not in _OPERATIONS:
        return 0
    lasting = outbound.effect or payload.kept or payload.parts or payload.batched or payload.incoming.references
    bound = exchange.grant or exchange.mirror_of or exchange.only
    theirs = declared.target_credential or declared.target_accounts
    if lasting or bound or theirs or payload.unread or len(pseudonyms(outbound, inspection)) > _MOST_PSEUDONYMS:
        return 0
    unread = inspection.status is not Status.COMPLETE or bool(payload.opaque)
    minor = inspection.minor or declared.minor == "yes"
    special = unread or minor or not ORDINARY.issuperset((*inspection.categories, *declared.labels))
    return caching[special]


def pseudonyms(outbound: Outbound, inspection: Inspection) -> set[str]:
    """Return those in the request."""
    return {*outbound.pseudonyms, *inspection.pseudonyms}


def identity(outbound: Outbound, exchange: Exchange) -> bytes:
    """Return what equal requests have in common, to be digested under a key of their domain."""
    wire, target = outbound.wire, outbound.target
    about = (exchange.declared.subject_mark.hex(), exchange.principal.ingress_region)
    at = (target.id, target.base_url, target.region, outbound.dialect, outbound.pinned, outbound.stream)
    line = (wire.method, wire.path, wire.query, sorted(wire.headers), wire.media)
    return orjson.dumps((_FORM, about, at, line)) + b"\n" + wire.body


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A target's reply as it came, pseudonymised: its pieces are those of a stream, one for a whole reply."""

    exchange: str  # whose reply it was
    content_type: str
    pieces: Sequence[bytes] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)  # those that are passed on

    def packed(self) -> bytes:
        """Return it as bytes, compressed."""
        sizes = [len(piece) for piece in self.pieces]
        head = orjson.dumps((self.exchange, self.content_type, dict(self.headers), sizes))
        return zlib.compress(b"\n".join((head, b"".join(self.pieces))), 1)

    @classmethod
    def unpacked(cls, data: bytes) -> StoredReply:
        """Return what ``packed`` made."""
        head, _, body = zlib.decompress(data).partition(b"\n")
        exchange, content_type, headers, sizes = orjson.loads(head)
        pieces, start = [], 0
        for size in sizes:
            pieces.append(body[start : start + size])
            start += size
        return cls(exchange, content_type, pieces, headers)


def status_headers(*, age_s: float | None = None, ttl_s: float = 0, forwarded: str = "") -> Mapping[str, str]:
    """Return ``Age`` and ``Cache-Status`` of an answer from the cache, or why the request was ``forwarded``."""
    if age_s is None:
        return {"cache-status": f"{_NAME};fwd={forwarded}"}
    return {"age": str(int(age_s)), "cache-status": f"{_NAME};hit;ttl={int(ttl_s)}"}
