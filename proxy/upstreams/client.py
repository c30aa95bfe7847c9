"""The only owner of the client session: sends an ``Outbound`` and returns the target's reply.

Redirects are never followed, no cookies are stored, proxies of the environment are not used, and no client header is
passed on: a target receives the body, its own credential and fixed headers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import aiohttp
from prometheus_client import Counter, Histogram
from yarl import URL

from proxy.core.records import Outbound
from proxy.core.routing.routing import Sender
from proxy.core.targets.destinations import ANYWHERE, Destinations
from proxy.core.targets.registered import Target
from proxy.errors import (
    DownError,
    ProxyError,
    TokenUnavailableError,
    UpstreamCutError,
    UpstreamError,
    UpstreamTimeoutError,
)
from proxy.ports import Clock
from proxy.runtime import trace
from proxy.runtime.background import Background
from proxy.runtime.inflate import IDENTITY, Inflater
from proxy.runtime.offload import HERE, run_in_thread_if_large
from proxy.schemes.scheme import PreparedRequest, with_query
from proxy.upstreams.authorizers import Authorizers
from proxy.upstreams.circuit import Circuits, Failure
from proxy.upstreams.connections import Connections, GuardedResolver
from proxy.upstreams.credentials import Credentials
from proxy.upstreams.probes import Prober
from proxy.upstreams.reports import ReplyReport, retry_after
from proxy.upstreams.tokens import AccessTokens

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

CALLS = Counter(
    "proxy_target_calls",
    "Calls to targets, by result: a status, unreachable, timeout, or not_called while the target is down.",
    ["target", "result"],
)
SECONDS = Histogram("proxy_target_seconds", "Time until a target's reply begins.", ["target"], buckets=_SECONDS)


def answered(target: str, status: int, seconds: float) -> None:
    """Count a call that was answered."""
    CALLS.labels(target, str(status)).inc()
    SECONDS.labels(target).observe(seconds)


def failed(target: str, result: str) -> None:
    """Count a call without an answer."""
    CALLS.labels(target, result).inc()


_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid")
_LONGEST_REQUEST_ID = 128
_TRAILER_S = 0.02
#: Bytes of a stream that are held back at most until it names its model.
_UNNAMED = 256 << 10
_CONNECTION = {"Accept-Encoding": "identity", "Connection": "keep-alive"}
#: Bytes of a token endpoint's answer that are read.
_TOKEN_BYTES = 64 << 10
#: Called with (target, region in the provider's words) if a reply comes from a region that is not registered.
Misplaced = Callable[[str, str], None]


def _ignore(_target: str, _region: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """Limits of a target, seconds and bytes."""

    connect_s: float = 5.0
    token_s: float = 5.0  # for a token endpoint to answer
    max_bytes: int = 64 << 20


@dataclass(slots=True)
class _Translated:
    """Translates the client library's errors; their texts may contain URLs and stay on ``__cause__``."""

    target: Target

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        if isinstance(error, TimeoutError | aiohttp.ServerTimeoutError):
            raise UpstreamTimeoutError(f"target {self.target.id} did not answer in time") from error
        if isinstance(error, aiohttp.ClientError | OSError):
            raise UpstreamError(
                f"target {self.target.id} could not be reached or closed the connection early"
            ) from error


@lru_cache(maxsize=1024)
def _address(base_url: str, path: str, query: tuple[tuple[str, str], ...]) -> URL:
    """Return the URL to call: the path as written, below the base URL's own path and with its query.

    Raises:
        aiohttp.InvalidURL: the base URL is invalid.

    """
    try:
        base = URL(base_url)
        url = base.with_path(base.raw_path.rstrip("/") + path if path else base.raw_path, encoded=True)
        pairs = (*base.query.items(), *query)
    except ValueError as error:
        raise aiohttp.InvalidURL("the target's address") from error
    return with_query(url, pairs)


def _at_root(base_url: str, path: str) -> URL:
    try:
        return URL(base_url).with_path(path)
    except ValueError as error:
        raise aiohttp.InvalidURL("the target's address") from error


def _request_id(headers: Mapping[str, str]) -> str:
    for name in _REQUEST_ID_HEADERS:
        if name in headers:
            return headers[name][:_LONGEST_REQUEST_ID]
    return ""


