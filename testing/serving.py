"""The web application on fakes, behind a real socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from proxy.core.records import Principal
from proxy.web import server
from proxy.web.admin import Readiness
from proxy.web.admission import Admission, Budget
from proxy.web.handlers import SERVICES, Services
from proxy.web.unauthenticated import Unauthenticated
from testing.fakes import PRINCIPAL, FakeSubjects, Stage

KEY = "cp_demo"


@dataclass
class Identities:
    """Knows one key; raises on demand."""

    raises: Exception | None = None
    principal: Principal = PRINCIPAL

    async def find(self, presented: str) -> Principal | None:
        if self.raises is not None:
            raise self.raises
        return self.principal if presented == KEY else None


@dataclass
class Running:
    """A served application and a client session that presents the key."""

    url: str
    stage: Stage
    services: Services
    identities: Identities
    session: aiohttp.ClientSession
    checks: dict[str, Any] = field(default_factory=dict)

    def post(self, body: bytes, path: str = "/v1/chat/completions", **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(self.url + path, data=body, headers=named)


@asynccontextmanager
async def serving(stage: Stage | None = None, **changes: Any):
    """Serve; keyword arguments go to the limits and the services."""
    stage = stage or Stage()
    identities, checks = Identities(), dict[str, Any]()
    limits = server.ServerLimits(
        changes.pop("body", 10_000), changes.pop("head", 4096), 0.2, changes.pop("idle", 75.0)
    )  # fmt: skip
    services = Services(
        stage.pipeline, identities, stage.audit, stage.clock, changes.pop("body_timeout", 5.0),
        Admission(Budget(changes.pop("concurrency", 4), changes.pop("keys", 128), changes.pop("bytes", 1 << 20))),
        Unauthenticated(stage.clock, stage.audit), text_bytes=changes.pop("text", 4 << 20), subjects=FakeSubjects(),
        receipt=changes.pop("receipt", lambda *_: None),
    )  # fmt: skip
    readiness = Readiness(checks) if changes.pop("readiness", True) else None
    app = server.application(services, readiness, limits, given_receipts=changes.pop("given", None))
    assert app[SERVICES] is services
    runner = server.runner(app, limits)
    await runner.setup()
    listening = server.bound("127.0.0.1", 0, reuse=False)
    port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"})
    try:
        yield Running(f"http://127.0.0.1:{port}", stage, services, identities, session, checks)
    finally:
        await session.close()
        await runner.cleanup()
