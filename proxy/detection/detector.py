"""Implements the ``Detector`` port: a cache, then worker processes; texts without words are read in this process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import Protocol

from proxy.core.findings import Detection, DetectorVersion, Finding, SegmentFindings, Status
from proxy.core.leaves import TextLeaf, bare
from proxy.detection import documents
from proxy.detection.cache import FindingCache
from proxy.detection.documents import ReadingUnit
from proxy.detection.lists import ListFilter, filter_of
from proxy.detection.models import classifier_files
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.plugins.sources import RECOGNIZERS, folder, versions
from proxy.detection.pool import metering
from proxy.detection.pool.flights import Flights, Read
from proxy.detection.pool.pace import Pace, cost
from proxy.detection.pool.pool import TURN, Answer, PoolLimits, WorkerPool
from proxy.detection.pool.process import WorkerProcess
from proxy.detection.registered import metering as of_lists
from proxy.detection.registered.matching import RegisteredPeople
from proxy.detection.remote.protocol import identity
from proxy.detection.text import chunks
from proxy.detection.text.borders import across, crossed
from proxy.detection.text.frames import unkeyed
from proxy.detection.versions import detector_versions
from proxy.runtime.offload import PATTERNS, run_in_thread_if_large

#: What looking up a text costs, and reading a short one with patterns, in characters.
_TEXT_COST, _NEW_COST = 128, 2_000
_PATTERNS_ONLY, _PARTS = b"patterns-only", b"|parts"
#: Lanes per worker, so that two tenants are read at once. Only on Linux is forking safe once models are loaded.
LANES = 2 if sys.platform == "linux" else 1
_NO_LISTS: Mapping[str, ListFilter] = {}
_NOBODY: Mapping[str, RegisteredPeople] = {}
#: Bytes of a name that tell the leaves of one document apart.
_INDEX = 4
_Names = tuple[bytes, ...]
_Units = Mapping[_Names, ReadingUnit]


class TextPool(Protocol):
    """What reads batches of texts: worker processes here, or detectors elsewhere."""

    @property
    def ready(self) -> bool:
        """Whether anything can be read now."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of workers here."""
        ...

    @property
    def pace(self) -> Pace:
        """What waits, and the speed."""
        ...

    @property
    def waiting(self) -> int:
        """How many requests wait or are worked on."""
        ...

    @property
    def details(self) -> list[dict[str, str]]:
        """Each detector elsewhere and its state."""
        ...

    async def start(self) -> None:
        """Return when it is ready."""
        ...

    async def close(self) -> None:
        """End it."""
        ...

    def admit(self, tenant: str, amount: int, within_s: float) -> None:
        """Check that this much more of a tenant would be read in time."""
        ...

    async def run(self, batches: Sequence[Sequence[str]], deadline_s: float, tenant: str = "") -> list[Answer]:
        """Answer every batch, in order."""
        ...


def versions_here(scanner: PatternScanner) -> tuple[DetectorVersion, ...]:
    """Return the versions of everything that finds in this installation, without loading a model."""
    shipped = detector_versions(scanner.patterns, classifier_files.chosen())
    return (*shipped, *versions(RECOGNIZERS, folder()))


@dataclass(frozen=True, slots=True)
class _Call:
    """The tenant of a reading, its lists and registered people, and the seconds that it may take."""

    tenant: str
    lists: ListFilter | None
    people: RegisteredPeople | None
    within_s: float


