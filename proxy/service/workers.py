"""Several proxy processes on one port: started together, replaced when they die, ended together."""

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
from proxy.runtime import hangup, private
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.service import rollout
from proxy.settings import MASTER_KEYS, Handed, Settings

_POLL_S = 0.2
_RESTART_S = 0.5
_AGAIN_S = 1.0


class WorkerGroup:
    """Runs ``settings.workers`` processes; passes SIGTERM, SIGINT and SIGHUP on to them."""

    def __init__(self, settings: Settings, registry: str = "") -> None:
        """``registry`` is the revision of the registry in force at the start."""
        self._settings = settings
        self._registry = registry
        self._key = master_key.read(settings) or ""
        self._running: list[subprocess.Popen[bytes]] = []
        self._nursery: NurseryPart | None = None
        self._asking = settings.handed.detection_nursery  # where this process's own parent keeps the models loaded
        self._stopping = False
        self._shared = ""
        self._reading = threading.Lock()
        self._asked = False
        self._reload: threading.Thread | None = None

    def run(self) -> None:
        """Return when all workers have ended after SIGTERM or SIGINT."""
        with tempfile.TemporaryDirectory(prefix="compliance-proxy-metrics-") as shared:
            self._load()
            child = self._environment(shared)
            self._shared = shared
            self._running = [self._start(child) for _ in range(self._settings.workers)]
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._pass_on)
            hangup.unblock_sighup()
            if rollout.follows_registry(self._settings):
                threading.Thread(target=self._watch_registry, name="registry watch", daemon=True).start()
            while not self._stopping:
                time.sleep(_POLL_S)
                self._load()
                self._replace_dead(child)
                self._reload_if_asked()
            self._tell(signal.SIGTERM)  # also a worker that was started while the signal came
            for process in self._running:
                process.wait()
            if self._nursery is not None:
                self._nursery.close()

    def _environment(self, shared: str) -> dict[str, str]:
        kept = {name: value for name, value in environment().items() if not name.startswith(MASTER_KEYS)}
        status = self._settings.handed.policy_status
        handed = Handed(worker_of=os.getpid(), detection_nursery=self._asking, policy_status=status)
        return {
            **kept,
            **handed.told(),
            "PROMETHEUS_MULTIPROC_DIR": shared,
            "PROXY_HOST": self._settings.host,
            "PROXY_PORT": str(self._settings.port),
            "PROXY_WORKERS": str(self._settings.workers),
        }

    def _start(self, child: dict[str, str]) -> subprocess.Popen[bytes]:
        with hangup.sighup_blocked(), master_key.handed(self._key) as (given, passed):
            return subprocess.Popen(
                [sys.executable, "-m", "proxy", "serve"],
                env={**child, **given},
                pass_fds=passed if self._asking is None else (*passed, self._asking),
            )

    def _load(self) -> None:
        """Load the models once for all workers, unless whoever started this process has; again when that ends."""
        if self._nursery is None and self._asking is None and forked.POSSIBLE:
            self._nursery = NurseryPart(private.folder_if_possible(self._settings.state_dir / "cache"))
            self._asking = self._nursery.askers
        if self._nursery is not None and not self._stopping:
            self._nursery.begin()

    def _replace_dead(self, child: dict[str, str]) -> None:
        for index, process in enumerate(self._running):
            if process.poll() is not None and not self._stopping:
                time.sleep(_RESTART_S)
                multiprocess.mark_process_dead(process.pid, self._shared)  # type: ignore[no-untyped-call]
                if not self._stopping:
                    self._running[index] = self._start(child)

    def _reload_if_asked(self) -> None:
        """Begin the reload that a SIGHUP asked for, once none runs; in a thread, so that a SIGTERM need not wait."""
        if self._asked and (self._reload is None or not self._reload.is_alive()):
            self._asked = False
            self._reload = threading.Thread(target=self._read_again, name="reload", daemon=True)
            self._reload.start()

    def _read_again(self) -> None:
        """Do what ``_take`` does; while the registry cannot be read, try again until the group ends."""
        refused = False
        while not self._stopping:
            try:
                self._take()
            except RegistryUnavailableError:
                if not refused:
                    logger().error("catalog_refused", reason="the registry's database cannot be reached")
                refused = True
            else:
                return
            time.sleep(_AGAIN_S)

    def _take(self) -> None:
        """Put the bundle in force once for all workers, then let them read the catalog; each refuses a bad one.

        Raises:
            RegistryUnavailableError: it cannot be read now; the workers are told nothing.

        """
        with self._reading:
            try:
                rollout.read_catalog(self._settings)
            except ConfigurationError as error:
                logger().error("catalog_refused", reason=str(error))
        self._tell(signal.SIGHUP)

    def _watch_registry(self) -> None:
        """Do for a revision that comes into force in the database what SIGHUP does."""
        if self._settings.database_url is None:
            return
        watch = ActivationWatch(self._settings.database_url.get_secret_value(), self._registry)
        asyncio.run(watch.run(lambda _: asyncio.to_thread(self._take)))

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._asked = True
            return
        self._stopping = True
        self._tell(number)

    def _tell(self, number: int) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
