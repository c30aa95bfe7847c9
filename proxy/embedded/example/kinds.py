"""Has every kind of exchange made, through the whole request path, and keeps its records instead of storing them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self, cast

import aiohttp
import orjson

from proxy.audit.records.record import Record
from proxy.audit.writing.writer import ChainWriter, Instead, Unit
from proxy.core.targets.registered import Catalog
from proxy.policy.decision.shadow import ShadowedDecisionPoint
from proxy.service.app import Worker
from proxy.service.parts import WorkerParts
from proxy.settings import Settings
from proxy.web import server

CHAT = "/v1/chat/completions"
#: The person whom the exchange of a kind is about, by the prefix of references.
FIRST = "{}-0001"


@dataclass(frozen=True, slots=True)
class ExchangeKind:
    """One entry of ``traffic.yaml`` with the records that the product made of it."""

    stated: Mapping[str, Any]
    exchange: str
    records: Sequence[Record]
    received_us: int  # microseconds since 1970
    decisions: frozenset[str]  # ids of the decisions

    @classmethod
    def of(cls, stated: Mapping[str, Any], exchange: str, records: Sequence[Record]) -> Self:
        """Return the kind of an exchange that was recorded."""
        facts = [orjson.loads(record.body)["facts"] for record in records]
        received = next(fact["caller"]["received_at"] for fact in facts if "caller" in fact)
        decisions = {
            record["decision_id"]
            for fact in facts
            for record in (fact, *fact.get("earlier", ()))
            if "decision_id" in record
        }
        return cls(stated, exchange, tuple(records), received, frozenset(decisions))

    @property
    def tenant(self) -> str:
        """Who asks."""
        return str(self.stated["by"]).partition("/")[0]


@dataclass
class KeptRecords:
    """Stands where ``ChainWriter`` stands: what is recorded is kept in memory."""

    records: list[Record] = field(default_factory=list)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, records: Sequence[Record], *, instead: Instead | None = None, **_: bool) -> Unit:
        """Keep records."""
        self.records += records
        if records[-1].kind == "outcome":
            self.settled.set()
        return Unit(records, asyncio.get_running_loop().create_future(), instead)

    def withdraw(self, _: Unit) -> bool:
        """Nothing is withdrawn: all is kept."""
        return False

    async def durable(self, _: Unit) -> None:
        """All is durable at once."""


class TrialWorker(Worker):
    """A worker that serves one caller and keeps what it records in memory."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        super().__init__(settings, catalog)
        self.kept = KeptRecords()
        self._parts.audit.writer = cast("ChainWriter", self.kept)

    @property
    def parts(self) -> WorkerParts:
        """What it consists of."""
        return self._parts

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[str]:
        """Start what serving needs; give the address at which it answers until this ends."""
        parts = self._parts
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._background.stop)
            loading = await stack.enter_async_context(parts.detector.loading())
            for part in (
                parts.vault, parts.us_persons, parts.keys, parts.subjects, parts.grants, parts.registry, parts.engine,
                parts.upstreams, parts.documents, parts.allowances,
            ):  # fmt: skip
                stack.push_async_callback(part.close)
                await part.start()
            await loading
            self._pdp = await self._with_shadow(stack)
            runner = server.runner(server.application(self._services(), None, self._limits()), self._limits())
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            bound = server.bound("127.0.0.1", 0, reuse=False)
            await server.listen(runner, bound)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"

    async def make(self, stated: Mapping[str, Any], url: str, key: str, session: aiohttp.ClientSession) -> ExchangeKind:
        """Ask for one exchange of a kind, and return what was recorded of it."""
        self.kept.records.clear()
        self.kept.settled.clear()
        async with session.post(
            url + stated.get("path", CHAT), json=_body(stated), headers=_headers(stated, key)
        ) as reply:
            await reply.read()
            exchange = reply.headers["x-compliance-exchange"]
        await self.kept.settled.wait()
        if isinstance(self._pdp, ShadowedDecisionPoint):
            await self._pdp.drained()
        return ExchangeKind.of(stated, exchange, self.kept.records)


def _body(stated: Mapping[str, Any]) -> dict[str, Any]:
    if stated.get("path", CHAT) != CHAT:
        return {"model": stated["model"], "input": stated["text"]}
    messages = [{"role": "user", "content": stated["text"]}]
    return {"model": stated["model"], "messages": messages, "stream": stated.get("stream", False)}


def _headers(stated: Mapping[str, Any], key: str) -> dict[str, str]:
    about = [("x-compliance-subject", FIRST.format(prefix)) for prefix in stated.get("subjects", ())]
    return {"authorization": f"Bearer {key}", "x-compliance-activity": stated["for"], **dict(about)}