class PooledDetector:
    """Full detection with ``workers`` model processes; ``start`` before use, ``close`` after."""

    def __init__(  # noqa: PLR0913 - each is a setting or a part of its own
        self,
        workers: int,
        deadline_s: float,
        queue: int,
        cache_bytes: int,
        key: bytes,
        lists: Mapping[str, ListFilter] = _NO_LISTS,
        *,
        spawn: Callable[..., WorkerProcess] = WorkerProcess,
        turn: int = TURN,
        elsewhere: Callable[[str], TextPool] | None = None,
    ) -> None:
        """``spawn`` makes a worker process with ``lanes``; ``elsewhere`` a pool of detectors of an identity instead."""
        self._scanner = PatternScanner()
        self._deadline_s = deadline_s
        self._flights = Flights()
        self.lists = lists  # of each tenant; swapped whole on reload
        self.registered = _NOBODY  # likewise
        self.cache = FindingCache(cache_bytes, key)
        self._models_always = bool(versions(RECOGNIZERS, folder()))  # they may look for what patterns take for plain
        self.versions = versions_here(self._scanner)
        self.pool: TextPool = (
            WorkerPool(
                PoolLimits(workers=workers, queue=queue, batch_s=deadline_s, turn=turn), lambda: spawn(lanes=LANES)
            )
            if elsewhere is None
            else elsewhere(identity(self.versions))
        )
        self._scope = "|".join(f"{v.id}@{v.version}#{v.ruleset_sha256}" for v in self.versions).encode()

    async def start(self) -> None:
        """Spawn the workers and read the lists; return when one is ready.

        Raises:
            DetectionError: none became ready.

        """
        await asyncio.to_thread(documents.load)
        await self.pool.start()

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[asyncio.Task[None]]:
        """Start in the background: await the yielded task before serving. On leaving, the workers end."""
        task = asyncio.get_running_loop().create_task(self.start())
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
            await self.close()

    async def close(self) -> None:
        """End the workers."""
        await self._flights.close()
        await self.pool.close()

    def register(self, people: Mapping[str, RegisteredPeople]) -> None:
        """Have the registered people of each tenant found from now on."""
        self.registered = people

    @property
    def ready(self) -> bool:
        """Whether a worker can answer now."""
        return self.pool.ready

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return self.pool.pids

    @property
    def details(self) -> dict[str, list[dict[str, str]]]:
        """The detectors elsewhere and their states, for readiness."""
        return {"detectors": self.pool.details} if self.pool.details else {}

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        """Scan with the pattern tier alone, in this process, less what the tenant allows; remembered."""
        [name] = self.cache.digests((text,), _PATTERNS_ONLY)
        segment = self.cache.lookup((name,), tenant).get(name)
        if segment is None:
            segment = SegmentFindings(tuple(unkeyed(text, self._scanner.scan(text))))
            self.cache.keep({name: segment}, tenant)
        chosen = filter_of(self.lists, tenant)
        return segment.findings if chosen is None else chosen.allowed(text, segment.findings)

    async def detect(self, texts: Sequence[str | TextLeaf], tenant: str, within_s: float | None = None) -> Detection:
        """Return one ``SegmentFindings`` per text, within the deadline. Faults of workers are statuses.

        Raises:
            TooMuchTextError, DetectionBusyError: the new texts cannot be read in time; none was read.

        """
        chosen, people = filter_of(self.lists, tenant), self.registered.get(tenant)
        scope = self._scope + b"|" + tenant.encode() + b"|" + (chosen.digest if chosen else b"")
        if people is not None:
            scope += b"|" + people.version.version.encode()
        without_keys = list(map(bare, texts))
        size = sum(map(len, without_keys)) + _TEXT_COST * len(texts)
        names, remembered, new = await run_in_thread_if_large(size, partial(self._remembered, texts, scope, tenant))
        cached = len(remembered)
        call = _Call(tenant, chosen, people, min(self._deadline_s, self._deadline_s if within_s is None else within_s))
        if new:
            size = PATTERNS * sum(unit.size for unit in new.values()) + _NEW_COST * len(new)
            plain = await run_in_thread_if_large(size, partial(self._plain, new, call))
            remembered |= plain
            missing = {names: unit for names, unit in new.items() if names[0] not in plain} if plain else new
            remembered |= await self._read(missing, call) if missing else {}
        segments = [remembered[name] for name in names]
        borders = await run_in_thread_if_large(_TEXT_COST * len(texts), partial(crossed, without_keys))
        if borders:
            work = partial(across, without_keys, segments, borders, self._scanner)
            segments = await run_in_thread_if_large(_NEW_COST * len(borders), work)
        if people is not None:
            of_lists.read(tenant, segments)
        status = chunks.worst([segment.status for segment in segments])
        detectors = (*self.versions, *(tier.version for tier in (chosen, people) if tier is not None))
        return Detection(tuple(segments), status, detectors, cached, tuple(names))

    def _remembered(
        self, texts: Sequence[str | TextLeaf], scope: bytes, tenant: str
    ) -> tuple[list[bytes], Read, _Units]:
        """Return the names of texts, what is remembered of them, and what is to be read by the names of its leaves."""
        units = documents.units(texts)
        named = list(map(_names, units, self.cache.digests((unit.identity for unit in units), scope)))
        remembered = self.cache.lookup((name for names in named for name in names), tenant)
        placed: dict[int, bytes] = {}
        for unit, names in zip(units, named, strict=True):
            placed.update(zip(unit.places, cycle(names), strict=False))
        new = {
            names: unit
            for unit, names in zip(units, named, strict=True)
            if not all(map(remembered.__contains__, names))
        }
        return [placed[at] for at in range(len(texts))], remembered, new

    async def _read(self, missing: _Units, call: _Call) -> Read:
        """Read the new texts, and wait for those that another request of the tenant is reading."""
        size = PATTERNS * sum(unit.size for unit in missing.values()) + _TEXT_COST * len(missing)
        costs = await run_in_thread_if_large(size, lambda: [_cost(unit) for unit in missing.values()])
        flying = self._flights.of(name for names in missing for name in names)
        new = {names: unit for names, unit in missing.items() if not all(map(flying.__contains__, names))}
        metering.joined(len(missing) - len(new))
        if new:
            amount = sum(cost for names, cost in zip(missing, costs, strict=True) if names in new)
            self.pool.admit(call.tenant, amount, call.within_s)
            leaf_names = [name for names in new for name in names]
            flying |= dict.fromkeys(leaf_names, self._flights.begin(leaf_names, self._ask(new, call)))
        return await self._flights.join(flying)

    async def _ask(self, missing: _Units, call: _Call) -> Read:
        """Read the missing texts in the workers; answers are remembered unless a worker failed.

        Of a text that was not read to its end its parts are, so that the next request goes on behind them.
        """
        size = PATTERNS * sum(unit.size for unit in missing.values()) + _NEW_COST * len(missing)
        names, before, batches = await run_in_thread_if_large(size, partial(self._unread_parts, missing, call.tenant))
        answers = await self.pool.run(batches, call.within_s, call.tenant)

        def finished() -> Read:
            new = _rows(batches, answers)
            read = [before.get(name) or next(new) for name in names]
            lasting = {name: row for name, row in zip(names, read, strict=True) if row.status not in documents.UNREAD}
            if any(row.status in documents.UNREAD for row in read):
                self.cache.keep(lasting, call.tenant)
            rows = iter(read)
            scan = self._scanner.scan
            return self._kept(
                {names: unit.finished(rows, scan) for names, unit in missing.items()},
                missing, call,
            )  # fmt: skip

        return await run_in_thread_if_large(size, finished)

    def _unread_parts(self, missing: _Units, tenant: str) -> tuple[list[bytes], Read, list[list[str]]]:
        """Return the names of the parts of texts, what is remembered of them, and the batches of all others."""
        parts = [part for unit in missing.values() for part in unit.parts]
        names = self.cache.digests((f"{type(part).__name__} {part}" for part in parts), self._scope + _PARTS)
        before = self.cache.lookup(names, tenant)
        return names, before, _batches([part for part, name in zip(parts, names, strict=True) if name not in before])

    def _plain(self, new: _Units, call: _Call) -> Read:
        """Read the texts without words by the pattern tier alone."""
        if self._models_always:
            return {}
        plain = {names: unit for names, unit in new.items() if unit.plain}
        read = {
            names: SegmentFindings(tuple(unkeyed(unit.text, self._scanner.read(unit.text))))
            for names, unit in plain.items()
        }
        scan = self._scanner.scan
        return self._kept({names: unit.judged(read[names], scan) for names, unit in plain.items()}, plain, call)

    def _kept(self, read: Mapping[_Names, Sequence[SegmentFindings]], units: _Units, call: _Call) -> Read:
        """Apply the tenant's lists and add its people to what was found in texts; remembered unless a worker failed."""
        segments_by_name = {
            name: segment
            if call.lists is None
            else replace(segment, findings=call.lists.apply(leaf.text, segment.findings))
            for names, segments in read.items()
            for name, leaf, segment in zip(names, units[names].leaves, segments, strict=True)
        }
        if call.people is not None:
            for names in read:
                segments = call.people.applied(units[names], [segments_by_name[name] for name in names])
                segments_by_name.update(zip(names, segments, strict=True))
        lasting = {
            name: segment for name, segment in segments_by_name.items() if segment.status not in documents.UNREAD
        }
        self.cache.keep(lasting, call.tenant)
        return segments_by_name


def _names(unit: ReadingUnit, digest: bytes) -> _Names:
    """Return a name for each leaf of a unit, by the digest of the unit."""
    if len(unit.leaves) == 1:
        return (digest,)
    return tuple(digest[:-_INDEX] + at.to_bytes(_INDEX) for at in range(len(unit.leaves)))


def _cost(unit: ReadingUnit) -> int:
    return sum(map(cost, unit.parts))


def _batches(parts: Sequence[str]) -> list[list[str]]:
    """Group the parts of texts into batches that cost one turn, the longest that the next request has to wait."""
    batches: list[list[str]] = []
    room = 0
    for part in parts:
        spent = cost(part)
        if not batches or room < spent:
            batches.append([])
            room = TURN
        batches[-1].append(part)
        room -= spent
    return batches


def _rows(batches: Sequence[Sequence[str]], answers: Sequence[Answer]) -> Iterator[SegmentFindings]:
    """Yield the findings in each part; without an answer a segment has a status only."""
    for batch, answer in zip(batches, answers, strict=True):
        yield from [SegmentFindings(status=answer)] * len(batch) if isinstance(answer, Status) else answer
