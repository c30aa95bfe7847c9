"""Findings of texts, by a keyed hash of the text: no text is stored, and memory is bounded in bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from proxy.core.findings import SegmentFindings
from proxy.runtime.recent import Recent

_ENTRY_BYTES = 480
_FINDING_BYTES = 210
_NAME_BYTES = 16
_SCOPES = 1024  # digests of scopes: about one a tenant


def size_of(segment: SegmentFindings) -> int:
    """Estimate the memory of one entry: the digest, the record, its findings (measured with tracemalloc)."""
    return _ENTRY_BYTES + _FINDING_BYTES * (len(segment.findings) + len(segment.inside)) + 120 * len(segment.regions)


class FindingCache:
    """The most recent findings of each tenant, of at most ``capacity`` bytes together; 0 disables it."""

    def __init__(self, capacity: int, key: bytes) -> None:
        self._key = hashlib.blake2b(key, digest_size=64, person=b"finding-cache").digest()
        self._begun: dict[bytes, hashlib._Hash] = {}
        self._entries: Recent[bytes, SegmentFindings] = Recent(capacity, size_of)

    def digest(self, text: str, scope: bytes) -> bytes:
        """Return the key of an entry. ``scope`` is what else the result depends on: detectors, settings, lists."""
        return self.digests((text,), scope)[0]

    def digests(self, texts: Iterable[str], scope: bytes) -> list[bytes]:
        """Return the keys of the entries of texts, as ``digest``."""
        begun = self._begun.get(scope)
        if begun is None:
            begun = self._begin(scope)
        names = []
        for text in texts:
            mac = begun.copy()
            mac.update(text.encode() if text.isascii() else text.encode("utf-8", "surrogatepass"))
            names.append(mac.digest()[:_NAME_BYTES])
        return names

    def _begin(self, scope: bytes) -> hashlib._Hash:
        """Return the digest of key and scope, which is kept: each text goes on from there.

        Half of a SHA-256 that begins with the key is keyed as well as an HMAC, and processors have it built in.
        """
        if len(self._begun) >= _SCOPES:
            self._begun.clear()
        begun = self._begun[scope] = hashlib.sha256(self._key + scope + b"\x00")
        return begun

    def lookup(self, names: Iterable[bytes], tenant: str) -> dict[bytes, SegmentFindings]:
        """Return the entries that a tenant has by their names, in order."""
        return self._entries.find(tenant, names)

    def keep(self, entries: Mapping[bytes, SegmentFindings], tenant: str) -> None:
        """Store results of a tenant; an entry of more than the capacity is not kept."""
        self._entries.keep(tenant, entries.items())

    @property
    def bytes(self) -> int:
        """The estimated memory."""
        return self._entries.used

    def __len__(self) -> int:
        return len(self._entries)
