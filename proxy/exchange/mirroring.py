"""Mirrors delivered requests to a second target before it goes into service: to compare, to warm up, to migrate.

A copy is an exchange of its own under the same policy, with its own decision, transforms and evidence (``mirror_of``).
It is sent once the caller has the reply, so it neither delays nor fails anything; its reply is read to the end and
discarded. The number of copies in flight per process is limited: those over it are counted and not sent. Calls are
counted by the side of their route's split, so that a canary is seen beside what it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from prometheus_client import Counter, Histogram

from proxy.core.statuses import Attempt
from proxy.core.targets.canary import Split
from proxy.core.wire import new_exchange_id
from proxy.exchange.request import Client, ClientRequest
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.runtime.steps import in_turns

COPIES = Counter("proxy_mirrored", "Copies for mirrors, by target: started, or dropped over the limit in flight.",
                 ["target", "result"])  # fmt: skip


@dataclass(slots=True)
class Mirrors:
    """The copies in flight in this process."""

    limit: int = 8
    _background: Background = field(default_factory=Background)
    _in_flight: int = 0

    def start(self, tenant: str, target: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Start a copy unless too many are in flight; return whether it was started."""
        free = self._in_flight < self.limit
        COPIES.labels(target, "started" if free else "dropped").inc()
        if free:
            self._in_flight += 1
            self._background.start("mirror", self._run(tenant, work))
        return free

    async def close(self) -> None:
        """Cancel the copies in flight; their evidence says so."""
        await self._background.stop()

    async def _run(self, tenant: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await in_turns(tenant, work())
        except Exception as error:  # noqa: BLE001 - a failed copy must not affect anything else
            logger().warning("mirror_failed", error=type(error).__name__)
        finally:
            self._in_flight -= 1


class NoClient(Client):
    """No caller waits."""

    async def _answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str) -> None:
        pass

    async def _begin(self, media: str, headers: Mapping[str, str]) -> None:
        pass

    async def write(self, chunk: bytes) -> None:
        """Discard it."""

    async def end(self) -> None:
        """Discard it."""

    async def abort(self, event: bytes) -> None:
        """Discard it."""


def copied(request: ClientRequest, target: str, now: float) -> ClientRequest:
    """Return the copy of a request for one target, without the caller's own credential and accounts."""
    original = request.exchange
    exchange = replace(
        original,
        id=new_exchange_id(now),
        received_at=now,
        declared=replace(original.declared, target_credential="", target_accounts={}),
        mirror_of=original.id,
        only=target,
        split=None,
    )
    return replace(request, exchange=exchange, client=NoClient())


CALLS = Counter("proxy_split_calls", "First calls of requests on a route with a canary, by arm and how they ended.",
                ["canary", "arm", "ended"])  # fmt: skip
SECONDS = Histogram("proxy_split_call_seconds", "Their time until the reply ended.", ["canary", "arm"],
                    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120))  # fmt: skip
REFUSED = "refused"


def count_call(split: Split, attempt: Attempt, seconds: float) -> None:
    """Count the first call of a request; what a target answers with an error is one, whatever became of it."""
    if attempt.number > 1:
        return
    ended = f"status_{attempt.status // 100}xx" if attempt.status >= 400 else attempt.ended  # noqa: PLR2004
    CALLS.labels(split.target, split.arm, REFUSED if attempt.refused else ended).inc()
    SECONDS.labels(split.target, split.arm).observe(seconds)
