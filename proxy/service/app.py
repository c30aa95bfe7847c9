"""The composition root: where adapters meet the pipeline, start-up and shut-down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiohttp import web

from proxy.audit.access.publishing import PublishedLog
from proxy.audit.sealing import signing_key as audit_key
from proxy.audit.upkeep import anchors, key_changes
from proxy.audit.upkeep.checkpointer import AgeLimit, Checkpointer
from proxy.audit.upkeep.recovery import Recovery
from proxy.core.routing.routing import unreachable
from proxy.core.targets.registered import Catalog
from proxy.errors import AuditUnavailableError, ConfigurationError, RegistryUnavailableError
from proxy.exchange.mirroring import Mirrors
from proxy.exchange.outside import Overload, Ports
from proxy.exchange.pipeline import Pipeline
from proxy.grants.obligations import GrantObligations
from proxy.identity.keys import Callers
from proxy.identity.restrictions import RestrictionList
from proxy.identity.subjects import LinkExpiry
from proxy.keys import generations, master_key
from proxy.keys.authority_check import AuthorityCheck
from proxy.policy.decision import parties, shadow
from proxy.policy.decision.opa import OpaDecisionPoint
from proxy.policy.decision.shadow import ShadowedDecisionPoint
from proxy.ports import PolicyDecisionPoint
from proxy.registry.fleet import Fleet
from proxy.registry.quarantine import Quarantine
from proxy.registry.store import Replica
from proxy.registry.watch import ActivationWatch
from proxy.reports.desk import EvidenceDesk
from proxy.reports.exports.running import ExportRunner
from proxy.reports.exports.store import ExportStore
from proxy.reports.siem import address
from proxy.reports.siem.serving import ServedStreams
from proxy.runtime import database, example, process
from proxy.runtime.background import Background
from proxy.runtime.clock import SystemClock
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.service import administration, console_pages, rollout, tenant_lists
from proxy.service.gauges import Gauges, Upkeep
from proxy.service.parts import make_parts
from proxy.service.rollout import read_apis, record_apis
from proxy.settings import Settings
from proxy.vault.upkeep import Expiry
from proxy.web import metrics, server
from proxy.web.admin import CachedCheck, Readiness
from proxy.web.admission import Admission, Budget
from proxy.web.handlers import SERVICES, Services
from proxy.web.monitors import Monitors, RateLimit
from proxy.web.unauthenticated import Unauthenticated

_LOOK_S = 1.0
_PICTURES = 4.0  # pictures multiply the deadline by this
_SWITCH_S = 0.0001  # how long a worker thread may hold the interpreter while the loop waits for it
_DATABASE_S = 15.0  # waiting for the database costs less than ending and starting again
_AGAIN_S = 1.0
_READY_S = 15.0  # how long to wait for the other parts to become ready before listening


class Worker:
    """One proxy process: serves until it is asked to stop, then drains."""

    def __init__(self, settings: Settings, catalog: Catalog | None = None) -> None:
        """``catalog``: the one in force, if it has been read already."""
        self._settings = settings
        self._clock = SystemClock()
        self._keyring = master_key.keyring(settings)
        self._signing = audit_key.signing_key(settings)
        self._started_at = datetime.fromtimestamp(self._clock.now(), UTC)
        self._catalog = catalog or rollout.catalog(settings, environment())
        self._apis = read_apis(settings)
        self._refused_because, self._is_example = "", False
        self._ending = AsyncExitStack()
        self._overload = Overload(self._settings.unread_requests)
        self._background = Background()
        self._mirrors = Mirrors()
        self._reload_requested = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._parts = make_parts(settings, self._catalog, self._keyring, self._signing, self._clock)
        self._unauthenticated = Unauthenticated(self._clock, self._parts.audit)
        self._expiry = Expiry(self._parts.vault, self._purged, settings.vault_purge_s)
        self._parts.subjects.limit = lambda tenant: self._catalog.tenants.get(tenant, {}).get("linking_days")
        self._links = LinkExpiry(self._parts.subjects, settings.vault_purge_s)
        limit = settings.audit_anchor_max_age_s
        self._checkpointer = Checkpointer.of(
            self._parts.audit,
            anchors.opened(settings.audit_anchor, settings.state_dir),
            settings.audit_checkpoint_s,
            AgeLimit(limit, settings.audit_anchor_late == "refuse") if limit is not None else None,
        )
        self._streams = ServedStreams(
            self._parts.audit.dsn,
            settings.audit_origin,
            address.several(settings.audit_streams or ""),
            lambda name: metrics.STREAM_ERRORS.labels(name).inc(),
        )
        self._authority = AuthorityCheck(self._parts.audit.dsn, self._keyring, self._parts.audit)
        self._quarantine = Quarantine(self._parts.registry, self._parts.audit.event)
        self._fleet = Fleet(
            self._parts.registry, self._running, rollout.revisions_dir(settings), self._parts.audit.event
        )
        self._shadow = self._shadow_engine()
        self._pdp: PolicyDecisionPoint = self._parts.pdp

    def _shadow_engine(self) -> OpaDecisionPoint | None:
        """Return the candidate's own engine if one is configured; its answers are compared, never enforced."""
        url = self._settings.shadow_opa_url
        return None if url is None else OpaDecisionPoint(url, self._settings.policy_deadline_s, counted=False)

    async def serve(self, bound: socket.socket, operators: socket.socket | None = None) -> None:
        """Start everything, then listen and serve until SIGTERM or SIGINT; SIGHUP reloads the catalog.

        ``operators`` is the bound socket of the separate port for readiness, liveness and metrics, if there is one.

        Raises:
            ConfigurationError: another program has taken an address in the meantime.

        """
        sys.setswitchinterval(_SWITCH_S)
        async with self._started():
            stopping, loop = asyncio.Event(), asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stopping.set)
            app = self._application()
            loop.add_signal_handler(signal.SIGHUP, self._reload_requested.set)
            self._background.start("reload", self._reload_on_request(app[SERVICES]))
            self._watch_registry(app[SERVICES])
            process.unblock_sighup()
            runner = server.runner(app, self._limits())
            await runner.setup()
            try:
                await self._readiness().until_ready(_READY_S, stopping)
                process.resume_collection()
                await server.listen(runner, bound)
                if operators is not None:
                    await self._serve_operators(app[SERVICES], operators)
                logger().info("serving", address=str(bound.getsockname()), catalog=self._catalog.revision)
                self._report_gaps()
                record_apis(self._apis, self._parts.audit)
                await stopping.wait()
                app[SERVICES].draining = True
                logger().info("draining", in_flight=sum(app[SERVICES].admission.in_flight.values()))
                await server.stop_listening(runner, bound)
            finally:
                await runner.cleanup()

    async def _serve_operators(self, services: Services, bound: socket.socket) -> None:
        """Serve the operators' port until everything ends, the drain included."""
        runner = server.runner(server.health(services, self._readiness()), self._limits())
        await runner.setup()
        self._ending.push_async_callback(runner.cleanup)
        await server.listen(runner, bound)

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            self._ending = stack
            stack.push_async_callback(self._background.stop)
            loading = await stack.enter_async_context(self._parts.detector.loading())
            stack.push_async_callback(self._checkpointer.finish)  # after the log has closed
            await self._connect(stack)
            await self._quarantine.refresh()
            stack.push_async_callback(self._mirrors.close)
            await loading
            await self._start_upkeep(stack)
            self._pdp = await self._with_shadow(stack)
            yield

    async def _connect(self, stack: AsyncExitStack) -> None:
        parts = self._parts
        await database.wait(parts.audit.dsn, database.WRITER, _DATABASE_S)
        await generations.check(parts.audit.dsn, self._keyring)
        await key_changes.check(parts.audit.dsn, self._signing)
        self._is_example = await example.is_example(parts.audit.dsn)
        for part in (
            parts.audit, parts.vault, parts.us_persons, parts.keys, parts.subjects, parts.grants, parts.registry,
            parts.engine, parts.upstreams, parts.documents, parts.allowances, parts.logins, parts.registered,
        ):  # fmt: skip
            stack.push_async_callback(part.close)
            await part.start()

    async def _start_upkeep(self, stack: AsyncExitStack) -> None:
        parts, grace_s = self._parts, self._settings.audit_recovery_grace_s
        await self._authority.compare()
        stack.push_async_callback(parts.receipts.close)
        if parts.tokens is not None:
            stack.push_async_callback(parts.tokens.close)
            await parts.tokens.start()
        for upkeep in (Recovery(parts.audit, grace_s), self._checkpointer, self._expiry, self._links, self._streams):
            upkeep.start()
            stack.push_async_callback(upkeep.close)
        for name, work in (
            ("policy watch", parts.policy_watch.watch()),
            ("unauthenticated requests", self._unauthenticated.run()),
            ("quarantine", self._quarantine.run()),
            ("authority", self._authority.run()),
            ("parent watch", self._end_with_parent()),
        ):
            self._background.start(name, work)
        stack.callback(self._unauthenticated.record, everything=True)
        stack.push_async_callback(self._background.stop)  # before the log closes, so that nothing follows its end
        self._fleet.start()
        stack.push_async_callback(self._fleet.close)

    async def _with_shadow(self, stack: AsyncExitStack) -> PolicyDecisionPoint:
        if self._shadow is None:
            return self._parts.pdp
        stack.push_async_callback(self._shadow.close)
        await self._shadow.start()
        shadowed = ShadowedDecisionPoint(self._parts.pdp, self._shadow, shadow.recorder(self._parts.audit))
        self._background.start("shadow policy", shadowed.run())
        return shadowed

    def _application(self) -> web.Application:
        parts, services, anchored = self._parts, self._services(), self._checkpointer.anchors
        desk = EvidenceDesk(parts.audit.dsn, self._signing, self._keyring, self._clock, anchored).kept().beside()
        self._background.start("evidence parts", desk.keep_parts())
        upkeep = Upkeep(self._checkpointer, self._expiry, self._streams)
        self._background.start("gauges", Gauges(parts, upkeep, services, self._readiness(), self._clock).run())
        restrictions, ages = RestrictionList(parts.subjects), lambda: self._checkpointer.ages
        stores = (restrictions, parts.acts, parts.keys, ages, parts.lists)
        answers = administration.AnswerPorts(desk, self._exports(desk), *stores)
        api = administration.admin_context(self._settings, services, parts.policy_watch, parts.registry, answers)
        readiness = self._readiness() if self._settings.metrics_port is None else None
        served = api if self._settings.admin_api else None
        app = server.application(services, readiness, self._limits(), served, self._monitors(), parts.receipts)
        return console_pages.added(app, self._settings, api, parts.logins, is_example=self._is_example)

    def _services(self) -> Services:
        parts = self._parts
        parts.upstreams.misplaced, parts.upstreams.targets = self._quarantine.report, self._catalog.targets
        metrics.CATALOG.labels(self._catalog.revision).set(1)
        return Services(
            pipeline=self._pipeline(),
            identity=Callers(parts.keys, parts.tokens),
            events=parts.audit,
            clock=self._clock,
            body_timeout_s=self._settings.body_timeout_s,
            text_bytes=self._settings.max_text_bytes,
            access_log=self._settings.access_log,
            admission=Admission(self._budget()),
            unauthenticated=self._unauthenticated,
            grants=parts.grants,
            subjects=parts.subjects,
            receipt=parts.receipts.ask,
            table=self._apis.table(),
        )

    def _exports(self, desk: EvidenceDesk) -> ExportStore | None:
        """Return the exports, and begin to make them, where the admin API is served."""
        settings, audit = self._settings, self._parts.audit
        if not (settings.admin_api or settings.console):
            return None
        exports = ExportStore(audit.dsn, audit.writer_id, self._keyring, settings.export_keep_s)
        (runner := ExportRunner(exports, desk, audit)).start()
        self._ending.push_async_callback(runner.close)
        return exports

    def _monitors(self) -> Monitors | None:
        if not self._settings.audit_log_published:
            return None
        log = PublishedLog(self._parts.audit.dsn, self._signing.origin)
        self._ending.push_async_callback(log.close)
        return Monitors(log, RateLimit(self._clock))

    def _budget(self) -> Budget:
        settings = self._settings
        return Budget(settings.tenant_concurrency, settings.key_concurrency, settings.tenant_bytes)

    def _limits(self) -> server.ServerLimits:
        settings = self._settings
        return server.ServerLimits(settings.max_body_bytes, settings.max_header_bytes, settings.drain_s)

    def _pipeline(self) -> Pipeline:
        parts = self._parts
        ports = Ports(
            parts.detector,
            self._pdp,
            parts.vault,
            parts.upstreams,
            parts.audit,
            self._clock,
            GrantObligations(parts.grants, parts.audit),
            parts.us_persons,
            parts.documents if self._settings.file_parts == "text" else None,
            self._settings.detection_deadline_s * (_PICTURES if self._settings.ocr == "local" else 1.0),
            self._overload,
            self._quarantine.names,
            mirrors=self._mirrors,
            batch_inspection_s=self._settings.batch_deadline_s,
            allowances=parts.allowances, cache=parts.cache, operators=parts.operators,
        )  # fmt: skip
        return Pipeline(ports, self._keyring, self._catalog)

    def _readiness(self) -> Readiness:
        async def audit() -> bool:
            return self._parts.audit.healthy

        async def detection() -> bool:
            return self._parts.detector.ready

        checks: dict[str, Callable[[], Awaitable[bool]]] = {
            "audit": audit,
            "vault": CachedCheck(self._parts.vault.ready),
            "identity": CachedCheck(self._parts.keys.ready),
            "detection": detection,
            "policy": self._parts.engine.ready,
            "authority": self._authority.ready,
        }
        return Readiness(checks, self._details)

    def _details(self) -> dict[str, Any]:
        registry = {"kept_in": self._settings.registry, "revision": self._catalog.registry_revision}
        if self._apis.revision:
            registry["apis"] = self._apis.revision
        if self._refused_because:
            registry["refused"] = self._refused_because
        facts = {
            "authority": {"unproven": self._authority.last.unproven, "missing": self._authority.last.missing},
            "registry": registry,
            "targets_without_address": unreachable(self._catalog),
            "audit_log": self._checkpointer.details,
            "audit_streams": self._streams.details,
        }
        return {**self._parts.policy_watch.details(), **self._fleet.details(), **self._parts.detector.details, **facts}

    def _running(self) -> Replica:
        """Return what this process runs, for the list of running processes."""
        parts = self._parts
        return Replica(
            writer=parts.audit.writer_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self._started_at,
            policy_revision=parts.policy_watch.revision,
            policy_digest=parts.policy_watch.digest,
            data_revision=parts.policy_watch.data_revision,
            registry_revision=self._catalog.registry_revision,
            engine=parts.policy_watch.engine,
            refused=self._refused_because or parts.policy_watch.refusal,
        )

    def _watch_registry(self, services: Services) -> None:
        if rollout.follows_registry(self._settings):
            watch = ActivationWatch(self._parts.audit.dsn, self._catalog.registry_revision)
            self._background.start("registry watch", watch.run(lambda _: self._reload(services)))

    async def _reload_on_request(self, services: Services) -> None:
        """Reload the catalog after each SIGHUP; signals during a reload cause one more."""
        while True:
            await self._reload_requested.wait()
            self._reload_requested.clear()
            try:
                await self._reload_until_read(services)
            except Exception as error:  # noqa: BLE001 - if this task ended, the process would never reload again
                self._refuse(f"the catalog cannot be read: {type(error).__name__}")

    async def _reload_until_read(self, services: Services) -> None:
        """Reload the catalog; while the registry cannot be read, keep the one in force and retry."""
        refused = False
        while True:
            try:
                return await self._reload(services)
            except RegistryUnavailableError:
                if not refused:
                    self._refuse("the registry's database cannot be reached")
                refused = True
            await self._until_reached()

    async def _until_reached(self) -> None:
        """Wait for the database here, since this wait can be cancelled and a thread that reads cannot."""
        await asyncio.sleep(_AGAIN_S)
        with contextlib.suppress(asyncpg.PostgresError):  # the next attempt says why
            await database.wait(self._parts.audit.dsn, database.REGISTRY, _DATABASE_S)

    async def _reload(self, services: Services) -> None:
        """Replace the whole catalog; an invalid one is refused and the one in force stays.

        Raises:
            RegistryUnavailableError: it cannot be read now.

        """
        try:
            async with self._reloading:
                declared = await asyncio.to_thread(read_apis, self._settings)
                catalog = await asyncio.to_thread(rollout.read_catalog, self._settings)
                lists = await asyncio.to_thread(tenant_lists.of, self._settings, catalog, self._keyring)
        except ConfigurationError as error:
            return self._refuse(str(error))
        self._refused_because = ""
        metrics.CATALOG.labels(self._catalog.revision).set(0)
        metrics.CATALOG.labels(catalog.revision).set(1)
        metrics.RELOADS.labels("loaded").inc()
        self._catalog, self._apis = catalog, declared
        self._parts.detector.lists = lists
        self._parts.upstreams.targets = catalog.targets
        self._parts.pdp.invalidate(change_dates=catalog.change_dates)
        services.pipeline, services.table = self._pipeline(), declared.table()
        logger().info("catalog_loaded", revision=catalog.revision)
        facts = {"revision": catalog.revision, "registry": catalog.registry_revision, "apis": declared.revision}
        self._parts.audit.event("catalog_loaded", facts)
        self._report_gaps()
        record_apis(self._apis, self._parts.audit)
        return None

    def _report_gaps(self) -> None:
        """Log targets of routes without an address; record contracts without a tenant where there are several."""
        if names := unreachable(self._catalog):
            logger().warning("targets_without_address", targets=names)
        unnamed = parties.unnamed(self._catalog.data_document)
        if any(unnamed):
            logger().warning("contracts_name_no_tenant", **unnamed._asdict())
            self._parts.audit.event("contracts_name_no_tenant", unnamed._asdict())

    def _refuse(self, reason: str) -> None:
        self._refused_because = reason
        metrics.RELOADS.labels("refused").inc()
        logger().error("catalog_refused", reason=reason, kept=self._catalog.revision)
        facts = {"kept": self._catalog.revision, "registry": self._catalog.registry_revision}
        self._parts.audit.event("catalog_refused", facts)

    async def _end_with_parent(self) -> None:
        """End when the process that started this worker has gone, so that no worker outlives its service."""
        parent = self._settings.handover.worker_of
        while parent is None or os.getppid() == parent:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(_LOOK_S)
        os.kill(os.getpid(), signal.SIGTERM)

    async def _purged(self, pseudonyms: int) -> None:
        with contextlib.suppress(AuditUnavailableError):
            await self._parts.audit.event_durable("vault_purged", {"pseudonyms": pseudonyms, "by": "expiry"})
