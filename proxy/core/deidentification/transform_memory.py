"""A cache of transforms: the same texts under the same plan and domain are not transformed again.

An entry holds offsets and replacements under a keyed digest of everything the transform depends on: plan, domain,
texts, findings. It holds no text and no original: originals are cut out of the request with the same digest. The cache
is bounded in bytes, with the least recently used entry evicted first. Random pseudonyms never repeat and are not
cached.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import Edit, TransformPlan, carry_out, splice
from proxy.core.findings import SegmentFindings
from proxy.core.records import Inspection, Payload, Remark, TextSpan, Transformed
from proxy.core.search import names
from proxy.core.wire import Wire

_CAPACITY = 16 << 20
_ENTRY_BYTES, _TEXT_BYTES, _ITEM_BYTES = 1_000, 100, 250
_MOST_CLEAN = 8


class _Place(NamedTuple):
    """Where an original stands: index of the outgoing text, start and end offset."""

    text: int
    start: int
    end: int

    def of(self, spans: Sequence[TextSpan]) -> str:
        return spans[self.text].text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class RememberedTransform:
    """One transform without its texts. ``clean``: digests of encoded requests with no removed value left."""

    segments: tuple[SegmentFindings, ...]
    edits: Mapping[int, Sequence[Edit]]
    pseudonyms: Mapping[str, _Place]
    placeholders: Mapping[str, _Place]
    removed: tuple[_Place, ...]
    people: tuple[_Place, ...]
    remarks: tuple[Remark, ...]
    covered: frozenset[str]
    clean: set[bytes] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Estimated memory, bytes."""
        items = sum(map(len, self.edits.values())) + len(self.pseudonyms) + len(self.placeholders) + len(self.removed)
        return _ENTRY_BYTES + _TEXT_BYTES * len(self.segments) + _ITEM_BYTES * items

    def applied(self, spans: Sequence[TextSpan]) -> Transformed:
        """Return the result of the transform for the same texts."""
        return Transformed(
            texts={index: splice(spans[index].text, edits) for index, edits in self.edits.items()},
            pseudonyms={name: place.of(spans) for name, place in self.pseudonyms.items()},
            removed=tuple([place.of(spans) for place in self.removed]),
            people=tuple([place.of(spans) for place in self.people]),
            remarks=self.remarks,
            covered=self.covered,
            placeholders={name: place.of(spans) for name, place in self.placeholders.items()},
        )

    def left(self, wire: Wire, dialect: str, domain: bytes, count: Callable[[], int]) -> int:
        """Return ``count()``, the number of removed values left in a request; 0 at once for a known clean request."""
        around = (dialect, wire.method, wire.path, wire.query, wire.headers, wire.media)
        mac = hashlib.blake2b(repr(around).encode("utf-8", "surrogatepass"), digest_size=16, key=domain)
        mac.update(wire.body)
        digest = mac.digest()
        if digest in self.clean:
            return 0
        found = count()
        if not found:
            if len(self.clean) >= _MOST_CLEAN:
                self.clean.clear()
            self.clean.add(digest)
        return found


class TransformMemory:
    """The recent transforms under one catalog, at most ``capacity`` bytes of them."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()  # large requests are transformed in threads
        self._transforms: OrderedDict[bytes, RememberedTransform] = OrderedDict()
        self.bytes = 0

    def transformed(
        self, plan: TransformPlan, inspection: Inspection, minter: Minter, entropy: Callable[[int], bytes]
    ) -> tuple[Transformed, RememberedTransform | None]:
        """Return the transformed payload, and the entry for it if it can be cached."""
        payload, segments = inspection.payload, inspection.segments
        if plan.random or len(inspection.names) != len(payload.spans):
            return carry_out(plan, payload, segments, minter, entropy)[0], None
        name = _name(plan, payload, inspection.names, minter)
        entry = self._find(name, segments)
        if entry is not None:
            return entry.applied(payload.outgoing), entry
        changed, edits = carry_out(plan, payload, segments, minter)
        entry = _remembered(payload.outgoing, segments, changed, edits)
        if entry is not None:
            self._keep(name, entry)
        return changed, entry

    def _find(self, name: bytes, segments: tuple[SegmentFindings, ...]) -> RememberedTransform | None:
        with self._lock:
            entry = self._transforms.get(name)
            if entry is None or entry.segments != segments:
                return None
            self._transforms.move_to_end(name)
            return entry

    def _keep(self, name: bytes, entry: RememberedTransform) -> None:
        with self._lock:
            old = self._transforms.pop(name, None)
            self.bytes += entry.size - (old.size if old is not None else 0)
            self._transforms[name] = entry
            while self.bytes > self._capacity:
                _, evicted = self._transforms.popitem(last=False)
                self.bytes -= evicted.size

    def __len__(self) -> int:
        return len(self._transforms)


def _name(plan: TransformPlan, payload: Payload, texts: Iterable[bytes], minter: Minter) -> bytes:
    """Return the keyed digest of everything that a transform depends on, except the findings."""
    read = [(span.kind, span.path) for span in payload.spans]
    sought = [(span.kind, span.path, span.text) for span in payload.unread_numbers]
    mac = hashlib.blake2b(plan.signature, digest_size=16, key=minter.domain)
    mac.update(b"".join(texts))
    mac.update(repr((read, sought)).encode("utf-8", "surrogatepass"))
    return mac.digest()


def _remembered(
    spans: Sequence[TextSpan],
    segments: tuple[SegmentFindings, ...],
    changed: Transformed,
    edits: Sequence[Sequence[Edit]],
) -> RememberedTransform | None:
    """Return the cache entry, None if an original cannot be cut out of the texts (it was escaped)."""
    originals = {*changed.removed, *changed.pseudonyms.values(), *changed.placeholders.values()}
    places = _places(spans, edits, originals)
    if not originals <= places.keys():
        return None
    return RememberedTransform(
        segments=segments,
        edits={index: tuple(changes) for index, changes in enumerate(edits) if changes},
        pseudonyms={name: places[value] for name, value in changed.pseudonyms.items()},
        placeholders={name: places[value] for name, value in changed.placeholders.items()},
        removed=tuple(places[value] for value in changed.removed),
        people=tuple(places[value] for value in changed.people),
        remarks=changed.remarks,
        covered=changed.covered,
    )


def _places(spans: Sequence[TextSpan], edits: Sequence[Sequence[Edit]], originals: set[str]) -> dict[str, _Place]:
    """Return the places of originals: each is what an edit replaced, or a word of it."""
    places: dict[str, _Place] = {}
    for index, changes in enumerate(edits):
        for start, end, _ in changes:
            value = spans[index].text[start:end]
            places.setdefault(value, _Place(index, start, end))
            for word in names.parts(value) if value not in originals or len(value.split()) > 1 else ():
                places.setdefault(word.text, _Place(index, start + word.start, start + word.end))
    return places
