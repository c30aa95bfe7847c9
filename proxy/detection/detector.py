"""Implements the ``Detector`` port: a cache, then worker processes; texts without words are read in this process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from proxy.core.findings import Detection, DetectorVersion, Finding, SegmentFindings, Status
from proxy.detection.cache import FindingCache
from proxy.detection.lists import ListFilter, filter_of
from proxy.detection.merge import disjoint
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.plugins.sources import RECOGNIZERS, folder, versions
from proxy.detection.pool import metering, surroundings
from proxy.detection.pool.flights import Flights, Read
from proxy.detection.pool.pace import cost
from proxy.detection.pool.pool import TURN, Answer, PoolLimits, WorkerPool
from proxy.detection.pool.process import WorkerProcess
from proxy.detection.text import chunks
from proxy.detection.text.borders import across, crossed
from proxy.detection.text.frames import unkeyed
from proxy.detection.text.plain import needs_no_model
from proxy.detection.versions import detector_versions
from proxy.detection.whole import completed
from proxy.runtime.offload import PATTERNS, run_in_thread_if_large

_BATCH_CHARACTERS = TURN
#: What looking up a text costs, and reading a short one with patterns, in characters.
_TEXT_COST, _NEW_COST = 64, 2_000
_UNREAD = frozenset({Status.FAILED, Status.TIMEOUT})
_PATTERNS_ONLY = b"patterns-only"
#: Lanes per worker, so that two tenants are read at once. Only on Linux is forking safe once models are loaded.
_LANES = 2 if sys.platform == "linux" else 1
_NO_LISTS: Mapping[str, ListFilter] = {}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One part of a text for a worker: index of the text, offset, part."""

    text: int
    offset: int
    part: str


