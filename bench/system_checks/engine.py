"""A policy engine behind a relay that changes its answers: what a policy, or whoever stands in its place, could answer."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.hostile.stand import CALLERS, Stand
from testing.processes import free_port

UNKNOWN = {"id": "o-unknown", "type": "org_unheard_of", "when": "always", "on": "both", "rule_id": "org.unknown"}
KNOWN = {
    "id": "o-known",
    "type": "notify",
    "params": {"to": "privacy-team"},
    "when": "always",
    "on": "both",
    "rule_id": "org.unknown",
}


@dataclass
class Relay:
    """Passes questions to the engine at ``engine`` and changes answers as ``mode`` says."""

    engine: str
    mode: str = "pass"
    asked: int = 0

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one question."""
        body = await request.read()
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, self.engine + request.path_qs, data=body) as reply,
        ):
            document, status = await reply.json(content_type=None), reply.status
        if request.path.startswith("/v1/data") and self.mode != "pass":
            self.asked += 1
            document = await self._changed(document)
        return web.json_response(document, status=status)

    async def _changed(self, document: dict[str, Any]) -> dict[str, Any]:
        match self.mode:
            case "undefined":
                document.pop("result", None)
            case "text":
                document["result"] = "permit"
            case "list":
                document["result"] = [document.get("result")]
            case "number":
                document["result"] = 1
            case "empty":
                document["result"] = {}
            case "slow":
                await asyncio.sleep(3)
            case _:
                for verdict in document["result"]["targets"]:
                    verdict["obligations"] = [*verdict.get("obligations", ()), KNOWN, UNKNOWN]
        return document


@asynccontextmanager
async def relayed(folder: Path) -> AsyncIterator[tuple[Stand, Relay]]:
    """Start a stack of its own whose engine is behind a relay."""
    ports = free_port(), free_port()
    relay = Relay(f"http://127.0.0.1:{ports[0]}")
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", relay.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ports[1]).start()
    folder.mkdir(parents=True, exist_ok=True)
    bundle = folder / "served.tar.gz"
    settings = {
        "OPA_URL": f"http://127.0.0.1:{ports[1]}",
        "PROXY_BUNDLE_PATH": str(bundle),
        "PROXY_DECISION_CACHE_SIZE": "0",
    }
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "proxy.policy.engine.server", "--bundle", str(bundle), "--port", str(ports[0]),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    stand = Stand(folder, settings)
    try:
        await stand.start({name: CALLERS[name] for name in ("sales", "quiet")})
        yield stand, relay
    finally:
        await stand.stop()
        with contextlib.suppress(ProcessLookupError):
            engine.kill()
        await engine.wait()
        await runner.cleanup()
