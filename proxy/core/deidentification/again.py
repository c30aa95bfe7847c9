"""What a transform made of the very same texts before, so that it need not be worked out again.

Kept are offsets and what goes out in their place, by a keyed name of all that the transform depends on: plan, domain,
texts, findings. No text and no original is kept: originals are cut out of the request that has that name again. The
memory is bounded in bytes, least recently used first out; random pseudonyms are never the same again and stay outside.
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
    """Where an original stands: in which outgoing text, from and to which character."""

    text: int
    start: int
    end: int

    def of(self, spans: Sequence[TextSpan]) -> str:
        return spans[self.text].text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Made:
    """One transform without its texts. ``clean``: digests of encoded requests in which no removed value was left."""

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
        """Estimate its memory in bytes."""
        items = sum(map(len, self.edits.values())) + len(self.pseudonyms) + len(self.placeholders) + len(self.removed)
        return _ENTRY_BYTES + _TEXT_BYTES * len(self.segments) + _ITEM_BYTES * items

    def again(self, spans: Sequence[TextSpan]) -> Transformed:
        """Return what the transform returned for the texts of that name."""
        return Transformed(
            texts={index: splice(spans[index].text, edits) for index, edits in self.edits.items()},
            pseudonyms={name: place.of(spans) for name, place in self.pseudonyms.items()},
            removed=tuple([place.of(spans) for place in self.removed]),
            people=tuple([place.of(spans) for place in self.people]),
            remarks=self.remarks,
            covered=self.covered,
            placeholders={name: place.of(spans) for name, place in self.placeholders.items()},
        )

    def passed(self, wire: Wire, dialect: str, domain: bytes, look: Callable[[], int]) -> int:
        """Return ``look()``, how many removed values stand in a request, or 0 for one in which none stood before."""
        around = (dialect, wire.method, wire.path, wire.query, wire.headers, wire.media)
        mac = hashlib.blake2b(repr(around).encode("utf-8", "surrogatepass"), digest_size=16, key=domain)
        mac.update(wire.body)
        digest = mac.digest()
        if digest in self.clean:
            return 0
        left = look()
        if not left:
            if len(self.clean) >= _MOST_CLEAN:
                self.clean.clear()
            self.clean.add(digest)
        return left


class Memory:
    """The transforms of one catalog seen lately, at most ``capacity`` bytes of them."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()  # large requests are transformed in threads
        self._made: OrderedDict[bytes, Made] = OrderedDict()
        self.bytes = 0

    def transformed(
        self, plan: TransformPlan, inspection: Inspection, minter: Minter, entropy: Callable[[int], bytes]
    ) -> tuple[Transformed, Made | None]:
        """Return what ``carry_out`` returns, and what is remembered of it, if anything."""
        payload, segments = inspection.payload, inspection.segments
        if plan.random or len(inspection.names) != len(payload.spans):
            return carry_out(plan, payload, segments, minter, entropy)[0], None
        name = _name(plan, payload, inspection.names, minter)
        made = self._find(name, segments)
        if made is not None:
            return made.again(payload.outgoing), made
        changed, edits = carry_out(plan, payload, segments, minter)
        made = _made(payload.outgoing, segments, changed, edits)
        if made is not None:
            self._keep(name, made)
        return changed, made

    def _find(self, name: bytes, segments: tuple[SegmentFindings, ...]) -> Made | None:
        with self._lock:
            made = self._made.get(name)
            if made is None or made.segments != segments:
                return None
            self._made.move_to_end(name)
            return made

    def _keep(self, name: bytes, made: Made) -> None:
        with self._lock:
            old = self._made.pop(name, None)
            self.bytes += made.size - (old.size if old is not None else 0)
            self._made[name] = made
            while self.bytes > self._capacity:
                _, dropped = self._made.popitem(last=False)
                self.bytes -= dropped.size

    def __len__(self) -> int:
        return len(self._made)


def _name(plan: TransformPlan, payload: Payload, texts: Iterable[bytes], minter: Minter) -> bytes:
    """Return the keyed name of all that a transform depends on beside the findings."""
    read = [(span.kind, span.path) for span in payload.spans]
    sought = [(span.kind, span.path, span.text) for span in payload.sought]
    mac = hashlib.blake2b(plan.signature, digest_size=16, key=minter.domain)
    mac.update(b"".join(texts))
    mac.update(repr((read, sought)).encode("utf-8", "surrogatepass"))
    return mac.digest()


def _made(
    spans: Sequence[TextSpan],
    segments: tuple[SegmentFindings, ...],
    changed: Transformed,
    edits: Sequence[Sequence[Edit]],
) -> Made | None:
    """Return what to remember, None where an original cannot be cut out of the texts again (it stood escaped)."""
    originals = {*changed.removed, *changed.pseudonyms.values(), *changed.placeholders.values()}
    places = _places(spans, edits, originals)
    if not originals <= places.keys():
        return None
    return Made(
        segments=segments,
        edits={index: tuple(made) for index, made in enumerate(edits) if made},
        pseudonyms={name: places[value] for name, value in changed.pseudonyms.items()},
        placeholders={name: places[value] for name, value in changed.placeholders.items()},
        removed=tuple(places[value] for value in changed.removed),
        people=tuple(places[value] for value in changed.people),
        remarks=changed.remarks,
        covered=changed.covered,
    )


def _places(spans: Sequence[TextSpan], edits: Sequence[Sequence[Edit]], wanted: set[str]) -> dict[str, _Place]:
    """Return where originals stand: each is what an edit replaced, or a word of it."""
    found: dict[str, _Place] = {}
    for index, made in enumerate(edits):
        for start, end, _ in made:
            value = spans[index].text[start:end]
            found.setdefault(value, _Place(index, start, end))
            for word in names.parts(value) if value not in wanted or len(value.split()) > 1 else ():
                found.setdefault(word.text, _Place(index, start + word.start, start + word.end))
    return found
