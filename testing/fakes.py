"""Fakes of the ports, and the records of one small organisation, for tests of the request path."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import orjson

from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.facts import Digests, plain
from proxy.audit.records.record import Record
from proxy.audit.writing.entry import ExchangeEntry
from proxy.audit.writing.writer import Unit
from proxy.codecs.api import TableApi
from proxy.codecs.endpoints import NAMES
from proxy.codecs.openai.apis import CHAT
from proxy.core.findings import Detection, DetectorVersion, Finding, SegmentFindings, Status
from proxy.core.keyring import Keyring
from proxy.core.leaves import TextLeaf, bare
from proxy.core.records import (
    Decision,
    DeclaredFacts,
    Exchange,
    Facts,
    Obligation,
    Outbound,
    Principal,
    Subject,
    TargetVerdict,
)
from proxy.core.routing.routing import Sender
from proxy.core.targets.capabilities import Capabilities
from proxy.core.targets.registered import Catalog, Route, Target
from proxy.core.wire import Incoming
from proxy.detection.text.fields import Cell, added, named, read
from proxy.errors import AuditUnavailableError
from proxy.exchange.caching import ReplyCache
from proxy.exchange.outside import Ports
from proxy.exchange.pipeline import Pipeline
from proxy.exchange.request import Client, ClientGoneError, ClientRequest
from testing.memory_vault import MemoryReplies, MemoryVault

#: What must never be seen outside: planted in payloads, looked for in errors, logs, metrics and records.
CANARY = "Zebulon.Quark@canary-leak.example"
SSN = "078-05-1120"
KEYRING = Keyring(b"k" * 32)
PRINCIPAL = Principal("key1", "acme", "crm", ("support", "sales"), "support", "DE")
_PATTERNS = {
    "EMAIL_ADDRESS": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "US_SSN": re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
}


@dataclass
class FixedClock:
    """Implements ``Clock``; moves only when told."""

    seconds: float = 1_790_000_000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


def chat_as(kind: type[TableApi]) -> TableApi:
    """Return the API of chat completions as one of another class."""
    return kind(**{one.name: getattr(CHAT, one.name) for one in fields(CHAT) if one.init})


class FakeSubjects:
    """Implements ``Subjects``: names data subjects without storing anything; some are restricted on demand."""

    def __init__(self) -> None:
        self.restricted = set[str]()

    async def of(self, tenant: str, subject: str) -> Subject:
        mark = KEYRING.derive("mark", tenant, subject)[:16]
        return Subject(KEYRING.digest(subject.encode(), "subject", tenant), mark, subject in self.restricted)


@dataclass
class FakeDetector:
    """Implements ``Detector``: e-mail addresses and SSNs; a status, a fault or too few answers on demand."""

    status: Status = Status.COMPLETE
    raises: Exception | None = None
    missing: int = 0
    seen: list[str] = field(default_factory=list)

    async def detect(self, leaves: Sequence[str | TextLeaf], tenant: str, within_s: float | None = None) -> Detection:
        if self.raises is not None:
            raise self.raises
        texts = list(map(bare, leaves))
        self.seen += texts
        segments = [self._segment(leaf) for leaf in leaves]
        kept = tuple(segments[: len(segments) - self.missing])
        names = tuple(hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest() for text in texts)
        return Detection(kept, self.status, (DetectorVersion("fake", "1"),), names=names)

    def _segment(self, leaf: str | TextLeaf) -> SegmentFindings:
        segment = SegmentFindings(self.scan(bare(leaf)), self.status, "en")
        if isinstance(leaf, str) or not leaf.label:
            return segment
        cells = [Cell(leaf.label, 0, len(leaf.text))]
        return added(segment, [*read(leaf.text, cells, self.scan), *named(leaf.text, cells)])

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        found = [(m.start(), m.end(), kind) for kind, one in _PATTERNS.items() for m in one.finditer(text)]
        return tuple(Finding(kind, start, end, 0.95, "fake") for start, end, kind in sorted(found))


@dataclass
class FakePdp:
    """Implements ``PolicyDecisionPoint``: permits every available candidate unless told otherwise."""

    obligations: tuple[Obligation, ...] = ()
    denied: frozenset[str] = frozenset()
    raises: Mapping[str, Exception] = field(default_factory=dict)  # by phase
    answers: dict[str, Decision] = field(default_factory=dict)  # by phase
    asked: list[Facts] = field(default_factory=list)
    guards: frozenset[str] = frozenset()  # entity types that are taken out of replies unless the request explains them

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        self.asked.append(facts)
        if facts.phase in self.raises:
            raise self.raises[facts.phase]
        if facts.phase in self.answers:
            return self.answers[facts.phase]
        why = ("CLASSIFIER_FAILED",) if facts.status in {"failed", "timeout"} else ("NO_BASIS",)
        verdicts = tuple(
            TargetVerdict(name, name not in self.denied, rank, why * (name in self.denied), self.obligations)
            for name, rank, _ in facts.candidates
        )
        ordered = sorted(facts.candidates, key=lambda one: one[1])  # by rank, as the policies do
        usable = [name for name, _, up in ordered if up and name not in self.denied]
        if facts.phase == "response":
            found = sorted(self.guards & {e.type for e in facts.entities} - set(facts.request_entities))
            obligations = (Obligation("r", "redact", entities=tuple(found)),) if found else ()
            verdicts = tuple(replace(verdict, obligations=obligations) for verdict in verdicts)
            return decision(None, verdicts, "redact_and_deliver" if found else "deliver")
        return decision(next(iter(usable), None), verdicts, "forward" if usable else "block")


def decision(selected: str | None, verdicts: tuple[TargetVerdict, ...], action: str, **changes: Any) -> Decision:
    """Return a decision; permitted unless the action is "block"."""
    blocked = action == "block"
    codes = ("NO_COMPLIANT_TARGET",) if blocked else ()
    made = Decision(
        f"d-{action}", not blocked, action, selected, verdicts, codes, 403 if blocked else 200, "b", "r1", "d1", "fake", {}
    )  # fmt: skip
    return made._replace(**changes)


@dataclass
class FakeReply:
    """Implements ``Reply``: its chunks, then ``fault`` where one is given."""

    status: int = 200
    content_type: str = "application/json"
    parts: Sequence[bytes] = ()
    fault: BaseException | None = None
    request_id: str = "up-1"
    retry_after_s: float = 0.0
    region: str = ""
    closed: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
            await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault

    async def close(self) -> None:
        self.closed += 1


@dataclass
class FakeUpstreams:
    """Implements ``Upstreams``: one scripted reply or fault per target; ``sent`` is what left."""

    replies: Mapping[str, FakeReply | Exception | list[FakeReply | Exception]] = field(default_factory=dict)
    down: frozenset[str] = frozenset()
    sent: list[Outbound] = field(default_factory=list)
    before: Any = None  # called with the outbound before it "leaves"

    async def send(self, outbound: Outbound, sender: Sender) -> FakeReply:
        if self.before is not None:
            self.before(outbound)
        self.sent.append(outbound)
        scripted = self.replies.get(outbound.target.id)
        if isinstance(scripted, list):  # one after the other
            scripted = scripted.pop(0) if scripted else None
        reply = scripted or FakeReply(parts=[completion("Hello.")])
        if isinstance(reply, Exception):
            raise reply
        return reply

    def available(self, target: str, sender: Sender) -> bool:
        return target not in self.down

    def wait(self, target: str, sender: Sender) -> float:
        return 7.0 if target in self.down else 0.0


class MemoryWriter:
    """Stands where ``ChainWriter`` stands: stores at once, or (``down``) lets records wait and reports no durability."""

    def __init__(self) -> None:
        self.down, self.full, self.units = False, False, list[Unit]()

    def put(
        self, records: Sequence[Record], *, admitted: bool = False, instead: Any = None, lazy: bool = False
    ) -> Unit:
        if self.full and not admitted:
            raise AuditUnavailableError
        unit = Unit(records, asyncio.get_running_loop().create_future(), instead)
        self.units.append(unit)
        return unit

    def withdraw(self, unit: Unit) -> bool:
        self.units.remove(unit)
        return True

    async def durable(self, unit: Unit) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise AuditUnavailableError
        unit.taken = True


class MemoryAudit:
    """Implements ``AuditLog`` with the real entry over a writer in memory."""

    def __init__(self, clock: FixedClock) -> None:
        self.writer, self.clock, self.document = MemoryWriter(), clock, plain
        self.digests, self.answers, self.open_entries = Digests(KEYRING), AnswerBytes(plain), 0
        self.suspended = ""
        self.lost, self.events = 0, list[tuple[str, Mapping[str, object]]]()

    def entry(self, exchange: Exchange) -> ExchangeEntry:
        return ExchangeEntry(self, exchange)  # type: ignore[arg-type]

    def unrecorded(self) -> None:
        self.lost += 1

    def event(self, name: str, facts: Mapping[str, object]) -> bool:
        self.events.append((name, facts))
        return True

    def records(self, kind: str = "", durable: bool = False) -> list[Record]:
        units = [unit for unit in self.writer.units if unit.taken or not durable]
        return [record for unit in units for record in unit.records if kind in {"", record.kind}]

    def outcome(self) -> tuple[Record, dict[str, Any]]:
        """Return the one outcome: record and facts."""
        [record] = self.records("outcome")
        return record, orjson.loads(record.body)["facts"]


@dataclass
class FakeClient(Client):
    """A caller in memory; ``gone_at`` counts the calls after which nobody listens."""

    gone_at: int = 10**9
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: str = ""  # answered | clean | aborted
    calls: int = 0
    media: str = ""
    asked: str = ""  # the request's Cache-Control
    written: list[bytes] = field(default_factory=list)

    @property
    def cache_control(self) -> str:
        return self.asked

    def _listening(self) -> None:
        self.calls += 1
        if self.calls > self.gone_at:
            raise ClientGoneError

    async def _answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str) -> None:
        self._listening()
        self.status, self.body, self.headers, self.ended = status, body, headers, "answered"
        self.media = media

    async def _begin(self, media: str, headers: Mapping[str, str]) -> None:
        self._listening()
        self.status, self.headers, self.media = 200, headers, media

    async def write(self, chunk: bytes) -> None:
        self._listening()
        assert self.status == 200, "a write before the head"
        assert not self.ended, "a write after the end"
        self.body += chunk
        self.written.append(chunk)

    async def end(self) -> None:
        self._listening()
        self.ended = "clean"

    async def abort(self, event: bytes) -> None:
        self._listening()
        self.body += event
        self.ended = "aborted"


def capabilities(*kinds: Any, **changes: Any) -> Capabilities:
    """Return the capabilities of a target that speaks every dialect, with changes."""
    return Capabilities(*kinds, **{"dialects": NAMES, **changes})


EVERY_INPUT = capabilities()


def target(name: str, **changes: Any) -> Target:
    """Return a target that serves any model under the model's own name, and accepts everything."""
    made = Target(name, f"http://{name.replace('/', '-')}.test/v1", "IE", models={"*": "*"}, accepts=EVERY_INPUT)
    return replace(made, **changes)


