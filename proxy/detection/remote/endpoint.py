"""One detector at one address: whether it may be asked, and one question to it.

A detector is asked while its last description was ours in version and ready. A call that fails on the way shuts it out
for a while that doubles, whatever it says of itself; one that does not describe itself in time loses its open calls,
which go to another.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NoReturn

import aiohttp

from proxy.detection.pool import metering
from proxy.detection.pool.pool import Answer
from proxy.detection.remote import protocol
from proxy.errors import DetectionBusyError, TooMuchTextError
from proxy.ports import Clock
from proxy.runtime import trace
from proxy.runtime.offload import run_in_thread_if_large

READY: Final = "ready"
FAILING: Final = "calls fail"
_OK, _OTHER, _LARGE = 200, 409, 413
_BUSY = frozenset({429, 503})
_DESCRIBES_S = 2.0
_PAUSE_S, _LONGEST_S = 0.5, 30.0
_LONGEST_RETRY_S = 30.0
_EXPECTED = 25_000.0


class UnansweredError(Exception):
    """No valid answer, by the detector's fault; the message is a word of ours."""


class UnreachedError(UnansweredError):
    """There was no connection, so the detector has not got the question."""


@dataclass(eq=False, slots=True)
class RemoteDetector:
    """``url`` is as configured, ``address`` one that its host resolves to; ``identity`` is the version wanted."""

    url: str
    address: str
    identity: str
    session: aiohttp.ClientSession
    tls: ssl.SSLContext | None
    clock: Clock
    state: str = "not asked yet"
    speed: float = _EXPECTED
    open_cost: int = 0
    _calls: set[asyncio.Task[tuple[int, bytes]]] = field(default_factory=set)
    _failures: int = 0
    _until: float = 0.0
    _describing: bool = False

    @property
    def usable(self) -> bool:
        """Whether it may be asked now; after a pause one call tries it."""
        return self.state == READY and (
            not self._failures or (self.clock.monotonic() >= self._until and not self._calls)
        )

    @property
    def detail(self) -> dict[str, str]:
        """Its address and state, for readiness and doctor."""
        shut = FAILING if self.state == READY and not self.usable else self.state
        return {"url": self.url, "address": self.address, "state": shut}

    async def describe(self) -> None:
        """Ask what it is, and set its state, unless it is being asked; calls to one that does not answer end."""
        if self._describing:
            return
        self._describing = True
        try:
            await self._describe()
        finally:
            self._describing = False

    async def _describe(self) -> None:
        try:
            async with asyncio.timeout(_DESCRIBES_S):
                status, body = await self._request("GET", protocol.DESCRIBE, None)
            description = protocol.decode_description(body) if status == _OK else None
        except (ssl.SSLError, aiohttp.ClientSSLError):
            self._away("certificate")
        except (TimeoutError, aiohttp.ClientError, OSError, protocol.MalformedError, UnansweredError):
            self._away("unreachable")
        else:
            if description is None:
                self.state = "not a detector"
            elif description.identity != self.identity:
                self.state = "other version"
            else:
                self.state = READY if description.ready else "not ready"
                self.speed = max(description.speed, 1.0)

    def _away(self, state: str) -> None:
        self.state = state
        for call in self._calls:
            call.cancel()

    async def ask(self, question: protocol.TextQuestion, amount: int, within_s: float) -> list[Answer]:
        """Return its answers to the batches of a question that costs so much.

        Raises:
            UnansweredError: there is none; the question may go to another. UnreachedError: nor was it asked.
            DetectionBusyError, TooMuchTextError: it says so.

        """
        size = sum(len(text) for batch in question.batches for text in batch)
        body = await run_in_thread_if_large(size, partial(protocol.encode_question, question))
        started = self.clock.monotonic()
        outcome = "failed"
        self.open_cost += amount
        try:
            with trace.client("detect", server__address=self.address):
                status, reply = await self._call(body, within_s)
                trace.answered(status, ours=True)
            outcome = "busy" if status in _BUSY else outcome
            if status == _OK:
                answers, self.speed = await run_in_thread_if_large(
                    len(reply), partial(protocol.decode_answer, question, reply)
                )
                self._failures, outcome = 0, "ok"
                return answers
            self._refused(status, _document(reply))
        except (protocol.MalformedError, UnansweredError, TimeoutError, aiohttp.ClientError, OSError) as error:
            self._failed(started)
            fault = UnreachedError if isinstance(error, aiohttp.ClientConnectorError) else UnansweredError
            raise fault(type(error).__name__) from None  # its message could hold text
        finally:
            self.open_cost -= amount
            metering.called(outcome, self.clock.monotonic() - started)

    def _refused(self, status: int, document: Mapping[str, Any]) -> NoReturn:
        """Raise what a status says."""
        if status in _BUSY:
            wait = document.get("retry_after_s")
            seconds = min(_LONGEST_RETRY_S, max(0.1, wait)) if isinstance(wait, int | float) else 1.0
            raise DetectionBusyError(retry_after_s=seconds)
        if status == _LARGE:
            raise TooMuchTextError
        if status == _OTHER:
            self.state = "other version"
        raise UnansweredError("refused")

    def _failed(self, started: float) -> None:
        """Shut it out until it describes itself, and for longer than before: once for all calls that were open then."""
        self.state = FAILING if self.state == READY else self.state
        if started < self._until:
            return
        pause = min(_PAUSE_S * 2**self._failures, _LONGEST_S)
        self._failures = min(self._failures + 1, 10)
        self._until = self.clock.monotonic() + pause

    async def _call(self, body: bytes, within_s: float) -> tuple[int, bytes]:
        headers: dict[str, str] = {}
        trace.inject(headers)
        call = asyncio.get_running_loop().create_task(self._request("POST", protocol.DETECT, body, headers))
        self._calls.add(call)
        try:
            async with asyncio.timeout(within_s):
                await asyncio.wait({call})
            if call.cancelled():
                raise UnansweredError("away")
            return call.result()
        finally:
            self._calls.discard(call)
            call.cancel()

    async def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        scheme, _, authority = self.url.partition("://")
        host, port = _split(authority, scheme)
        address = f"[{self.address}]" if ":" in self.address else self.address
        async with self.session.request(
            method,
            f"{scheme}://{address}:{port}{path}",
            data=body,
            headers={**(headers or {}), "Host": authority, "Content-Type": "application/json"},
            allow_redirects=False,
            ssl=True if self.tls is None else self.tls,
            server_hostname=host if self.tls is not None else None,
        ) as response:
            if response.content_length is None or response.content_length > protocol.LARGEST:
                raise UnansweredError("unmeasured")
            return response.status, await response.read()


def _split(authority: str, scheme: str) -> tuple[str, int]:
    """Return host and port of "host:port", "[::1]:port" or "host"."""
    host, _, port = authority.rpartition(":")
    if not host or port.endswith("]"):
        host, port = authority, "443" if scheme == "https" else "80"
    return host.strip("[]"), int(port)


def _document(reply: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(reply)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
