"""Watches the active policy revision, for the cache, the metrics, readiness and the audit log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from prometheus_client import Gauge
from prometheus_client.multiprocess import MultiProcessCollector

from proxy.policy.activation import activation
from proxy.policy.decision.cache import CachedDecisionPoint
from proxy.policy.decision.opa import OpaDecisionPoint
from proxy.ports import EventLog
from proxy.runtime.log import logger

REVISION = Gauge(
    "proxy_policy_revision", "1 for the bundle revision a worker runs.", ["revision"], multiprocess_mode="liveall"
)
RELOAD_REFUSED = Gauge(
    "proxy_policy_reload_refused",
    "1 while the newest policies or catalog are refused and the last good ones decide.",
    multiprocess_mode="livemax",
)
_WATCH_S = 1.0


class PolicyWatch:
    """Polls the engine once a second; ``details`` is its part of the readiness answer."""

    def __init__(
        self,
        engine: OpaDecisionPoint,
        cache: CachedDecisionPoint,
        events: EventLog,
        status: Path | None = None,
        shared: str = "",
    ) -> None:
        """``status`` is the status file of the last reload, ``shared`` the workers' shared metrics folder."""
        self._engine = engine
        self._cache = cache
        self._events = events
        self._status = status
        self._shared = shared
        self.revision = ""
        self.digest = ""
        self.data_revision = ""
        self.engine = ""
        self.refusal = ""

    async def watch(self) -> None:
        """Poll for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_WATCH_S)

    async def look(self) -> None:
        """Poll once: note the engine's revision, and a refusal of a newer one."""
        revision = await self._engine.revision()
        self._cache.notice(revision)
        if revision and revision != self.revision:
            await self._changed(revision)
        elif revision and not (self.digest and self.data_revision):
            await self._describe(revision)
        self._note(self._refused())

    async def _changed(self, revision: str) -> None:
        if self.revision:
            REVISION.remove(self.revision) if not self._shared else REVISION.labels(self.revision).set(0)
        REVISION.labels(revision).set(1)
        await self._describe(revision)
        facts = {"before": self.revision, "digest": self.digest}
        self.revision = revision
        self._events.event("policy_active", facts, revision=revision)
        logger().info("policy_active", revision=revision)

    async def _describe(self, revision: str) -> None:
        """Query the engine about the active bundle; missing answers are queried again at the next poll."""
        self.digest = await self._engine.digest(revision)
        self.data_revision, self.engine = await self._engine.about()

    def _refused(self) -> str:
        outcome = activation.last(self._status) if self._status is not None else None
        if outcome is not None and not outcome.active:
            return f"{outcome.reason}: {outcome.detail}"
        return self._engine.refusal

    def _note(self, refusal: str) -> None:
        RELOAD_REFUSED.set(1 if refusal else 0)
        if refusal and refusal != self.refusal:
            self._events.event("policy_refused", {"detail": refusal, "kept": self.revision}, revision=self.revision)
            logger().error("policy_refused", detail=refusal, kept=self.revision)
        self.refusal = refusal

    def details(self) -> dict[str, Any]:
        """Return the revision of this process, those of all workers, and the refusal if there is one."""
        details: dict[str, Any] = {"revision": self.revision, "revisions": self.revisions()}
        if self.refusal:
            details["refused"] = self.refusal
        return {"policy": details}

    def revisions(self) -> list[str]:
        """Return the distinct revisions of this service's workers; more than one means a roll-out in progress."""
        if not self._shared:
            return [self.revision] if self.revision else []
        files = [str(path) for path in Path(self._shared).glob("gauge_liveall_*.db")]
        metrics = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        samples = [sample for metric in metrics if metric.name == "proxy_policy_revision" for sample in metric.samples]
        return sorted({sample.labels["revision"] for sample in samples if sample.value})
