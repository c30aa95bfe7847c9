"""Third-party parts of a fleet as processes: Envoy, PgBouncer, PostgreSQL with a standby that confirms each commit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from proxy.embedded.postgres import EmbeddedPostgres
from testing.processes import descendants, free_port
from testing.standby import Pair, sockets

ENVOY = Path(__file__).parents[2] / "deploy" / "envoy.yaml"
_BOUNCER = """
[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 120
max_client_conn = 400
server_login_retry = 1
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with everything below it."""
    for pid in descendants(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def balancer(program: str, folder: Path, ports: Sequence[int]) -> tuple[subprocess.Popen[bytes], str]:
    """Start Envoy with the shipped configuration in front of these ports; return it and its address."""
    configuration, port = yaml.safe_load(ENVOY.read_text()), free_port()
    [listener], [cluster] = configuration["static_resources"].values()
    listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": port}
    addresses = [{"socket_address": {"address": "127.0.0.1", "port_value": number}} for number in ports]
    cluster["load_assignment"]["endpoints"] = [
        {"lb_endpoints": [{"endpoint": {"address": address}} for address in addresses]}
    ]
    written = folder / "envoy.yaml"
    written.write_text(yaml.safe_dump(configuration))
    with (folder / "envoy.log").open("wb") as output:
        command = [program, "-c", str(written), "--use-dynamic-base-id", "--concurrency", "1"]
        return subprocess.Popen(command, stdout=output, stderr=output), f"http://127.0.0.1:{port}"


@dataclass
class Databases:
    """A primary and its standby, and PgBouncer that leads to one of them."""

    folder: Path
    program: str
    port: int = field(default_factory=free_port)
    bouncer: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.servers = Pair(self.folder, {"max_connections": "300"})

    @property
    def pooled(self) -> str:
        """The connection string of PgBouncer."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/proxy"

    @property
    def both(self) -> str:
        """The connection string that names both servers."""
        return self.servers.dsn

    async def start(self) -> None:
        """Start all."""
        await self.servers.start()
        self._lead(self.servers.primary)

    async def fail_over(self, after_s: float) -> None:
        """Kill the primary; the pooler leads to the standby at once, which is promoted after some seconds."""
        await self.servers.kill_primary()
        self._lead(self.servers.standby)
        await asyncio.sleep(after_s)
        await self.servers.promote()

    async def stop(self) -> None:
        """Stop all."""
        if self.bouncer is not None:
            kill(self.bouncer)
        await self.servers.stop()

    def _lead(self, server: EmbeddedPostgres) -> None:
        """Have the pooler lead to a server; what leads elsewhere ends."""
        written = self.folder / "pgbouncer.ini"
        written.write_text(_BOUNCER.format(host=sockets(server), port=self.port, folder=self.folder))
        if self.bouncer is not None:
            self.bouncer.send_signal(signal.SIGHUP)
            return
        prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"] if os.getuid() == 0 else []
        self.bouncer = subprocess.Popen([*prefix, self.program, "-q", str(written)])
