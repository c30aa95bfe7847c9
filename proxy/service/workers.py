"""Several proxy processes on one port: started together, replaced when they die, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from types import FrameType

from prometheus_client import multiprocess

from proxy.detection.pool import forked
from proxy.detection.pool.loading import NurseryPart
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.keys import master_key
from proxy.registry.watch import ActivationWatch
from proxy.runtime import private
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.runtime.process import sighup_blocked, unblock_sighup
from proxy.service import rollout
from proxy.settings import MASTER_KEYS, Handover, Settings

_POLL_S = 0.2
_RESTART_S = 0.5
_AGAIN_S = 1.0


class WorkerGroup:
    """Runs ``settings.workers`` processes; forwards SIGTERM, SIGINT and SIGHUP to them."""

    def __init__(self, settings: Settings, registry: str = "") -> None:
        """``registry`` is the revision of the registry in force at start."""
        self._settings = settings
        self._registry = registry
        self._key = master_key.read(settings) or ""
        self._running: list[subprocess.Popen[bytes]] = []
        self._nursery: NurseryPart | None = None
        self._asking = settings.handover.detection_nursery  # set if this process's parent keeps the models loaded
        self._stopping = False
        self._shared = ""
        self._reading = threading.Lock()
        self._reload_requested = False
        self._reload_thread: threading.Thread | None = None

    def run(self) -> None:
        """Run until all workers have ended after SIGTERM or SIGINT."""
        with tempfile.TemporaryDirectory(prefix="compliance-proxy-metrics-") as shared:
            self._load()
            child = self._environment(shared)
            self._shared = shared
            self._running = [self._start(child) for _ in range(self._settings.workers)]
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._forward)
            unblock_sighup()
            if rollout.follows_registry(self._settings):
                threading.Thread(target=self._watch_registry, name="registry watch", daemon=True).start()
            while not self._stopping:
                time.sleep(_POLL_S)
                self._load()
                self._replace_dead(child)
                self._reload_if_requested()
            self._signal(signal.SIGTERM)  # also a worker that was started as the signal arrived
            for process in self._running:
                process.wait()
            if self._nursery is not None:
                self._nursery.close()

    def _environment(self, shared: str) -> dict[str, str]:
        inherited = {name: value for name, value in environment().items() if not name.startswith(MASTER_KEYS)}
        status = self._settings.handover.policy_status
        handover = Handover(worker_of=os.getpid(), detection_nursery=self._asking, policy_status=status)
        return {
            **inherited,
            **handover.environment(),
            "PROMETHEUS_MULTIPROC_DIR": shared,
            "PROXY_HOST": self._settings.host,
            "PROXY_PORT": str(self._settings.port),
            "PROXY_WORKERS": str(self._settings.workers),
        }

    def _start(self, child: dict[str, str]) -> subprocess.Popen[bytes]:
        with sighup_blocked(), master_key.handed(self._key) as (variables, passed):
            return subprocess.Popen(
                [sys.executable, "-m", "proxy", "serve"],
                env={**child, **variables},
                pass_fds=passed if self._asking is None else (*passed, self._asking),
            )

    def _load(self) -> None:
        """Load the models once for all workers, and again when their process ends, unless the parent has done it."""
        elsewhere = self._settings.detector_url is not None
        if self._nursery is None and self._asking is None and forked.POSSIBLE and not elsewhere:
            self._nursery = NurseryPart(private.folder_if_possible(self._settings.state_dir / "cache"))
            self._asking = self._nursery.clients
        if self._nursery is not None and not self._stopping:
            self._nursery.begin()

    def _replace_dead(self, child: dict[str, str]) -> None:
        for index, process in enumerate(self._running):
            if process.poll() is not None and not self._stopping:
                time.sleep(_RESTART_S)
                multiprocess.mark_process_dead(process.pid, self._shared)  # type: ignore[no-untyped-call]
                if not self._stopping:
                    self._running[index] = self._start(child)

    def _reload_if_requested(self) -> None:
        """Start a requested reload once none is running; in a thread, so that SIGTERM does not wait for it."""
        if self._reload_requested and (self._reload_thread is None or not self._reload_thread.is_alive()):
            self._reload_requested = False
            self._reload_thread = threading.Thread(target=self._reload_until_read, name="reload", daemon=True)
            self._reload_thread.start()

    def _reload_until_read(self) -> None:
        """Reload; while the registry cannot be read, retry until the group ends."""
        refused = False
        while not self._stopping:
            try:
                return self._reload()
            except RegistryUnavailableError:
                if not refused:
                    logger().error("catalog_refused", reason="the registry's database cannot be reached")
                refused = True
            time.sleep(_AGAIN_S)
        return None

    def _reload(self) -> None:
        """Put the bundle in force once for all workers, then have each reload the catalog and refuse an invalid one.

        Raises:
            RegistryUnavailableError: it cannot be read now; the workers are not signalled.

        """
        with self._reading:
            try:
                rollout.read_catalog(self._settings)
            except ConfigurationError as error:
                logger().error("catalog_refused", reason=str(error))
        self._signal(signal.SIGHUP)

    def _watch_registry(self) -> None:
        """Reload whenever a revision comes into force in the database."""
        if self._settings.database_url is None:
            return
        watch = ActivationWatch(self._settings.database_url.get_secret_value(), self._registry)
        asyncio.run(watch.run(lambda _: asyncio.to_thread(self._reload)))

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._reload_requested = True
            return
        self._stopping = True
        self._signal(number)

    def _signal(self, number: int) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
