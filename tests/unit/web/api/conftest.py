"""The admin API on fakes of its ports, behind a real socket; commands are answered by a fake unless a test wants real ones."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from proxy.audit.sealing import notes
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.proof import ProofError
from proxy.catalog import documents
from proxy.core.records import Principal
from proxy.errors import AuditUnavailableError, ConfigurationError, RegistryConflictError, RegistryUnavailableError
from proxy.identity.requests import Asked
from proxy.identity.store import Binding, StoredKey
from proxy.registry import fleet, sensitive
from proxy.registry.store import CounterState, HistoryEntry, KeptBundle, Replica, Stored
from proxy.reports import answer, counting, listing, parameters, report, statement
from proxy.reports.answer import FoundRows, SignedAnswer
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.exports.job import ExportJob, ExportState
from proxy.reports.exports.schedule import Schedule
from proxy.reports.listing import Page
from proxy.reports.report import SignedReport
from proxy.runtime.resources import shipped
from proxy.web import server
from proxy.web.admin import Readiness
from proxy.web.admission import Admission
from proxy.web.api.access import ROLES
from proxy.web.api.child import Children
from proxy.web.api.ports import AdminContext, Files
from proxy.web.handlers import Services
from proxy.web.unauthenticated import Unauthenticated
from testing import evidence, proofs
from testing.fakes import PRINCIPAL, Stage

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
NOBODY = "plain"


def key(role: str) -> str:
    return f"cp_{role}"


class ListsKept:
    """Implements ``ports.RegisteredLists``: keeps what it was given."""

    def __init__(self) -> None:
        self.loaded, self.rows, self.raises = [], [], None

    async def lists(self, tenant=None):
        row = {
            "tenant": tenant, "name": "patients", "role": "patient", "people": 1200, "loaded": NOW, "loaded_by": "alice",
            "version": 3, "outdated": False, "matches": 7,
        }  # fmt: skip
        return [*self.rows, row]

    async def load(self, name, body, by):
        if self.raises is not None:
            raise self.raises
        self.loaded.append((name, body, by))
        return {"load": "rl_aaaaaaaaaaaa", "rows": 1}

    async def remove(self, tenant, name, by):
        return name == "patients"

    async def erase(self, tenant, subject, by):
        if self.raises is not None:
            raise self.raises
        return 1 if subject == "patient 7" else 0

    async def check(self, tenant, text):
        return [{"start": 0, "end": 2, "type": "PERSON", "list": "patients"}]


class RestrictionsKept:
    """Implements ``ports.Restrictions``: keeps what it was given."""

    def __init__(self) -> None:
        self.added, self.lifted, self.raises = [], [], None

    def now(self):
        return NOW

    async def add(self, new, by):
        if self.raises is not None:
            raise self.raises
        self.added.append((new, by))
        return "rs_aaaaaaaaaaaa"

    async def lift(self, identity, by):
        self.lifted.append((identity, by))
        return {"tenant": "acme", "kind": "objection"} if identity == "rs_aaaaaaaaaaaa" else None

    async def entries(self, tenant=None, subject=None, *, lifted=False):
        return ({"id": "rs_aaaaaaaaaaaa", "tenant": tenant, "lifted": lifted},)


@dataclass
class ActsDone:
    """Implements ``ports.TwoPersonActs``: each act is done, and kept with who did it."""

    done: list[tuple[str, Any]] = field(default_factory=list)

    async def place_hold(self, matter, scope, by):
        self.done.append(("place_hold", by))
        return "hd_aaaaaaaaaaaa", "rq_aaaaaaaaaaaa"

    async def release_hold(self, hold, ticket, by):
        return "rq_bbbbbbbbbbbb"

    async def erase(self, tenant, subject, ticket, by):
        return "rq_cccccccccccc"

    async def purge(self, through, ticket, by):
        return "rq_dddddddddddd"

    async def approve(self, request, by):
        self.done.append((request, by))
        return Asked(request, "place_hold", "", "hd_aaaaaaaaaaaa", "M-1", "ops")

    async def request_grant(self, wanted):
        self.done.append(("grant", wanted))
        return "bg_aaaaaaaaaaaa"

    async def approve_grant(self, grant, mfa, longest, by):
        return NOW

    async def revoke_grant(self, grant, by):
        self.done.append((grant, by))

    async def review_grant(self, grant, finding, note, by):
        self.done.append((grant, finding, by))

    async def waiting(self):
        return ()

    async def holds(self, tenant=None):
        return ()

    async def listed_grants(self, tenant=None):
        return ()


@dataclass
class TextsTried:
    """Implements ``ports.TextTrials``: finds the first word; ``hold`` lets trials wait; keeps corrections, no text."""

    corrections: list[tuple[Any, ...]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    running: int = 0
    most: int = 0

    def models(self, tenant):
        return ("gpt-4o-mini",)

    async def tried(self, asked):
        self.running += 1
        self.most = max(self.most, self.running)
        if self.hold is not None:
            await self.hold.wait()
        self.running -= 1
        end = len(asked.text.split()[0])
        finding = {"start": 0, "end": end, "type": "PERSON", "confidence": 0.9, "rule": "spacy", "why": "a model"}
        target = {
            "target": "openai/us", "region": "US", "permit": True, "codes": (), "obligations": ("pseudonymize",), "message": "",
            "changes": [{"entity_type": "PERSON", "count": 1}],
            "receives": [{"place": "messages[0].content", "text": "PERSON_1" + asked.text[end:]}],
        }  # fmt: skip
        denied = {**target, "target": "b", "permit": False, "codes": ("NO_BAA",), "message": "no", "receives": ()}
        decision = {
            "permit": True,
            "action": "redact_and_forward",
            "selected": "openai/us",
            "codes": (),
            "revision": "r1",
        }
        return {
            "model": "m", "status": "complete", "language": "en", "categories": ("personal",), "minor": False,
            "findings": [{**finding, "role": "data_subject"}], "inside": [], "decision": decision,
            "targets": [target, denied],
        }  # fmt: skip

    async def corrected(self, wanted, by):
        self.corrections.append((wanted.tenant, wanted.start, wanted.end, wanted.type, wanted.false, by))
        return True


class KeysKept:
    """Implements ``ports.ApiKeys`` with one key."""

    def __init__(self) -> None:
        binding = Binding("acme", "crm", ("support",), "support", "DE")
        self.rows = {"aaaaaaaaaaaa": StoredKey("aaaaaaaaaaaa", binding, NOW, None, None, None, b"hash", proven=True)}

    async def list(self, tenant=None):
        return tuple(self.rows.values())

    async def revoke(self, key_id):
        return self.rows.pop(key_id, None) is not None


@dataclass
class Evidence:
    """Implements ``ports.Evidence``; ``down`` makes nothing durable."""

    events: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    down: bool = False

    async def event_durable(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise AuditUnavailableError
        self.events.append((name, facts, columns))

    def event(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        self.events.append((name, facts, columns))

    def named(self, name: str) -> list[Mapping[str, Any]]:
        return [facts for event, facts, _ in self.events if event == name]


@dataclass
class InForce:
    """Implements ``ports.InForce``."""

    revisions: list[str] = field(default_factory=lambda: ["r1"])
    outcome: Mapping[str, Any] | None = None
    reread_times: int = 0

    def policy(self) -> Mapping[str, Any]:
        return {"revision": self.revisions[0], "revisions": self.revisions}

    def digest(self) -> str:
        return "d" * 64

    def data(self) -> Mapping[str, Any]:
        return {
            "revision": "data-1", "targets": {}, "tenants": {"acme": {}}, "activities": {"support": {}},
            "entity_map": {"EMAIL_ADDRESS": {}, "PERSON": {}},
        }  # fmt: skip

    def today(self) -> date:
        return NOW.date()

    def last(self) -> Mapping[str, Any] | None:
        return self.outcome

    def reread(self) -> None:
        self.reread_times += 1


@functools.cache
def shipped_registry() -> tuple[str, str]:
    """Return the registry that is shipped, as JSON, and its revision."""
    read = documents.read(shipped("config"))
    return json.dumps(read.plain), read.revision


@dataclass
class Registry:
    """Implements ``ports.Registry`` in memory; one process runs what is in force at once unless ``slow``.

    ``then`` is what it refuses from the second question on; ``down`` lets no question be answered, ``fails`` none
    but the first.
    """

    stored: dict[str, Stored] = field(default_factory=dict)
    head: str | None = None
    slow: bool = False
    refusal: str = ""
    then: str = ""
    down: bool = False
    fails: bool = False
    asked: int = 0
    lags: bool = False  # the engine decides over other data
    bundles: dict[str, bytes] = field(default_factory=dict)
    asked_for: list[Stored] = field(default_factory=list)  # each time, with its comment

    def fill(self) -> str:
        text, revision = shipped_registry()
        self._add(json.loads(text), revision, "somebody", None)
        self.head = revision
        return revision

    def _add(self, plain: Mapping[str, Any], revision: str, by: str, parent: str | None, evidence: str = "") -> Stored:
        return self.stored.setdefault(revision, Stored(revision, parent, NOW, by, "", plain, evidence))

    async def active(self) -> Stored | None:
        return self.stored.get(self.head or "")

    async def get(self, revision: str) -> Stored | None:
        return self.stored.get(revision)

    async def history(self, limit: int = 50) -> tuple[HistoryEntry, ...]:
        made = reversed(self.stored.values())
        return tuple(HistoryEntry(s.revision, s.parent, NOW, s.made_by, "", s.revision == self.head) for s in made)[
            :limit
        ]

    async def put(
        self,
        plain: Mapping[str, Any],
        *,
        by: str,
        base: str | None,
        comment: str = "",
        activate: bool = True,
        evidence: str = "",
    ) -> Stored:
        checked = documents.check(plain)
        if base != self.head:
            raise RegistryConflictError("moved on")
        if activate and base is not None:
            sensitive.check(self.stored[base].documents, checked.plain)
        made = self._add(checked.plain, checked.revision, by, base, evidence)
        self.asked_for.append(replace(made, comment=comment))
        if activate:
            self.head = made.revision
        return made

    async def activate(
        self, revision: str, *, by: str, base: str | None, may_be_author: Callable[[str], bool]
    ) -> Stored:
        if base != self.head:
            raise RegistryConflictError("moved on")
        stored = self.stored[revision]
        if base is not None and may_be_author(stored.made_by):
            sensitive.check(self.stored[base].documents, stored.documents)
        self.head = revision
        return stored

    async def bundle(self, revision: str) -> bytes | None:
        return self.bundles.get(revision)

    async def kept_bundles(self, limit: int):
        return tuple(KeptBundle(name, NOW, len(packed)) for name, packed in self.bundles.items())[:limit]

    async def replicas(self) -> tuple[Replica, ...]:
        self.asked += 1
        if self.down or (self.fails and self.asked > 1):
            raise RegistryUnavailableError
        runs = "old" if self.slow else self.head or ""
        refused = self.then if self.then and self.asked > 1 else self.refusal
        head = self.stored.get(self.head or "")
        lags = self.lags or head is None
        data = "old" if lags else fleet.data_revision(head.documents, shipped("policies"))
        return (Replica("w1", "host", 1, NOW, "r1", "d", data, runs, "opa", refused),)

    async def usage(self) -> tuple[CounterState, ...]:
        return (CounterState("crm", "tokens", ("acme", "gpt-4o"), NOW, NOW, 1200),)


@dataclass
class Commands:
    """Stands where ``child.run`` stands: keeps the plans, answers what it is told; ``hold`` lets commands wait."""

    printed: bytes = b'{"ok": true, "result": {"fine": true}, "remarks": []}'
    plans: list[Any] = field(default_factory=list)
    hold: asyncio.Event | None = None
    cancelled: int = 0
    prepared: int = 0

    def prepare(self, children: Children) -> None:
        self.prepared += 1

    async def close(self) -> None:
        self.prepared = 0

    async def run(self, plan: Any, children: Children) -> bytes:
        self.plans.append(plan)
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return self.printed


@dataclass
class Desk:
    """Implements ``ports.Desk``: answers with one row, and keeps what it was given."""

    given: list[tuple[str, Mapping[str, Any], Requester, Sequence[str] | None]] = field(default_factory=list)
    looked_up: list[tuple[str, str]] = field(default_factory=list)
    moments: int = 0
    asking: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)  # in place of 1 in the columns of a row
    most: int = 0  # questions at once
    hold: asyncio.Event | None = None

    @asynccontextmanager
    async def at_one_moment(self):
        self.moments += 1
        yield self

    async def ask(self, question, given, requester, tenants):
        answer.narrowed(question, given, tenants)
        self.given.append((question.id, given, requester, tenants))
        row = {name: NOW.isoformat() if name.endswith("_at") else 1 for name in question.columns}
        rows = (row | self.told,)
        about = {
            "question": question.id, "rows": 1, "rows_sha256": statement.digest_of_rows(rows), "log": None,
            "complete": True, "at": "2026-11-25T10:00:00Z",
        }  # fmt: skip
        return SignedAnswer(question, rows, about, evidence.SIGNING)

    async def compose(self, form, given, requester, tenants):
        report.narrowed(form, given, tenants)
        self.given.append((form.name, given, requester, tenants))
        about = {"question": f"report {form.name}", "rows": 0, "rows_sha256": statement.digest_of_rows([]), "log": None}
        return SignedReport(
            form, tuple(FoundRows(part.question, (), True, {}, {}) for part in form.parts), about, evidence.SIGNING
        )

    async def exchanges(self, given, limit, after, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        self.given.append(("list", given, requester, (limit, after, tenants)))
        return Page(({"exchange": "x1", "tenant": "acme"},), "next", complete=True)

    async def series(self, given, split, bucket, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        self.given.append((f"{split} {bucket}", given, requester, tenants))
        return Series(({"from": "2026-11-01T00:00:00Z", "value": "block", "exchanges": 2},), complete=True)

    async def crossed(self, given, row, column, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        self.given.append((f"{row} {column}", given, requester, tenants))
        if row in counting.TRANSFERS:
            return CrossedCounts(({"row": "US", "column": "scc", "transfers": 2},), complete=True)
        return CrossedCounts(({"row": "acme", "column": "block", "exchanges": 2},), complete=True)

    async def facets(self, given, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        self.asking += 1
        self.most = max(self.most, self.asking)
        if self.hold is not None:
            await self.hold.wait()
        self.asking -= 1
        self.given.append(("facets", given, requester, tenants))
        return Facets(2, {"action": ({"value": "block", "exchanges": 2},)}, (), complete=True)

    async def events(self, name, bounds, limit, requester):
        self.given.append((name, {"bounds": bounds, "limit": limit}, requester, None))
        facts = {
            "command": "audit verify",
            "by": "ops (all)",
            "filter": {"sound": True, "state": "witnessed"},
            "rows": 7,
        }
        return [{"action": name, "recorded_at": NOW, "tenant": "", "facts": facts | {"purpose": "<b>review</b>"}}]

    async def overseen(self, given, limit, requester, tenants):
        self.given.append(("oversight", given, requester, tenants))
        item = {
            "exchange": "x1",
            "tenant": "acme",
            "activity": "support",
            "service": "crm",
            "obliged": ["human_oversight"],
        }
        return [{**item, "recorded_at": NOW, "targets": ["eu-1"]}]

    async def close_overseen(self, log, exchange, finding, note, requester, person):
        self.given.append((exchange, {"finding": finding}, requester, None))
        return exchange == "x1" and person != "sender"

    async def exchange(self, exchange, requester, tenants):
        self.given.append((exchange, {}, requester, None))
        record = {
            "kind": "outcome", "exchange": exchange, "attempt": 0, "tenant": "acme", "status": 200, "codes": [], "leaf": None,
            "recorded_at": NOW, "writer": "w", "seq": 3, "hash": "00", "action": "", "body": {"facts": {"ended": "delivered"}},
        }  # fmt: skip
        return [record] if exchange == "x1" else []

    async def checkpoint(self):
        return notes.sign(notes.Note(7, b"r" * 32), evidence.SIGNING)

    async def proof(self, exchange, requester, tenants):
        self.given.append((exchange, {}, requester, tenants))
        if exchange == "early":
            raise ProofError("not all of its records are under a signed note yet")
        if exchange == "part":
            raise ConfigurationError("this login reads some tenants alone (mercy)")
        return proofs.some().proof("x3") if exchange == "x3" and tenants != ("mercy",) else None

    async def references(self, subject, tenant):
        self.looked_up.append((subject, tenant))
        return (f"hmac-sha256:k:{subject}@{tenant}",)


@dataclass
class ExportsKept:
    """Implements ``ports.Exports`` in memory: each export is done once it may begin."""

    jobs: dict[str, ExportJob] = field(default_factory=dict)

    async def add(self, new):
        name = f"ex_{len(self.jobs):012}"
        state = ExportState.PENDING if new.of_subject else ExportState.DONE
        self.jobs[name] = ExportJob(name, new, state, NOW, rows=1, size=5, companion=b"{}")
        return self.jobs[name]

    def _seen(self, job, tenants):
        return tenants is None or (job.asked.tenants is not None and set(job.asked.tenants) <= set(tenants))

    async def find(self, export, tenants):
        job = self.jobs.get(export)
        return job if job is not None and self._seen(job, tenants) else None

    async def listed(self, tenants, limit):
        return tuple(job for job in self.jobs.values() if self._seen(job, tenants))[:limit]

    async def approve(self, export, approver, person):
        job = self.jobs[export]
        if job.state is not ExportState.PENDING or job.asked.person == person:
            return False
        self.jobs[export] = replace(job, state=ExportState.DONE)
        return True

    async def cancel(self, export, tenants):
        job = await self.find(export, tenants)
        if job is None or job.state is not ExportState.PENDING:
            return None
        self.jobs[export] = replace(job, state=ExportState.FAILED, failure="cancelled")
        return job

    async def pieces(self, export, tenants):
        yield b"one"
        yield b"23"


@dataclass
class SchedulesKept:
    """Implements ``ports.Schedules`` in memory."""

    rows: dict[str, Schedule] = field(default_factory=dict)

    async def add(self, new, every):
        name = f"sc_{len(self.rows):012}"
        self.rows[name] = Schedule(name, new, every, NOW, NOW, NOW)
        return self.rows[name]

    async def listed(self, tenants, limit):
        found = [await self.find(name, tenants) for name in self.rows]
        return tuple(row for row in found if row is not None)[:limit]

    async def find(self, schedule, tenants):
        row = self.rows.get(schedule)
        seen = row is not None and (tenants is None or set(row.asked.tenants or ("*",)) <= set(tenants))
        return row if seen else None

    async def stop(self, schedule, tenants):
        return self.rows.pop(schedule, None) is not None


@dataclass
class Identities:
    """Knows one key per role, one with all, and one with none."""

    async def find(self, presented: str) -> Principal | None:
        name = presented.removeprefix("cp_")
        if name == "all":
            return replace(PRINCIPAL, key_id="all", service="ops", roles=ROLES)
        if name == "second":
            return replace(PRINCIPAL, key_id="second", service="ops2", roles=ROLES)
        if name in {*ROLES, NOBODY}:
            return replace(PRINCIPAL, key_id=name, service="crm", roles=("sales", name))
        return None


@dataclass
class Running:
    """A served application."""

    url: str
    api: AdminContext
    evidence: Evidence
    in_force: InForce
    registry: Registry
    commands: Commands
    stage: Stage
    services: Services
    session: aiohttp.ClientSession

    def ask(self, method: str, path: str, role: str = "all", **options: Any):
        headers = {"Authorization": f"Bearer {key(role)}", **options.pop("headers", {})}
        return self.session.request(method, f"{self.url}/admin/v1/{path}", headers=headers, **options)

    async def answered(self, method: str, path: str, role: str = "all", **options: Any) -> tuple[int, Any]:
        async with self.ask(method, path, role, **options) as response:
            return response.status, await response.json()


@pytest.fixture
def in_memory(tmp_path):
    """Return an Api over fakes, its registry in the database unless told otherwise."""

    def made(**changes: Any) -> tuple[AdminContext, Evidence, InForce, Registry, Commands]:
        evidence, in_force, registry, commands = Evidence(), InForce(), Registry(), Commands()
        children = Children({"PROXY_POLICIES_DIR": "/policies"}, {"DATABASE_URL": "postgres://x"}, 60)
        given: dict[str, Any] = {
            "evidence": evidence, "in_force": in_force, "files": Files(shipped("config"), shipped("policies"), Path(tmp_path)),
            "children": children, "registry": registry, "editable": True, "activates": True,
            "run": commands.run, "warm": commands,
        }  # fmt: skip
        return AdminContext(**(given | changes)), evidence, in_force, registry, commands

    return made


@pytest.fixture
def serve(in_memory):
    """Return a context manager that serves the API; keyword arguments go to the Api."""

    @asynccontextmanager
    async def serving(*, off: bool = False, body: int = 1_000_000, **changes: Any):
        api, evidence, in_force, registry, commands = in_memory(**changes)
        registry.fill()
        stage = Stage()
        limits = server.ServerLimits(body, 4096, 0.2)
        services = Services(
            stage.pipeline, Identities(), stage.audit, stage.clock, 5.0, Admission(),
            Unauthenticated(stage.clock, stage.audit),
        )  # fmt: skip
        app = server.application(services, Readiness({}), limits, None if off else api)
        runner = server.runner(app, limits)
        await runner.setup()
        listening = server.bound("127.0.0.1", 0, reuse=False)
        port = listening.getsockname()[1]
        await web.SockSite(runner, listening).start()
        async with aiohttp.ClientSession() as session:
            yield Running(
                f"http://127.0.0.1:{port}", api, evidence, in_force, registry, commands, stage, services, session
            )  # fmt: skip
        await runner.cleanup()

    return serving


@pytest.fixture
async def desk(serve):
    desk = Desk()
    async with serve(desk=desk) as running:
        desk.running = running
        yield desk