def _failure(error: UpstreamError) -> Failure:
    never_sent = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
    return Failure.UNREACHABLE if isinstance(error.__cause__, never_sent) else Failure.AWAY


class HttpReply:
    """One reply; read it once, then close it."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        target: Target,
        limits: TargetLimits,
        reports: ReplyReport,
        misplaced: Misplaced,
    ) -> None:
        self._reports = reports
        self._misplaced = misplaced
        self._response = response
        self._target = target
        self._limits = limits
        self.status = response.status
        self.content_type = response.content_type
        self.request_id = _request_id(response.headers)
        self.retry_after_s = retry_after(response.headers)
        self.headers: Mapping[str, str] = response.headers
        #: Whether the body's own end differs from that of a broken connection.
        self._bounded = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        self._encoding = response.headers.get("Content-Encoding", "").strip().lower()

    @property
    def region(self) -> str:
        """The region that the reply says it was made in, as far as it was read."""
        return self._reports.region

    async def read(self) -> bytes:
        """Return the whole body."""
        body = await self._arrived()
        self._reports.read(body)
        return body

    async def _arrived(self) -> bytes:
        with _Translated(self._target):
            if self._response.content.is_eof():  # it all arrived with the head, so there is nothing to wait for
                return await self._body()
            async with asyncio.timeout(self._target.timeout_s):
                return await self._body()

    async def _body(self) -> bytes:
        content, parts, size = self._response.content, [], 0
        while chunk := await content.readany():
            size += len(chunk)
            if size > self._limits.max_bytes:
                raise UpstreamError(f"the reply of target {self._target.id} is larger than the configured limit")
            parts.append(chunk)
        return await self._plain(b"".join(parts))

    async def _plain(self, body: bytes) -> bytes:
        """Decompress a reply that arrived compressed although the request did not allow it."""
        if self._encoding in IDENTITY:
            return body
        try:
            inflater = Inflater(self._encoding, self._limits.max_bytes)
            await run_in_thread_if_large(1 + HERE, lambda: inflater.feed(body))
            return inflater.end()
        except ProxyError as error:
            raise UpstreamError(f"the compressed reply of target {self._target.id} could not be read") from error

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            UpstreamCutError: only the end of the connection ended it; no matter where the stream has marked its end.

        """
        if self._encoding not in IDENTITY:
            raise UpstreamError(f"target {self._target.id} compressed its stream, which the request did not allow")
        with _Translated(self._target):
            pending = b""  # until the stream names its model, where one is pinned
            async for chunk in self._response.content.iter_any():
                self._reports.piece(chunk)
                pending += chunk
                if not self._reports.undecided:
                    yield pending
                    pending = b""
                elif len(pending) > _UNNAMED:
                    break
            self._reports.ended()
        if not self._bounded:
            raise UpstreamCutError(f"the stream of target {self._target.id} ends with its connection, so it may be cut")

    async def close(self) -> None:
        """Release the connection if the body was read to its end, else drop it.

        After an event stream's end marker, the rest gets only the time it takes to arrive.
        """
        if self._reports.misplaced:
            self._misplaced(self._target.id, self._reports.region)
        content = self._response.content
        if not content.at_eof():
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(_TRAILER_S):
                    await content.readany()
        if content.at_eof():
            self._response.release()
        else:
            self._response.close()


