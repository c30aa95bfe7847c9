"""Findings of texts, by a keyed hash of the text: no text is stored, and memory is bounded in bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable

from proxy.core.findings import SegmentFindings

_ENTRY_BYTES = 480
_FINDING_BYTES = 210
_NAME_BYTES = 16
_SCOPES = 1024  # digests of scopes: about one a tenant


def size_of(segment: SegmentFindings) -> int:
    """Estimate the memory of one entry: the digest, the record, its findings (measured with tracemalloc)."""
    return _ENTRY_BYTES + _FINDING_BYTES * (len(segment.findings) + len(segment.inside)) + 120 * len(segment.regions)


class FindingCache:
    """An LRU cache of at most ``capacity`` bytes; 0 disables it."""

    def __init__(self, capacity: int, key: bytes) -> None:
        self._capacity = capacity
        self._key = hashlib.blake2b(key, digest_size=64, person=b"finding-cache").digest()
        self._begun: dict[bytes, hashlib._Hash] = {}
        self._lock = threading.Lock()  # the scans of large texts run in threads
        self._entries: OrderedDict[bytes, SegmentFindings] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

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

    def find(self, name: bytes) -> SegmentFindings | None:
        """Return the entry of a name, None without one, and make it the most recent."""
        with self._lock:
            segment = self._entries.get(name)
            if segment is None:
                self.misses += 1
            else:
                self._entries.move_to_end(name)
                self.hits += 1
        return segment

    def found(self, names: Iterable[bytes]) -> dict[bytes, SegmentFindings]:
        """Return the entries that there are by their names, in order, and make them the most recent."""
        known: dict[bytes, SegmentFindings] = {}
        distinct, entries = dict.fromkeys(names), self._entries
        with self._lock:
            for name in distinct:
                segment = entries.get(name)
                if segment is not None:
                    entries.move_to_end(name)
                    known[name] = segment
            self.hits += len(known)
            self.misses += len(distinct) - len(known)
        return known

    def keep(self, name: bytes, segment: SegmentFindings) -> None:
        """Store a result, evicting the least recently used ones beyond the capacity."""
        size = size_of(segment)
        if size > self._capacity:
            return
        with self._lock:
            old = self._entries.pop(name, None)
            if old is not None:
                self.bytes -= size_of(old)
            self._entries[name] = segment
            self.bytes += size
            while self.bytes > self._capacity:
                _, dropped = self._entries.popitem(last=False)
                self.bytes -= size_of(dropped)

    def __len__(self) -> int:
        return len(self._entries)