def catalog(*targets: Target, **changes: Any) -> Catalog:
    """Return a catalog with one route over the targets in order."""
    chosen = targets or (target("a"), target("b"), target("local", self_hosted=True))
    made = Catalog(
        revision="c1",
        targets=MappingProxyType({one.id: one for one in chosen}),
        routes=(Route("*", "*", "*", tuple(one.id for one in chosen)),),
        tenants={"acme": {}},
        activities={"support": {}},
        entity_kinds={"EMAIL_ADDRESS": "direct", "US_SSN": "govid", "PERSON": "direct"},
        entity_categories={"EMAIL_ADDRESS": ("personal",), "US_SSN": ("personal", "national_id")},
        data_document={},
    )
    return replace(made, **changes)


def exchange(**changes: Any) -> Exchange:
    """Return an exchange of the demo principal."""
    made = Exchange("x1", 1_790_000_000.0, PRINCIPAL, DeclaredFacts("support"), "openai_chat", "/v1/chat/completions")
    return replace(made, **changes)


def chat(content: Any = "hello", **more: Any) -> bytes:
    """Return a chat request's body."""
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": content}], **more})


def completion(content: str, **message: Any) -> bytes:
    """Return a whole chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
    return orjson.dumps({"id": "chatcmpl-1", "object": "chat.completion", "model": "m", "choices": [choice]})


def delta(content: str = "", index: int = 0, finish: str | None = None, **more: Any) -> bytes:
    """Return one event of a streamed chat completion."""
    said = {"content": content} if content else {}
    choice = {"index": index, "delta": {**said, **more}, "finish_reason": finish}
    return b"data: " + orjson.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}) + b"\n\n"


DONE = b"data: [DONE]\n\n"


@dataclass
class Stage:
    """A pipeline on fakes; ``run`` serves one request and returns the client."""

    detector: FakeDetector = field(default_factory=FakeDetector)
    pdp: FakePdp = field(default_factory=FakePdp)
    upstreams: FakeUpstreams = field(default_factory=FakeUpstreams)
    clock: FixedClock = field(default_factory=FixedClock)
    catalog: Catalog = field(default_factory=catalog)
    client: FakeClient = field(default_factory=FakeClient)
    vault: Any = None
    api: Any = field(default=CHAT)
    obligations: Any = None
    allowances: Any = None
    caches: bool = False

    def __post_init__(self) -> None:
        self.replies = MemoryReplies(self.clock)
        self.audit = MemoryAudit(self.clock)
        self.paused: list[float] = []
        self.quarantined: frozenset[str] = frozenset()
        self.vault = self.vault or MemoryVault(self.clock)
        ports = Ports(
            self.detector,
            self.pdp,
            self.vault,
            self.upstreams,
            self.audit,
            self.clock,
            self.obligations,
            pause=self._pause,
            quarantined=lambda: self.quarantined,
            allowances=self.allowances,
            cache=ReplyCache(self.replies, self.clock) if self.caches else None,
        )
        self.pipeline = Pipeline(ports, KEYRING, self.catalog)

    def use(self, cache: ReplyCache | None) -> None:
        """Serve with another cache, or without one."""
        self.pipeline._ports = replace(self.pipeline._ports, cache=cache)

    async def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)

    def request(self, body: bytes, **changes: Any) -> ClientRequest:
        return ClientRequest(exchange(**changes), self.api, Incoming(body), self.client)

    async def run(self, body: bytes = b"", **changes: Any) -> FakeClient:
        await self.pipeline.handle(self.request(body or chat(), **changes))
        return self.client


def reply_texts(texts):
    """Return the texts of a reply without their positions."""
    return [one.text for one in texts]
