"""Real MCP servers as targets of the running product."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.interop import mcp_server
from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped
from testing.stack import CommandLine

#: Name of a server -> how it answers.
SERVERS = {"events": [], "plain": ["stateless", "json"]}


@dataclass
class Server:
    """One MCP server and what has reached it."""

    name: str
    root: str
    forgotten: int = 0

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"{self.root}/mcp/records"

    def received(self) -> list[dict[str, Any]]:
        """Return what has come."""
        return self._journal()[self.forgotten :]

    def forget(self) -> None:
        """Begin anew."""
        self.forgotten = len(self._journal())

    def _journal(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.root}/__aimock/journal", timeout=5) as reply:
            return json.load(reply)


@dataclass
class Product:
    """The running product; ``servers`` stand behind it."""

    url: str
    key: str
    servers: dict[str, Server]


def _start(name: str, folder: Path) -> tuple[subprocess.Popen[bytes], Server]:
    (port,) = free_ports(1)
    started = Server(name, f"http://127.0.0.1:{port}")
    command = [sys.executable, mcp_server.__file__, str(port), *SERVERS[name]]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    for _ in range(600):
        assert process.poll() is None, (folder / f"{name}.log").read_text()
        try:
            started.forget()
        except OSError:
            time.sleep(0.05)
        else:
            return process, started
    raise AssertionError("the server does not answer")


def _configured(folder: Path, servers: dict[str, Server]) -> None:
    """Write a registry in which the servers are third parties with a contract, whose sessions the activity allows."""
    registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
    party = registry["targets"]["standin/eu"]
    registry["activities"]["support-chat"]["allow_stateful"] = True
    endpoints, routes = {}, []
    for name, server in servers.items():
        registry["targets"][f"tools/{name}"] = {**party, "operations": ["tool_call"]}
        endpoints[f"tools/{name}"] = {"base_url": server.url, "dialects": ["mcp"], "models": {name: name}}
        routes.append({"tenant": "*", "model": name, "operation": "tool_call", "targets": [f"tools/{name}"]})
    said = {"registry": registry, "endpoints": {"endpoints": endpoints}, "routes": {"routes": routes}}
    for name, content in said.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("mcp")
    started = {name: _start(name, folder) for name in SERVERS}
    servers = {name: server for name, (_, server) in started.items()}
    (folder / "config").mkdir()
    _configured(folder / "config", servers)
    line = CommandLine(folder / "state", PROXY_CONFIG_DIR=str(folder / "config"))
    line.start()
    yield Product(line.stack.proxy_url, line.key, servers)
    line.stop()
    for process, _ in started.values():
        process.kill()
        process.wait(10)
