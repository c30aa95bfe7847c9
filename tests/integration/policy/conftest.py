from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from proxy.core.records import EntitySummary, Facts
from proxy.policy.bundles import bundle
from proxy.policy.engine import launch
from testing.processes import free_port

SIMPLE = """package compliance
import rego.v1

verdicts := [{"target": candidate.target, "permit": true, "rank": n} | some n, candidate in input.candidates]

decision := {
	"schema_version": "1",
	"decision_id": "x",
	"request_id": input.request_id,
	"time": input.time,
	"effect": "permit",
	"action": "forward",
	"selected_target": verdicts[0].target,
	"targets": verdicts,
	"block_codes": [],
	"reasons": [],
	"policy": {
		"bundle": data.bundle.name,
		"revision": data.bundle.revision,
		"data_revision": data.revision,
	},
	"http_status": 200,
} if {
	not input.tenant.id in {"undefined", "shape", "clash", "slow", "hang", "odd"}
}

decision := {
	"schema_version": "1",
	"decision_id": "x",
	"request_id": input.request_id,
	"time": input.time,
	"effect": "deny",
	"action": "block",
	"selected_target": null,
	"targets": [],
	"block_codes": ["POLICY_UNAVAILABLE"],
	"reasons": [],
	"policy": {
		"bundle": data.bundle.name,
		"revision": data.bundle.revision,
		"data_revision": data.revision,
	},
	"http_status": 503,
} if {
	input.tenant.id == "odd"
}

decision := "yes" if input.tenant.id == "shape"

decision := {"a": 1} if input.tenant.id == "clash"

decision := {"a": 2} if input.tenant.id == "clash"

decision := {"a": product} if {
	input.tenant.id in {"slow", "hang"}
	product := count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, data.size[input.tenant.id]); i * j == 7])
}
"""
DATA: dict[str, Any] = {"revision": "d1", "size": {"slow": 100, "hang": 100000}}


def make_facts(**changes: Any) -> Facts:
    given: dict[str, Any] = {
        "phase": "request",
        "tenant": "acme",
        "actor": ("service", "svc", None, (), "api_key", False),
        "activity": "support",
        "consent_withdrawn": False,
        "regions": (("DE", "declared", 1.0),),
        "region_status": "known",
        "minor": "no",
        "restricted": False,
        "subject_refs": (),
        "operation": ("chat", "gpt", False, False, False),
        "status": "complete",
        "coverage": 1.0,
        "opaque": (),
        "language": "en",
        "detectors": (),
        "entities": (EntitySummary("PERSON", 1, 0.9),),
        "categories": ("personal",),
        "labels": (),
        "residual_entities": 0,
        "ingress_region": "DE",
        "candidates": (("far/us", 0, True), ("own/eu", 1, True)),
    }
    return Facts(**{**given, **changes})


@dataclass
class Engine:
    """A running engine: its address, its process and the bundle file it watches."""

    url: str
    process: asyncio.subprocess.Process
    path: Path
    kind: str

    async def get(self, path: str) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as reply:
            return reply.status, orjson.loads(await reply.read() or b"null")

    async def ask(self, path: str, document: Any) -> tuple[int, Any]:
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        async with aiohttp.ClientSession() as session, session.post(f"{self.url}{path}", data=body) as reply:
            return reply.status, orjson.loads(await reply.read())

    async def until(self, predicate: Callable[[], Any]) -> None:
        async with asyncio.timeout(15):
            while not await predicate():
                await asyncio.sleep(0.05)

    async def revision(self) -> str:
        _, status = await self.get("/v1/status")
        entries = ((status or {}).get("result") or {}).get("bundles") or {}
        return str(next(iter(entries.values()), {}).get("active_revision", ""))


@contextlib.asynccontextmanager
async def running(kind: str, path: Path, *, deadline_s: float = 5.0, key: Path | None = None) -> AsyncIterator[Engine]:
    """Start an engine of this kind over the bundle at ``path`` and stop it."""
    port = free_port()
    opa = launch.find_opa(None) if kind == "opa" else None
    if opa is None:
        command = [sys.executable, "-m", "proxy.policy.engine.server", "--bundle", str(path), "--port", str(port)]
        command += ["--poll", "0.05", "--deadline", str(deadline_s)]
        command += ["--verification-key", str(key)] if key else []
    else:
        command = list(launch.launch(path, port, opa_bin=opa, verification_key=key).command)
    log = path.with_suffix(".log").open("wb")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, stderr=log)
    engine = Engine(f"http://127.0.0.1:{port}", process, path, kind)

    async def alive() -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            return (await engine.get("/health"))[0] == 200
        return False

    try:
        await engine.until(alive)
        yield engine
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        log.close()


@pytest.fixture(params=["opa-embedded", "opa"])
def kind(request: pytest.FixtureRequest) -> str:
    """Every contract test runs against both engines."""
    if request.param == "opa" and shutil.which("opa") is None:
        pytest.skip("no opa executable on PATH: the contract was not checked against an OPA server")
    return str(request.param)


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """Write a bundle of one module; return its revision."""

    def write(source: str = SIMPLE, data: dict[str, Any] | None = None, **options: Any) -> str:
        folder = tmp_path / "policies"
        folder.mkdir(exist_ok=True)
        (folder / "main.rego").write_text(source, encoding="utf-8")
        return bundle.write(tmp_path / "b.tar.gz", folder, None, data or DATA, **options).revision

    return write


@pytest.fixture
def start() -> Any:
    return running


@pytest.fixture
def facts() -> Any:
    return make_facts
