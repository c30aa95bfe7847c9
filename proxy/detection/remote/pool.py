"""Implements ``detector.TextPool`` with detectors elsewhere: the same questions, the same answers, no models here.

A request's batches go in portions, several at once and to several detectors. A portion whose detector dies, hangs or
says nonsense goes to another within the deadline: reading is without effect, so twice is as good as once. What nobody
answers is FAILED or TIMEOUT, as with workers of this process.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from proxy.core.findings import Status
from proxy.detection.pool import metering
from proxy.detection.pool import metering as pool_metering
from proxy.detection.pool.pace import ALWAYS, Pace, cost
from proxy.detection.pool.pool import Answer
from proxy.detection.remote import protocol
from proxy.detection.remote.endpoint import READY, RemoteDetector, UnansweredError, UnreachedError
from proxy.detection.remote.tls import TlsFiles, checked
from proxy.errors import DetectionBusyError, DetectionError, TooMuchTextError
from proxy.ports import Clock
from proxy.runtime.background import Background

#: Characters of prose that one question costs, unless one text costs more; how many of a request are open.
_PORTION, _AT_ONCE = 16_000, 8
_TRIES = 3
#: How often detectors describe themselves, how long a start and a name's addresses are waited for, seconds.
_EVERY_S, _START_S, _RESOLVES_S, _LOOK_S = 1.0, 120.0, 2.0, 0.05
_LONGEST_RETRY_S = 30.0


@dataclass(slots=True)
class RemotePace(Pace):
    """The pace that the detectors state; what waits is counted here."""

    stated: float = 0.0

    @property
    def speed(self) -> float:
        """Cost per second of all detectors that are ready."""
        return max(self.stated, 1.0)

    def _best(self) -> float:
        return self.speed


@dataclass(frozen=True, slots=True)
class _Portion:
    start: int
    batches: Sequence[Sequence[str]]
    cost: int


@dataclass(slots=True)
class RemotePool:
    """Asks the detectors at ``urls`` that are of the version ``identity``; ``start`` before use, ``close`` after."""

    urls: Sequence[str]
    files: TlsFiles | None
    identity: str
    queue: int
    clock: Clock
    pace: RemotePace = field(default_factory=lambda: RemotePace(1))
    endpoints: tuple[RemoteDetector, ...] = ()
    pids: tuple[int, ...] = ()
    _requests: Counter[str] = field(default_factory=Counter)
    _background: Background = field(default_factory=Background)
    _first: asyncio.Event = field(default_factory=asyncio.Event)
    _session: aiohttp.ClientSession | None = None
    _tls: ssl.SSLContext | None = None
    _stamp: object = None

    def __post_init__(self) -> None:
        """Check addresses and files.

        Raises:
            ConfigurationError: they cannot be used.

        """
        self.urls = [checked(url, self.files) for url in self.urls]
        self._tls = None if self.files is None else self.files.client()

    async def start(self) -> None:
        """Return when a detector is ready.

        Raises:
            DetectionError: none became so in time.

        """
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=aiohttp.ThreadedResolver()),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._background.start("detectors", self._watch(self._session))
        try:
            async with asyncio.timeout(_START_S):
                await self._first.wait()
        except TimeoutError as error:
            await self.close()
            states = ", ".join(sorted({detector["state"] for detector in self.details})) or "no address"
            raise DetectionError(f"no detector became ready ({states})") from error

    async def close(self) -> None:
        """End the watch and every connection."""
        await self._background.stop()
        if self._session is not None:
            await self._session.close()

    @property
    def ready(self) -> bool:
        """Whether at least one detector can be asked now."""
        return any(endpoint.usable for endpoint in self.endpoints)

    @property
    def waiting(self) -> int:
        """How many requests wait or are being worked on."""
        return self._requests.total()

    @property
    def details(self) -> list[dict[str, str]]:
        """Each detector and its state."""
        return [endpoint.detail for endpoint in self.endpoints]

    def admit(self, tenant: str, amount: int, within_s: float) -> None:
        """Check that this much more of a tenant would be read in time; what others have asked, detectors know.

        Raises:
            TooMuchTextError: not even idle detectors could.
            DetectionBusyError: not at present.

        """
        most = self.pace.most(within_s) if self.ready else amount
        if amount > most:
            pool_metering.refused("too_much_text")
            raise TooMuchTextError.beyond(most)
        wait = self.pace.wait(tenant, amount)
        short = not self.pace.waiting[tenant] and amount <= ALWAYS
        if (self.pace.waiting and wait > within_s and not short) or self._requests[tenant] >= self.queue:
            pool_metering.refused("detection_busy")
            raise DetectionBusyError(retry_after_s=min(_LONGEST_RETRY_S, max(1.0, wait - within_s / 2)))

    async def run(self, batches: Sequence[Sequence[str]], deadline_s: float, tenant: str = "") -> list[Answer]:
        """Answer every batch, in order, within the deadline.

        Raises:
            DetectionBusyError, TooMuchTextError: the detectors say so; the request is not read.

        """
        answers: list[Answer] = [Status.TIMEOUT] * len(batches)
        until = self.clock.monotonic() + deadline_s
        portions = iter(list(_portions(batches)))

        async def work() -> None:
            for portion in portions:
                part = await self._asked(portion, until, tenant)
                answers[portion.start : portion.start + len(part)] = part

        amount = sum(cost(text) for batch in batches for text in batch)
        with self._queued(tenant, amount):
            try:
                async with asyncio.timeout(deadline_s), asyncio.TaskGroup() as group:
                    for _ in range(min(_AT_ONCE, len(batches))):
                        group.create_task(work())
            except TimeoutError:
                pass
            except ExceptionGroup as faults:  # the first ended the others
                raise faults.exceptions[0] from None
        if Status.TIMEOUT in answers:
            pool_metering.timed_out()
        return answers

    @contextmanager
    def _queued(self, tenant: str, amount: int) -> Iterator[None]:
        self._requests[tenant] += 1
        self.pace.queued(tenant, amount)
        try:
            yield
        finally:
            self._requests[tenant] -= 1
            if not self._requests[tenant]:
                del self._requests[tenant]
            self.pace.queued(tenant, -amount)

    async def _asked(self, portion: _Portion, until: float, tenant: str) -> list[Answer]:
        """Ask one detector after another until one answers; one that was asked again only when it is back alone."""
        tried: set[RemoteDetector] = set()
        asked, busy = 0, None
        while asked < _TRIES and (endpoint := await self._next(tried, until, patient=busy is None)) is not None:
            tried.add(endpoint)
            asked += 1
            left = until - self.clock.monotonic()
            if left <= 0:
                break
            within = left * protocol.SHARE
            question = protocol.TextQuestion(secrets.token_hex(8), self.identity, tenant, within, portion.batches)
            try:
                return await endpoint.ask(question, portion.cost, left)
            except DetectionBusyError as error:
                busy = error
            except UnansweredError as error:  # gone, or being replaced: what it says now is news
                asked -= isinstance(error, UnreachedError)
                self._background.start("detector", self._described(endpoint))
        if busy is not None:
            pool_metering.refused("detection_busy")
            raise busy
        status = Status.FAILED if self.clock.monotonic() < until else Status.TIMEOUT
        return [status] * len(portion.batches)

    async def _next(self, tried: set[RemoteDetector], until: float, *, patient: bool) -> RemoteDetector | None:
        """Return the detector that would be done first, rather one not tried; if ``patient`` wait for one."""
        while True:
            usable = [endpoint for endpoint in self.endpoints if endpoint.usable]
            fresh = [endpoint for endpoint in usable if endpoint not in tried]
            if choice := fresh or (usable if patient else []):
                return min(choice, key=lambda endpoint: endpoint.open_cost / endpoint.speed)
            if not patient or self.clock.monotonic() >= until:
                return None
            await asyncio.sleep(_LOOK_S)

    async def _watch(self, session: aiohttp.ClientSession) -> None:
        """Resolve the names, and have every detector describe itself; one that takes long holds up no other."""
        while True:
            if self.files is not None and self._tls is not None:
                self._tls, self._stamp = self.files.renewed(self._tls, self._stamp)
            await self._resolve(session)
            for endpoint in self.endpoints:
                self._background.start("detector", self._described(endpoint))
            await asyncio.sleep(_EVERY_S)

    async def _described(self, endpoint: RemoteDetector) -> None:
        await endpoint.describe()
        if self.ready:
            self._first.set()
        if ready := [endpoint for endpoint in self.endpoints if endpoint.state == READY]:
            self.pace.stated = sum(endpoint.speed for endpoint in ready)  # without any, as before: they come back
        metering.states(Counter(detector["state"] for detector in self.details))

    async def _resolve(self, session: aiohttp.ClientSession) -> None:
        """Make an endpoint of every address.

        One that left its name stays while it is ready (a detector that is being replaced), and so do all of a name that
        cannot be resolved now.
        """
        by_place = {(endpoint.url, endpoint.address): endpoint for endpoint in self.endpoints}
        endpoints: list[RemoteDetector] = []
        for url in self.urls:
            named = await _addresses(url)
            former = [
                endpoint.address
                for endpoint in self.endpoints
                if endpoint.url == url and (not named or endpoint.state == READY)
            ]
            for address in dict.fromkeys([*named, *former]):
                endpoint = by_place.get((url, address))
                endpoint = endpoint or RemoteDetector(url, address, self.identity, session, None, self.clock)
                endpoint.tls = self._tls if url.startswith("https:") else None
                endpoints.append(endpoint)
        self.endpoints = tuple(endpoints)


async def _addresses(url: str) -> list[str]:
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_RESOLVES_S):
            rows = await asyncio.get_running_loop().getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError):
        return []
    return sorted({str(row[4][0]) for row in rows})


def _portions(batches: Sequence[Sequence[str]]) -> Iterator[_Portion]:
    """Group batches, in order, into questions of bounded cost."""
    start, together, amount = 0, 0, 0
    for at, batch in enumerate(batches):
        spent = sum(map(cost, batch))
        if together and amount + spent > _PORTION:
            yield _Portion(start, batches[start:at], amount)
            start, together, amount = at, 0, 0
        together, amount = together + 1, amount + spent
    if together:
        yield _Portion(start, batches[start:], amount)