@dataclass(frozen=True, slots=True)
class _Call:
    """The tenant of a reading, its lists, and the seconds that it may take."""

    tenant: str
    lists: ListFilter | None
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
    ) -> None:
        """``spawn`` makes a worker process with ``lanes``."""
        self._scanner = PatternScanner()
        self._deadline_s = deadline_s
        self._flights = Flights()
        self.lists = lists  # of each tenant; swapped whole on reload
        self.pool = WorkerPool(
            PoolLimits(workers=workers, queue=queue, batch_s=deadline_s),
            lambda: spawn(lanes=_LANES),
        )
        self.cache = FindingCache(cache_bytes, key)
        installed = versions(RECOGNIZERS, folder())
        self._models_always = bool(installed)  # a recognizer may look for what the pattern tier takes for plain
        shipped = detector_versions(self._scanner.patterns, surroundings.classifier())
        self.versions: tuple[DetectorVersion, ...] = (*shipped, *installed)
        self._scope = "|".join(f"{v.id}@{v.version}#{v.ruleset_sha256}" for v in self.versions).encode()

    async def start(self) -> None:
        """Spawn the workers; return when one is ready.

        Raises:
            DetectionError: none became ready.

        """
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

    @property
    def ready(self) -> bool:
        """Whether a worker can answer now."""
        return self.pool.ready

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return self.pool.pids

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        """Scan with the pattern tier alone, in this process, less what the tenant allows; remembered."""
        [name] = self.cache.digests((text,), _PATTERNS_ONLY)
        segment = self.cache.found((name,), tenant).get(name) or self._scanned({name: text}, tenant)[name]
        return self._allowed(text, segment, tenant)

    async def scan_each(self, texts: Sequence[str], tenant: str) -> list[tuple[Finding, ...]]:
        """Return what ``scan`` returns for each text."""
        names, known, new = await self._known(texts, _PATTERNS_ONLY, tenant)
        known |= await run_in_thread_if_large(_NEW_COST * len(new), partial(self._scanned, new, tenant))
        return [self._allowed(text, known[name], tenant) for name, text in zip(names, texts, strict=True)]

    def _scanned(self, new: Mapping[bytes, str], tenant: str) -> Read:
        found = {name: SegmentFindings(findings=self._patterns(text)) for name, text in new.items()}
        self.cache.keep(found, tenant)
        return found

    def _allowed(self, text: str, segment: SegmentFindings, tenant: str) -> tuple[Finding, ...]:
        chosen = filter_of(self.lists, tenant)
        return segment.findings if chosen is None else chosen.allowed(text, segment.findings)

    async def _known(
        self, texts: Sequence[str], scope: bytes, tenant: str
    ) -> tuple[Sequence[bytes], Read, Mapping[bytes, str]]:
        """Return the names of texts, what is remembered of them, and the other texts by name."""

        def look_up() -> tuple[Sequence[bytes], Read, Mapping[bytes, str]]:
            names = self.cache.digests(texts, scope)
            known = self.cache.found(names, tenant)
            return names, known, {name: text for name, text in zip(names, texts, strict=True) if name not in known}

        return await run_in_thread_if_large(sum(map(len, texts)) + _TEXT_COST * len(texts), look_up)

    async def detect(self, texts: Sequence[str], tenant: str, within_s: float | None = None) -> Detection:
        """Return one ``SegmentFindings`` per text, within the deadline. Faults of workers are statuses.

        Raises:
            TooMuchTextError, DetectionBusyError: the new texts cannot be read in time; none was read.

        """
        chosen = filter_of(self.lists, tenant)
        scope = self._scope + b"|" + tenant.encode() + b"|" + (chosen.digest if chosen else b"")
        names, known, new = await self._known(texts, scope, tenant)
        cached = len(known)
        call = _Call(tenant, chosen, min(self._deadline_s, self._deadline_s if within_s is None else within_s))
        if new:
            size = PATTERNS * sum(map(len, new.values())) + _NEW_COST * len(new)
            plain = await run_in_thread_if_large(size, partial(self._plain, new, call))
            known |= plain
            missing = {name: text for name, text in new.items() if name not in plain} if plain else new
            known |= await self._read(missing, call) if missing else {}
        segments = [known[name] for name in names]
        borders = await run_in_thread_if_large(_TEXT_COST * len(texts), partial(crossed, texts))
        if borders:
            work = partial(across, texts, segments, borders, self._scanner)
            segments = await run_in_thread_if_large(_NEW_COST * len(borders), work)
        status = chunks.worst([segment.status for segment in segments])
        detectors = self.versions if chosen is None else (*self.versions, chosen.version)
        return Detection(tuple(segments), status, detectors, cached, tuple(names))

    async def _read(self, missing: Mapping[bytes, str], call: _Call) -> Read:
        """Read the new texts, and wait for those that another request of the tenant is reading."""
        size = sum(map(len, missing.values())) + _TEXT_COST * len(missing)
        costs = await run_in_thread_if_large(size, lambda: {name: cost(text) for name, text in missing.items()})
        flying = self._flights.of(missing)
        new = {name: text for name, text in missing.items() if name not in flying}
        metering.joined(len(flying))
        if new:
            self.pool.admit(call.tenant, sum(costs[name] for name in new), call.within_s)
            flying |= dict.fromkeys(new, self._flights.begin(new, self._ask(new, call)))
        return await self._flights.join(flying)

    async def _ask(self, missing: Mapping[bytes, str], call: _Call) -> Read:
        """Read the missing texts in the workers; answers are remembered unless a worker failed."""
        texts = list(missing.values())
        size = PATTERNS * sum(map(len, texts)) + _NEW_COST * len(texts)
        batches = await run_in_thread_if_large(size, partial(_batches, texts))
        answers = await self.pool.run(
            [[piece.part for piece in batch] for batch in batches], call.within_s, call.tenant
        )

        def finished() -> Read:
            segments = chunks.joined(texts, _placed(batches, answers))
            return self._finished(dict(zip(missing, zip(texts, segments, strict=True), strict=True)), call)

        return await run_in_thread_if_large(size, finished)

    def _plain(self, new: Mapping[bytes, str], call: _Call) -> Read:
        """Read the texts without words by the pattern tier alone."""
        plain = {} if self._models_always else {name: text for name, text in new.items() if needs_no_model(text)}
        scanned = {name: tuple(unkeyed(text, self._scanner.read(text))) for name, text in plain.items()}
        return self._finished({name: (text, SegmentFindings(scanned[name])) for name, text in plain.items()}, call)

    def _patterns(self, text: str) -> tuple[Finding, ...]:
        return tuple(unkeyed(text, self._scanner.scan(text)))

    def _finished(self, read: Mapping[bytes, tuple[str, SegmentFindings]], call: _Call) -> Read:
        """Complete what was found in texts, and remember it unless a worker failed."""
        found = {name: self._finish(text, segment, call.lists) for name, (text, segment) in read.items()}
        lasting = {name: segment for name, segment in found.items() if segment.status not in _UNREAD}
        self.cache.keep(lasting, call.tenant)
        return found

    def _finish(self, text: str, segment: SegmentFindings, chosen: ListFilter | None) -> SegmentFindings:
        if segment.status in _UNREAD:
            segment = replace(segment, findings=disjoint((*segment.findings, *self._patterns(text))))
        segment = completed(text, segment, self._scanner.scan)
        return segment if chosen is None else replace(segment, findings=chosen.apply(text, segment.findings))


def _batches(texts: Sequence[str]) -> list[list[_Piece]]:
    """Group the pieces of texts into batches of one turn, the longest that the next request has to wait."""
    batches: list[list[_Piece]] = []
    room = 0
    for piece in (_Piece(at, offset, part) for at, text in enumerate(texts) for offset, part in chunks.split(text)):
        if not batches or room < len(piece.part):
            batches.append([])
            room = _BATCH_CHARACTERS
        batches[-1].append(piece)
        room -= len(piece.part)
    return batches


def _placed(
    batches: Sequence[Sequence[_Piece]], answers: Sequence[Answer]
) -> Iterator[tuple[int, int, int, SegmentFindings]]:
    """Yield each piece's text, offset, length and findings; without an answer a segment has a status only."""
    for batch, answer in zip(batches, answers, strict=True):
        for index, piece in enumerate(batch):
            segment = SegmentFindings(status=answer) if isinstance(answer, Status) else answer[index]
            yield piece.text, piece.offset, len(piece.part), segment
