"""The cache as a step of the path: between what may leave and its leaving, a reply that was kept may answer.

A kept reply stands where the target's would, so it is judged, searched and restored as that is. The target's reply is
kept once it was delivered, if it is an answer that may be given again (``proxy.codecs.endings``).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

from prometheus_client import Counter

from proxy.codecs.base import Api
from proxy.codecs.endings import is_answer
from proxy.core import cached, statuses
from proxy.core.cached import CallerWish, StoredReply
from proxy.core.records import Inspection, Operation, Outbound
from proxy.core.statuses import ReusedReply
from proxy.errors import NotCachedError, VaultUnavailableError
from proxy.exchange.request import AddressedRequest
from proxy.ports import Clock, Replies, ReplyTerms, TargetReply
from proxy.runtime.offload import run_in_thread_if_large, weight

RESULTS = Counter(
    "proxy_reply_cache",
    "Requests that policy lets the cache answer, by result: hit, miss, bypass (the caller asked), unavailable; and "
    "replies: stored, unfit (cut, refused, calls, too large, erased).",
    ["result"],
)
#: The longest that a request waits for the store, seconds.
_PATIENCE_S = 0.25


class KeptReply:
    """A stored reply in the place of a target's (``ports.TargetReply``); ``source`` is whose reply it was."""

    def __init__(self, stored: StoredReply, age_s: float) -> None:
        self.status, self.content_type, self.headers = statuses.OK, stored.content_type, stored.headers
        self.request_id = self.region = ""
        self.retry_after_s = 0.0
        self.source = ReusedReply(stored.exchange, int(age_s))
        self._pieces = stored.pieces

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join(self._pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the pieces in which it came."""
        for piece in self._pieces:
            yield piece

    async def close(self) -> None:
        """Nothing is open."""


class RecordedReply:
    """A target's reply of which the bytes are kept as they pass; ``pieces`` is None once they are too many."""

    def __init__(self, reply: TargetReply, most: int) -> None:
        self._reply, self._left = reply, most
        self.pieces: list[bytes] | None = []
        self.status, self.content_type = reply.status, reply.content_type
        self.request_id, self.retry_after_s, self.headers = reply.request_id, reply.retry_after_s, reply.headers

    @property
    def region(self) -> str:
        """As the target's."""
        return self._reply.region

    async def read(self) -> bytes:
        """Return the whole body; errors as the target's."""
        body = await self._reply.read()
        self._note(body)
        return body

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; errors as the target's."""
        async for chunk in self._reply.chunks():
            self._note(chunk)
            yield chunk

    async def close(self) -> None:
        """Close the target's."""
        await self._reply.close()

    def _note(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            self.pieces = None
        elif self.pieces is not None:
            self.pieces.append(piece)


@dataclass(slots=True)
class CacheStep:
    """What the cache does for one request: answers it, or keeps its reply."""

    headers: Mapping[str, str]
    identity: bytes  # what equal requests have in common
    lifetime_s: int  # for which the reply may answer them: as policy permits, and the store keeps
    hit: KeptReply | None = None
    most: int = 0  # bytes of a reply that is kept, 0: it is not
    delivered: bool = False  # the target's reply was neither withheld nor cut
    _recorded: RecordedReply | None = None
    _began: float = 0.0

    def recorded(self, reply: TargetReply, now: float) -> TargetReply:
        """Return a reply, recorded if it may be kept."""
        if not self.most or reply.status != statuses.OK:
            return reply
        self._recorded, self._began = RecordedReply(reply, self.most), now
        return self._recorded

    def reply(self, request: AddressedRequest) -> StoredReply | None:
        """Return what was delivered, to be kept; of its headers those that are passed on."""
        recorded = self._recorded
        if not self.delivered or recorded is None or not recorded.pieces:
            return None
        headers = request.passed_on(recorded.headers)
        return StoredReply(request.exchange.id, recorded.content_type, recorded.pieces, headers)

    def age_s(self, now: float) -> float:
        """Return for how long the reply has been on its way."""
        return now - self._began


@dataclass(frozen=True, slots=True)
class ReplyCache:
    """Looks replies up, and keeps them."""

    replies: Replies
    clock: Clock
    most_bytes: int = 1 << 20  # of a request, and of a reply
    patience_s: float = _PATIENCE_S

    async def look_up(self, request: AddressedRequest, inspection: Inspection, outbound: Outbound) -> CacheStep | None:
        """Return the step of a request; None where policy, or the kind of request, leaves the cache out.

        Raises:
            NotCachedError: the caller wants no other answer than a kept one, and there is none.

        """
        wish = cached.wish(request.client.cache_control)
        lifetime_s = min(cached.lifetime_s(outbound, request.exchange, inspection), self.replies.longest_s)
        step = None
        if lifetime_s and len(outbound.wire.body) <= self.most_bytes:
            step = CacheStep({}, cached.identity(outbound, request.exchange), lifetime_s)
            await self._answer(step, request.domain, wish)
        if wish.only and (step is None or step.hit is None):
            raise NotCachedError
        return step

    async def _answer(self, step: CacheStep, domain: str, wish: CallerWish) -> None:
        """Look for a reply, unless the caller wants none; say in the headers what came of it."""
        step.most = self.most_bytes if wish.stores else 0
        if not wish.reads:
            RESULTS.labels("bypass").inc()
            step.headers = cached.status_headers(forwarded="request")
            return
        lifetime_s = step.lifetime_s
        oldest = min(lifetime_s if wish.max_age_s is None else wish.max_age_s, lifetime_s - wish.min_fresh_s)
        try:
            async with asyncio.timeout(self.patience_s):
                row = await self.replies.find(domain, step.identity, oldest)
        except (VaultUnavailableError, TimeoutError):
            RESULTS.labels("unavailable").inc()
            step.headers, step.most = cached.status_headers(forwarded="bypass"), 0
            return
        if row is None:
            RESULTS.labels("miss").inc()
            step.headers = cached.status_headers(forwarded="miss")
            return
        RESULTS.labels("hit").inc()
        packed, age_s = row
        stored = await run_in_thread_if_large(len(packed), partial(StoredReply.unpacked, packed))
        step.headers, step.most = cached.status_headers(age_s=age_s, ttl_s=lifetime_s - age_s), 0
        step.hit = KeptReply(stored, age_s)

    async def keep(
        self, request: AddressedRequest, inspection: Inspection, outbound: Outbound, step: CacheStep
    ) -> None:
        """Keep a delivered reply, where it may answer again; failing costs nobody anything but a later hit."""
        stored = step.reply(request)
        if stored is None:
            return
        api, vectors = _target_api(request, outbound), inspection.payload.operation is Operation.EMBEDDING
        fit = partial(is_answer, api, stored.content_type, stored.pieces, streamed=outbound.stream, vectors=vectors)
        packed = await run_in_thread_if_large(
            weight(b"".join(stored.pieces)), lambda: stored.packed() if fit() else None
        )
        if packed is None:
            RESULTS.labels("unfit").inc()
            return
        terms = ReplyTerms(
            pseudonyms=cached.pseudonyms(outbound, inspection),
            subject=request.exchange.declared.subject_mark,
            age_s=step.age_s(self.clock.monotonic()),
            lifetime_s=step.lifetime_s,
        )
        with contextlib.suppress(VaultUnavailableError, TimeoutError):
            async with asyncio.timeout(self.patience_s):
                done = await self.replies.put(request.domain, step.identity, packed, terms)
            RESULTS.labels("stored" if done else "unfit").inc()


def _target_api(request: AddressedRequest, outbound: Outbound) -> Api:
    translation = request.plan.translations.get(outbound.target.id)
    return request.api if translation is None else translation.target