class HttpUpstreams:
    """Calls targets over HTTP/1.1 with keep-alive."""

    def __init__(
        self, credentials: Credentials, limits: TargetLimits, clock: Clock, destinations: Destinations = ANYWHERE
    ) -> None:
        self._destinations = destinations
        self._connections = Connections(credentials, destinations)
        self._background = Background()
        tokens = AccessTokens(self._post, clock, limits.token_s, self._background)
        self._authorizers = Authorizers(credentials, tokens)
        self._limits, self._clock = limits, clock
        self._circuits = Circuits(clock)
        self._probes = Prober(self._get, self._circuits, clock)
        self._session: aiohttp.ClientSession | None = None
        self.targets: Mapping[str, Target] = {}
        self.misplaced: Misplaced = _ignore

    async def start(self) -> None:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, resolver=GuardedResolver(self._destinations)),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            skip_auto_headers=("User-Agent", "Accept"),
            # how long a target may be silent is its endpoint's (``timeout_s``, ``stream.silence_s``)
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s),
        )
        self._background.start("probes", self._probes.run(lambda: self.targets))

    async def close(self) -> None:
        """Close every connection."""
        await self._background.stop()
        if self._session is not None:
            await self._session.close()

    def available(self, target: str, sender: Sender) -> bool:
        """Whether the target has an address and its circuit is closed for this sender."""
        registered = self.targets.get(target)
        return registered is not None and bool(registered.base_url) and self._circuits.closed(target, sender)

    def wait(self, target: str, sender: Sender) -> float:
        """Return the seconds until a failing target may be tried again; 0.0 if it may be now."""
        return self._circuits.wait(target, sender)

    def down(self) -> frozenset[str]:
        """Return the targets that are down for everyone."""
        return self._circuits.down()

    async def send(self, outbound: Outbound, sender: Sender) -> HttpReply:
        """Send; repeated failures open a circuit for a while, the sender's own or everyone's (``Circuits``)."""
        target = outbound.target
        if not self._circuits.admits(target.id, sender):
            failed(target.id, "not_called")
            raise DownError.until(target.id, self._circuits.wait(target.id, sender))
        try:
            with _Translated(target):
                call = await self._call(outbound, sender)
                tls, headers = self._connections.tls(target, call.url), {**call.headers, **_CONNECTION}
        except TokenUnavailableError:
            self._circuits.no_token(target.id)
            raise
        trace.inject(headers)
        started = self._clock.monotonic()
        try:
            with _Translated(target):
                async with asyncio.timeout(target.timeout_s):
                    response = await self._opened().request(
                        call.method, call.url, data=call.body, headers=headers, allow_redirects=False, ssl=tls
                    )
        except UpstreamError as error:
            failure = _failure(error)
            error.again = error.untried = failure is Failure.UNREACHABLE
            self._circuits.failed(target.id, sender, failure)
            failed(target.id, "timeout" if isinstance(error, UpstreamTimeoutError) else "unreachable")
            raise
        answered(target.id, response.status, self._clock.monotonic() - started)
        if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP redirects
            response.close()
            raise UpstreamError(f"target {target.id} answered with a redirect, which is never followed")
        self._circuits.answered(target.id, sender, response.status)
        self._authorizers.answered(target, response.status)
        reports = ReplyReport(target, response.headers, outbound.pinned)
        return HttpReply(response, target, self._limits, reports, self.misplaced)

    async def _call(self, outbound: Outbound, sender: Sender) -> PreparedRequest:
        """Return the call as it is sent, authorized."""
        wire, target = outbound.wire, outbound.target
        headers = {"Content-Type": wire.media, **dict(wire.headers)}
        call = PreparedRequest(wire.method, _address(target.base_url, wire.path, wire.query), headers, wire.body)
        self._connections.check(call.url, f"target {target.id}")
        return await self._authorizers.authorized(call, target, sender)

    async def _get(self, target: Target) -> int:
        """Return the status of the target's probe.

        Raises:
            UpstreamError: it did not answer in time.

        """
        probe = target.access.probe
        with _Translated(target):
            async with asyncio.timeout(probe.timeout_s):
                url = _at_root(target.base_url, probe.path)
                self._connections.check(url, f"target {target.id}")
                call = await self._authorizers.authorized(PreparedRequest("GET", url, {}, b""), target, Sender())
                tls, headers = self._connections.tls(target, url), {**call.headers, **_CONNECTION}
                async with self._opened().get(call.url, headers=headers, allow_redirects=False, ssl=tls) as response:
                    return response.status

    def usage(self) -> Mapping[str, int]:
        """Return how many connections to targets are busy and idle."""
        connector = self._opened().connector
        if connector is None:
            return {}
        idle = sum(map(len, connector._conns.values()))  # noqa: SLF001 - the library has no public way
        return {"busy": len(connector._acquired), "idle": idle}  # noqa: SLF001

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise UpstreamError("the client is not started")
        return self._session

    async def _post(self, address: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Post a form to a token endpoint; return (status, body)."""
        try:
            url = URL(address)
        except ValueError as error:
            raise aiohttp.InvalidURL("the token endpoint") from error
        self._connections.check(url, "the token endpoint")
        post = self._opened().post(url, data=form, allow_redirects=False, headers=_CONNECTION)
        async with post as response:
            return response.status, await response.content.read(_TOKEN_BYTES)
