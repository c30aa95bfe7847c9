"""Copies of delivered requests for a second target, before it serves anybody: to compare, to warm up, to migrate.

A copy is an exchange of its own, with a decision, transforms and evidence of its own (``mirror_of``), under the same
policy. It is sent after the caller has the reply, so it neither delays nor fails anything; what its target answers is
read to the end and dropped. At most so many are under way in a process: what finds no place is counted and not sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from prometheus_client import Counter

from proxy.core.statuses import DROPPED, Outcome
from proxy.core.wire import JSON
from proxy.exchange.delivery import Delivery
from proxy.exchange.request import ClientRequest
from proxy.exchange.streaming import limited
from proxy.ports import TargetReply
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.runtime.steps import in_turns

COPIES = Counter("proxy_mirrored", "Copies for mirrors, by target: sent on their way, or dropped for want of a place.",
                 ["target", "result"])  # fmt: skip


@dataclass(slots=True)
class Mirrors:
    """The copies that are under way in this process."""

    most: int = 8
    _background: Background = field(default_factory=Background)
    _under_way: int = 0

    def start(self, tenant: str, target: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Let a copy take its way, unless there are too many already; return whether it does."""
        taken = self._under_way < self.most
        COPIES.labels(target, "started" if taken else "dropped").inc()
        if taken:
            self._under_way += 1
            self._background.start("mirror", self._run(tenant, work))
        return taken

    async def close(self) -> None:
        """Give up what is under way; its evidence says so."""
        await self._background.stop()

    async def _run(self, tenant: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await in_turns(tenant, work())
        except Exception as error:  # noqa: BLE001 - a copy that fails is nobody's fault but its own
            logger().warning("mirror_failed", error=type(error).__name__)
        finally:
            self._under_way -= 1


@dataclass(slots=True)
class Unheard(Delivery):
    """A call whose reply nobody gets."""

    async def _deliver(self, reply: TargetReply) -> str:
        async for chunk in limited(reply.chunks(), self.outbound.target.stream):
            self.received += len(chunk)
        self.entry.settle(Outcome(status=reply.status, ended=DROPPED))
        return "complete"


class Nobody:
    """Implements ``proxy.exchange.request.Client``: nobody waits."""

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str = JSON) -> None:
        """Drop it."""

    async def begin(self, media: str, headers: Mapping[str, str]) -> None:
        """Drop it."""

    async def write(self, chunk: bytes) -> None:
        """Drop it."""

    async def end(self) -> None:
        """Drop it."""

    async def abort(self, event: bytes) -> None:
        """Drop it."""


def copied(request: ClientRequest, target: str, now: float) -> ClientRequest:
    """Return the copy of a request for one target. The caller's own credential for targets does not go along."""
    before = request.exchange
    exchange = replace(
        before,
        id=secrets.token_hex(16),
        received_at=now,
        declared=replace(before.declared, target_credential=""),
        mirror_of=before.id,
        only=target,
    )
    return replace(request, exchange=exchange, client=Nobody())
