"""The whole product as ``compliance-proxy run`` starts it, with a registry of its own, and ways to find its parts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import yaml

from bench.chaos.relay import Relay
from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime import private
from proxy.runtime.resources import shipped
from testing import rule_cache
from testing.processes import children, command_line, descendants, free_port, running

THIRD_PARTIES = 8  # deployments with a circuit each, so that provider faults do not close the whole road
WORKERS = 2
RECOVERY_GRACE_S = 2.0
_START_S = 180.0
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")


@dataclass
class Database:
    """A server of the bench's own and the path to it."""

    server: EmbeddedPostgres
    path: Relay

    def postmaster(self) -> int:
        """The server's first process; 0 while there is none."""
        return self.server.process.pid if self.server.process is not None else 0


@dataclass
class Product:
    """One stack on a state directory of its own. ``provider_url`` is where every target's traffic goes."""

    folder: Path
    provider_url: str
    url: str = ""
    database: Database | None = None  # one of the bench's own, behind a path that can go silent
    process: subprocess.Popen[bytes] | None = None
    _environment: dict[str, str] = field(default_factory=dict)
    marker: int = 0

    @property
    def state_dir(self) -> Path:
        """Where the stack keeps everything."""
        return self.folder / "state"

    @property
    def key(self) -> str:
        """The demo key."""
        return state.demo_keys(self.state_dir)[DEMO_TENANT]

    async def start(self) -> None:
        """Start everything, let Postgres keep the time of each commit, and wait until all workers serve.

        Raises:
            RuntimeError: the stack did not start.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        rule_cache.give(private.folder(self.state_dir) / "cache")
        self.write_config()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = self._settings(port)
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "proxy", "run"],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + _START_S
        while state.running(self.state_dir) is None:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the stack did not start:\n{(self.folder / 'output').read_text()}")
            await asyncio.sleep(0.1)
        if self.database is None:
            await self.sql("ALTER SYSTEM SET track_commit_timestamp = on")
            os.kill(self.pid("postgres"), signal.SIGKILL)  # it comes back with the setting
        if not await self.settled(90):
            raise RuntimeError(f"the stack did not come back:\n{(self.folder / 'output').read_text()}")

    def _settings(self, port: int) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PROXY_") and key not in _FOREIGN}
        return {
            **kept,
            **({"DATABASE_URL": self.database.path.dsn} if self.database is not None else {}),
            "PROXY_STATE_DIR": str(self.state_dir),
            "PROXY_CONFIG_DIR": str(self.folder / "config"),
            "PROXY_STANDIN_URL": f"{self.provider_url}/third/0",
            "PROXY_PORT": str(port),
            "PROXY_WORKERS": str(WORKERS),
            "PROXY_AUDIT_RECOVERY_GRACE_S": str(RECOVERY_GRACE_S),
            "PROXY_AUDIT_TIMEOUT_S": "2",
            "PROXY_UPSTREAM_CONNECT_S": "1",
            "PROXY_POLICY_DEADLINE_S": "1",
            "PROXY_DETECTION_DEADLINE_S": "2",
            "PROXY_DECISION_CACHE_TTL_S": "1",
            "PROXY_MAX_BODY_BYTES": "300000",
        }

    def write_config(self, *, marker: int = 0) -> None:
        """Write the registry; another ``marker`` is another policy data document, so another bundle revision."""
        self.marker = marker
        folder = self.folder / "config"
        folder.mkdir(exist_ok=True)
        registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
        endpoints = yaml.safe_load((shipped("config") / "endpoints.yaml").read_text())
        third = registry["targets"]["standin/eu"]
        for number in range(1, THIRD_PARTIES + 1):
            registry["targets"][f"third/{number}"] = dict(third)
            address = {"base_url": f"{self.provider_url}/third/{number}/v1", "models": {"*": "*"}}
            endpoints["endpoints"][f"third/{number}"] = address
        endpoints["endpoints"]["local/eu"]["base_url"] = f"{self.provider_url}/local/v1"
        for endpoint in endpoints["endpoints"].values():
            endpoint.update(timeout_s=2, stream={"silence_s": 2})
        registry["activities"][f"revision-{marker}"] = {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b"}
        routes: list[dict[str, Any]] = [{"model": "local-*", "targets": ["local/eu"]}]
        for number in range(1, THIRD_PARTIES + 1):
            routes.append({"model": f"only-{number}", "targets": [f"third/{number}"]})
            other = number % THIRD_PARTIES + 1
            routes.append({"model": f"pool-{number}", "targets": [f"third/{number}", f"third/{other}", "local/eu"]})
        routes.append({"model": "*", "targets": ["standin/eu", "local/eu"]})
        for name, content in (("registry", registry), ("endpoints", endpoints), ("routes", {"routes": routes})):
            self._replace(folder / f"{name}.yaml", yaml.safe_dump(content, sort_keys=False))

    def break_config(self) -> None:
        """Write a registry that must be refused."""
        path = self.folder / "config" / "registry.yaml"
        self._replace(path, path.read_text() + "\nunknown_key: 1\n")

    def reload(self, *, changed: bool) -> None:
        """Ask for catalog and policies to be read again, with a changed registry or the same."""
        self.write_config(marker=self.marker + changed)
        self.hang_up()

    def hang_up(self) -> None:
        """Send SIGHUP to the supervisor."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        partial = path.with_suffix(".partial")
        partial.write_text(text)
        partial.replace(path)

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        """Ask the database as its owner."""
        stack = state.running(self.state_dir)
        if stack is None:
            raise RuntimeError("the stack does not run")
        dsn = stack.database_url if self.database is None else self.database.server.dsn
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            connection.terminate()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run one command of the product; return its status and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", *words,
            env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode(errors="replace")

    # --- processes ------------------------------------------------------------------------------------------------

    def pid(self, part: str) -> int:
        """The process of a part; 0 while there is none."""
        stack = state.running(self.state_dir)
        return stack.pids.get(part, 0) if stack is not None else 0

    def address(self, part: str) -> str:
        """Where a part of the stack listens."""
        stack = state.running(self.state_dir)
        return str(getattr(stack, f"{part}_url")) if stack is not None else "http://127.0.0.1:9"

    def workers(self) -> list[int]:
        """The proxy processes that serve."""
        return [pid for pid in children(self.pid("proxy")) if b"serve" in command_line(pid)]

    def detectors(self) -> list[int]:
        """The model processes of all workers; one process forks them all."""
        return children(self.pid("detection"))

    def backends(self) -> list[int]:
        """The processes of Postgres that serve a connection."""
        return [pid for pid in self.postgres()[1:] if b"postgres proxy" in command_line(pid)]

    def postgres(self) -> list[int]:
        """Every process of Postgres."""
        postmaster = self.pid("postgres") if self.database is None else self.database.postmaster()
        return [postmaster, *children(postmaster)] if postmaster else []

    async def ready(self) -> bool:
        """Whether one worker says that it is ready."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"{self.url}/readyz") as reply,
            ):
                return reply.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def settled(self, patience_s: float) -> bool:
        """Wait until every worker says that it is ready, several times in a row."""
        until, good = time.monotonic() + patience_s, 0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
            while time.monotonic() < until:
                try:  # each on a connection of its own: the workers share the port
                    async with session.get(f"{self.url}/readyz", headers={"Connection": "close"}) as ready:
                        good = good + 1 if ready.status == 200 else 0
                except (aiohttp.ClientError, TimeoutError):
                    good = 0
                if good >= 8 * WORKERS and len(self.workers()) == WORKERS:
                    return True
                await asyncio.sleep(0.02 if good else 0.2)
        return False

    async def stop(self) -> list[str]:
        """Stop everything; return the command lines of processes that are left."""
        if self.process is None:
            return []
        everything = descendants(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.process.wait, 60)
        left = {pid: command_line(pid).decode(errors="replace") for pid in everything if running(pid)}
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return list(left.values())
