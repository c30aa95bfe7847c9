"""One installation: real PostgreSQL, the real engine over the shipped library, a socket; only models are played."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
from aiohttp import web

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.records import Decision, Facts
from proxy.exchange.outside import Ports
from proxy.exchange.pipeline import Pipeline
from proxy.grants.grant import GrantRequest
from proxy.grants.obligations import GrantObligations
from proxy.grants.store import GrantStore
from proxy.identity.keys import Callers
from proxy.identity.store import ApiKeyStore, Binding
from proxy.identity.subjects import SubjectKeys
from proxy.policy.decision.answer import Stamp, decision
from proxy.policy.decision.cache import CachedDecisionPoint
from proxy.policy.decision.document import input_document
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.clock import timestamp
from proxy.runtime.resources import shipped
from proxy.vault.us_persons import UsPersons
from proxy.web import server
from proxy.web.admin import Readiness
from proxy.web.admission import Admission
from proxy.web.handlers import Services
from proxy.web.unauthenticated import Unauthenticated
from testing import evidence, fakes
from testing.memory_vault import MemoryVault

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC).timestamp()
DATA = Path(__file__).parents[2] / "contracts" / "example_data_document.json"
#: How many US persons are bulk in these tests.
BULK = 3
_PATTERNS = {"PERSON": re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b"), "HEALTH_CONDITION": re.compile("diabetes")}


class Detector(fakes.FakeDetector):
    """Finds two capitalised words and one illness."""

    def scan(self, text: str, tenant: str = "") -> tuple[Any, ...]:
        found = [(m.start(), m.end(), kind) for kind, one in _PATTERNS.items() for m in one.finditer(text)]
        return tuple(fakes.Finding(kind, start, end, 0.95, "t") for start, end, kind in sorted(found))


@dataclass
class EnginePoint:
    """Asks the real engine in this process; ``asked`` counts."""

    evaluator: Evaluator
    asked: int = 0

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        self.asked += 1
        answer = self.evaluator.decide(input_document(facts, exchange, now))
        stamp = Stamp(secrets.token_hex(8), exchange, timestamp(now), "opa")
        return decision(answer, [target for target, _, _ in facts.candidates], stamp)


@dataclass
class Reply:
    """What the caller got."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass
class Installation:
    """A served pipeline on real parts, and what its users and auditors do with it."""

    dsn: str
    engine: EnginePoint
    clock: fakes.FixedClock = field(default_factory=lambda: fakes.FixedClock(NOW))
    upstreams: fakes.FakeUpstreams = field(default_factory=fakes.FakeUpstreams)
    url: str = ""

    def __post_init__(self) -> None:
        self.audit = PostgresAuditLog(
            self.dsn, fresh_writer_id("t"), fakes.KEYRING, self.clock, document=input_document
        )
        self.keys = ApiKeyStore(self.dsn, fakes.KEYRING, self.clock)
        self.subjects = SubjectKeys(self.dsn, fakes.KEYRING, self.clock)
        self.grants = GrantStore(self.dsn, fakes.KEYRING, self.clock)
        self.us_persons = UsPersons(self.dsn, self.clock)
        self.pdp = CachedDecisionPoint(self.engine, 100, 86400.0, (), self.clock)

    def services(self, *targets: str) -> Services:
        document = self.engine.evaluator.data
        catalog = fakes.catalog(
            *(fakes.target(name, self_hosted=document["targets"][name]["operator"] == "self") for name in targets),
            tenants=document["tenants"],
            activities=document["activities"],
            entity_kinds={name: one["kind"] for name, one in document["entity_map"].items()},
            entity_categories={"PERSON": ("personal",), "HEALTH_CONDITION": ("health",)},
            data_document=document,
        )
        ports = Ports(
            Detector(), self.pdp, MemoryVault(self.clock), self.upstreams, self.audit, self.clock,
            GrantObligations(self.grants, self.audit), self.us_persons,
        )  # fmt: skip
        pipeline = Pipeline(ports, fakes.KEYRING, catalog)
        return Services(
            pipeline, Callers(self.keys), self.audit, self.clock, 5.0, Admission(),
            Unauthenticated(self.clock, self.audit), self.grants, self.subjects,
        )  # fmt: skip

    async def key(self, tenant: str, activity: str, region: str, *roles: str) -> str:
        return await self.keys.create(Binding(tenant, "crm", (activity,), activity, region, region, roles))

    async def grant(self, tenant: str, hours: float = 2) -> str:
        asked = GrantRequest(tenant, "INC-90", "the regional model is down", timedelta(hours=hours), "ada")
        grant = await self.grants.request(asked)
        assert await self.grants.approve(grant, "bob", "webauthn", timedelta(hours=4)) is not None
        return grant

    async def ask(self, key: str, text: str, grant: str = "", **headers: str) -> Reply:
        named = {"authorization": f"Bearer {key}"} | {f"x-compliance-{name}": value for name, value in headers.items()}
        if grant:
            named["x-compliance-break-glass"] = grant
        path = self.url + "/v1/chat/completions"
        async with aiohttp.ClientSession() as session, session.post(path, data=fakes.chat(text), headers=named) as got:
            return Reply(got.status, dict(got.headers), orjson.loads(await got.read()))

    async def denials(self, target: str) -> list[list[str]]:
        """Return, per exchange in order, why the target was denied."""
        found = []
        for one in await self.records("decision"):
            found += [verdict["denials"] for verdict in one["facts"]["verdicts"] if verdict["target"] == target]
        return found

    async def records(self, kind: str, name: str = "") -> list[dict[str, Any]]:
        """Return the records of a kind, oldest first: columns, and the body's facts."""
        await self.audit.event_durable("barrier", {})
        connection = await asyncpg.connect(self.dsn)
        try:
            rows = await evidence.recorded(connection, "kind = $1 AND ($2 = '' OR action = $2)", kind, name)
        finally:
            await connection.close()
        return [row | {"facts": row["body"]["facts"]} for row in rows]


@pytest.fixture(scope="session")
def evaluator() -> Evaluator:
    document = json.loads(DATA.read_text())
    document["doj"]["thresholds_more_than"]["covered_identifiers"] = BULK
    return Evaluator.open(shipped("policies"), None, document)


@pytest.fixture
async def installation(fresh_dsn: str, evaluator: Evaluator) -> AsyncIterator[Installation]:
    made = Installation(fresh_dsn, EnginePoint(evaluator))
    for part in (made.audit, made.keys, made.subjects, made.grants, made.us_persons):
        await part.start()
    yield made
    for closing in (made.us_persons, made.grants, made.subjects, made.keys, made.audit):
        await closing.close()


@pytest.fixture
async def serve(installation: Installation) -> AsyncIterator[Any]:
    """Return a function that serves targets, in order of preference."""
    runners = []

    async def serving(*targets: str) -> Installation:
        limits = server.ServerLimits(100_000, 8192, 0.2, 75.0)
        runner = server.runner(server.application(installation.services(*targets), Readiness({}), limits), limits)
        await runner.setup()
        runners.append(runner)
        listening = server.bound("127.0.0.1", 0, reuse=False)
        await web.SockSite(runner, listening).start()
        installation.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        return installation

    yield serving
    for runner in runners:
        await runner.cleanup()
