"""The whole product with a provider that misbehaves on demand, and ways to look at what really happened."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import yaml

from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped
from testing import evidence, processes
from testing.stack import CommandLine

#: Ways in which the provider fails. Each is a target of its own: what one does must not close the road to another.
FAULTS = (
    "status-400", "status-401", "status-429", "status-500", "redirect", "reset", "stall", "malformed", "cut",
    "unfinished", "slow", "disguised", "pinned", "abroad", "endless", "translated",
)  # fmt: skip


@dataclass
class Answer:
    """A reply as the caller got it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def exchange(self) -> str:
        return self.headers["x-compliance-exchange"]

    @property
    def text(self) -> str:
        return self.json["choices"][0]["message"]["content"]


def _configure(config: Path) -> None:
    registry, endpoints = (yaml.safe_load((config / f"{name}.yaml").read_text()) for name in ("registry", "endpoints"))
    for fault in (*FAULTS, "hop"):
        registry["targets"][f"faulty/{fault}"] = registry["targets"]["standin/eu"]
        endpoints["endpoints"][f"faulty/{fault}"] = endpoints["endpoints"]["standin/eu"]
    for endpoint in endpoints["endpoints"].values():
        endpoint.update(timeout_s=6, stream={"silence_s": 6})
    reached = endpoints["endpoints"]["standin/eu"]
    reached["dialects"] = [*reached["dialects"], "bedrock"]
    endpoints["endpoints"]["faulty/disguised"] = {**reached, "base_url": "http://2852039166/v1"}  # 169.254.169.254
    endpoints["endpoints"]["faulty/pinned"] = {**reached, "pins": {"only-pinned": "another"}}
    endpoints["endpoints"]["faulty/translated"] = {**reached, "dialects": ["openai_chat"], "translate": True}
    endpoints["endpoints"]["faulty/endless"] = {**reached, "stream": {"bytes": 20_000}}
    for server in ("tools", "spare"):
        registry["targets"][f"faulty/{server}"] = {**registry["targets"]["standin/eu"], "operations": ["tool_call"]}
        address = f"{reached['base_url'].removesuffix('/v1')}/reset/{server}"
        endpoints["endpoints"][f"faulty/{server}"] = {
            "base_url": address,
            "dialects": ["mcp"],
            "models": {"tools": "tools"},
        }
    routes = [
        {"model": "tools", "operation": "tool_call", "targets": ["faulty/tools", "faulty/spare"]},
        *({"model": f"only-{fault}", "targets": [f"faulty/{fault}"]} for fault in FAULTS),
        {"model": "only-*", "targets": ["standin/eu"]},
        {"model": "status-500", "targets": ["faulty/hop", "local/eu"]},
        {"model": "*", "targets": ["standin/eu", "local/eu"]},
    ]
    for name, content in (("registry", registry), ("endpoints", endpoints), ("routes", {"routes": routes})):
        (config / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


class World:
    """Started once for the module's tests."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        config = folder / "config"
        shutil.copytree(shipped("config"), config)
        _configure(config)
        command = [sys.executable, "-m", "tests.acceptance.world.provider", str(port)]
        self.provider = subprocess.Popen(command, start_new_session=True)
        self.provider_url = f"http://127.0.0.1:{port}"
        self.line = CommandLine(
            folder / "state",
            own_models=True,
            PROXY_STANDIN_URL=self.provider_url,
            PROXY_CONFIG_DIR=str(config),
            PROXY_UPSTREAM_CONNECT_S="1",
            PROXY_POLICY_DEADLINE_S="3",
            PROXY_AUDIT_TIMEOUT_S="1.5",
            PROXY_DETECTION_DEADLINE_S="4",
            PROXY_DECISION_CACHE_TTL_S="0.1",
            PROXY_MAX_BODY_BYTES="300000",
        )
        self.config = config
        self.line.start()

    def stop(self) -> None:
        self.line.stop()
        self.provider.kill()
        self.provider.wait()

    def ask(self, text: str, model: str = "gpt-4o-mini", headers: dict[str, str] | None = None, **extra: Any) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": text}], **extra}
        return self.post("/v1/chat/completions", json.dumps(body).encode(), headers)

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None, key: str | None = None) -> Answer:
        given = {"authorization": f"Bearer {key or self.line.key}", "content-type": "application/json"}
        asked = urllib.request.Request(self.line.stack.proxy_url + path, body, {**given, **(headers or {})})
        try:
            with urllib.request.urlopen(asked, timeout=30) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())

    def journal(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.provider_url}/journal", timeout=5) as reply:
            return json.load(reply)

    def sql(self, statement: str, *arguments: Any) -> list[Any]:
        async def fetch() -> list[Any]:
            connection = await asyncpg.connect(self.line.stack.database_url)
            try:
                return await connection.fetch(statement, *arguments)
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def recorded(self, where: str, *values: Any) -> list[dict[str, Any]]:
        """Return the records of a condition: their columns and bodies."""

        async def fetch() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self.line.stack.database_url)
            try:
                return await evidence.recorded(connection, where, *values)
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def records(self, exchange: str, patience_s: float = 10) -> list[dict[str, Any]]:
        """All records of an exchange, once its outcome is there."""
        until = time.monotonic() + patience_s
        while True:
            found = self.recorded("exchange = $1", exchange)
            if any(one["kind"] == "outcome" for one in found) or time.monotonic() > until:
                return found
            time.sleep(0.05)

    def kinds(self, exchange: str) -> list[str]:
        return sorted(record["kind"] for record in self.records(exchange))

    def pid(self, part: str) -> int:
        return self.line.stack.pids[part]

    def descendants(self, part: str) -> list[int]:
        """A part's process and all below it (each Postgres backend leads a session of its own)."""
        return processes.descendants(self.pid(part))

    def detector_pids(self) -> list[int]:
        """The model processes of the proxy: what the process that loads the models has forked, and their twins."""
        return self.descendants("detection")[1:]

    def settled(self, patience_s: float = 40) -> None:
        """Wait until everything answers again."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.line.stack.proxy_url}/readyz", timeout=3) as ready:
                    if ready.status == 200:
                        return
            except (OSError, AssertionError):
                pass
            time.sleep(0.1)
        raise AssertionError("the stack did not recover")
