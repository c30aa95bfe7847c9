"""Three replicas, two detectors and a policy engine over ``parts``, and the faults of each."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.chaos.product import Product
from bench.failover import parts
from bench.failover.callers import OK
from proxy.policy.engine.launch import launch
from proxy.runtime import migrations, private
from proxy.runtime.resources import shipped
from testing import rule_cache
from testing.processes import free_port

REPLICAS, DETECTORS = 3, 2
_START_S = 300.0
_STATES = ("sound", "UNPROTECTED", "DAMAGED")
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
#: What a later release may do within a minor version: it adds.
_LATER = "ALTER TABLE registry.replica ADD COLUMN later text; CREATE TABLE registry.later (name text PRIMARY KEY);"
_KEY = ("keys", "create", "--tenant", "demo-eu", "--service", "bench", "--activity", "support-chat", "--ingress-region", "DE",
        "--subject-region", "DE")  # fmt: skip


@dataclass
class Fleet:
    """Every part and its address. The first replicas reach PostgreSQL by PgBouncer, the last by both servers' names."""

    folder: Path
    provider_url: str
    envoy: str
    databases: parts.Databases
    url: str = ""
    key: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def replicas(self) -> list[str]:
        """The addresses of all replicas."""
        return [f"http://127.0.0.1:{self.ports[f'replica-{number}']}" for number in range(REPLICAS)]

    async def start(self) -> None:
        """Start everything, and make a key."""
        await self.databases.start()
        for name in ("engine", *_named("detector", DETECTORS), *_named("replica", REPLICAS)):
            self.ports[name] = free_port()
            self.ports[f"{name} health"] = free_port()
        Product(self.folder, self.provider_url).write_config()
        await self.command("migrate")
        await self.command("audit", "key", "create", "--keep")
        self.key = next(word for word in (await self.command(*_KEY)).split() if word.startswith("cp_"))
        for number in range(DETECTORS):
            self._detect(number)
        for number in range(REPLICAS):
            self._serve(number)
        self._engine()
        for name in (*_named("detector", DETECTORS), *_named("replica", REPLICAS)):
            await self.ready(name)
        self.processes["envoy"], self.url = parts.balancer(
            self.envoy, self.folder, [self.ports[name] for name in _named("replica", REPLICAS)]
        )
        await self._ready(f"{self.url}/readyz")

    async def command(self, *words: str) -> str:
        """Run a command of the product; return what it printed.

        Raises:
            RuntimeError: it failed.

        """
        status, printed = await self._ended(*words)
        if status:
            raise RuntimeError(f"{' '.join(words)}: {printed}")
        return printed

    async def verified(self) -> str:
        """Return the line of verifying the log that says how it is."""
        printed = (await self._ended("audit", "verify"))[1]
        return next((line for line in printed.splitlines() if line.startswith(_STATES)), printed)

    async def _ended(self, *words: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", *words, env=self._environment(0),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        printed = (await process.communicate())[0].decode(errors="replace")
        return process.returncode or 0, printed

    async def ready(self, name: str) -> None:
        """Wait until a detector or replica says that it is ready."""
        port = self.ports[name if name.startswith("replica") else f"{name} health"]
        await self._ready(f"http://127.0.0.1:{port}/readyz")

    async def stop(self) -> None:
        """Kill what runs."""
        for process in self.processes.values():
            parts.kill(process)
        await self.databases.stop()

    # --- faults ---------------------------------------------------------------------------------------------------

    def faults(self, after_s: float) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return each fault by what the table says; it returns once the part runs again.

        ``after_s``: until whoever watches the primary promotes the standby.
        """
        return {
            "nothing": lambda: asyncio.sleep(5),
            "upgrade: a migration, each replica replaced": self._upgrade,
            "a replica is killed": self._kill_replica,
            "a detector is killed": lambda: self._kill_detectors(0),
            "every detector is killed": lambda: self._kill_detectors(*range(DETECTORS)),
            f"the primary is killed, the standby promoted {after_s:g} s later": lambda: self.databases.fail_over(
                after_s
            ),
        }

    async def _upgrade(self) -> None:
        """Apply a migration of a later release, then replace replica by replica, as a rolling update does."""
        later = shutil.copytree(shipped("migrations"), self.folder / "migrations")
        (later / "0002_later.sql").write_text(_LATER)
        await migrations.migrate(self.databases.pooled, later)
        for number in range(REPLICAS):
            process = self.processes[f"replica-{number}"]
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait)
            self._serve(number)
            await self.ready(f"replica-{number}")

    async def _kill_replica(self) -> None:
        parts.kill(self.processes["replica-0"])
        self._serve(0)
        await self.ready("replica-0")

    async def _kill_detectors(self, *numbers: int) -> None:
        for number in numbers:
            parts.kill(self.processes[f"detector-{number}"])
        for number in numbers:
            self._detect(number)
        for number in numbers:
            await self.ready(f"detector-{number}")

    # --- parts ----------------------------------------------------------------------------------------------------

    def _serve(self, number: int) -> None:
        self._run(f"replica-{number}", [sys.executable, "-m", "proxy", "serve"], self._environment(number))

    def _detect(self, number: int) -> None:
        name = f"detector-{number}"
        variables = {"PROXY_METRICS_PORT": str(self.ports[f"{name} health"]), "PROXY_STATE_DIR": str(self._state(name))}
        command = [sys.executable, "-m", "proxy", "detector", "--port", str(self.ports[name])]
        self._run(name, command, _kept() | variables)

    def _engine(self) -> None:
        command = launch(self._state("replica-0") / "bundle.tar.gz", self.ports["engine"]).command
        self._run("engine", list(command), dict(os.environ))

    def _run(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def _environment(self, number: int) -> dict[str, str]:
        """Return a replica's settings. Keys and registry are those of the fleet; what it keeps, each has its own."""
        own = self._state(f"replica-{number}")
        detectors = [f"http://127.0.0.1:{self.ports[name]}" for name in _named("detector", DETECTORS)]
        return _kept() | {
            "DATABASE_URL": self.databases.both if number == REPLICAS - 1 else self.databases.pooled,
            "OPA_URL": f"http://127.0.0.1:{self.ports['engine']}",
            "PROXY_SECRET_KEY": base64.b64encode(b"f" * 32).decode(),
            "PROXY_AUDIT_SIGNING_KEY": str(self.folder / "audit-signing.pem"),
            "PROXY_CONFIG_DIR": str(self.folder / "config"),
            "PROXY_BUNDLE_PATH": str(own / "bundle.tar.gz"),
            "PROXY_STATE_DIR": str(own),
            "PROXY_PORT": str(self.ports[f"replica-{number}"]),
            "PROXY_DETECTOR_URL": ",".join(detectors),
        }

    def _state(self, name: str) -> Path:
        folder = private.folder(self.folder / f"state-{name}")
        rule_cache.give(folder / "cache")
        return folder

    @staticmethod
    async def _ready(url: str) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(_START_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(url) as reply:
                        if reply.status == OK:
                            return
                await asyncio.sleep(0.1)


def _named(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number}" for number in range(count)]


def _kept() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PROXY_") and name not in _FOREIGN}
