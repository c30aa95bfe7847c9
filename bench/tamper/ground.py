"""A database with evidence of two proxies, checkpoints and an anchor, and copies of it to be attacked."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.audit.access.closing import PartCloser
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.findings import Damage, VerificationReport
from proxy.audit.verification.reading import recomputed
from proxy.audit.verification.verify import verify
from proxy.audit.writing.log import PostgresAuditLog
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import ProxyError
from proxy.grants.grant import GrantRequest
from proxy.grants.store import GrantStore
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.restrictions import NewRestriction, RestrictionKind, RestrictionList
from proxy.identity.store import ApiKeyStore, Binding
from proxy.identity.subjects import SubjectKeys
from proxy.keys import authority_check
from proxy.keys.authority import KINDS
from proxy.keys.authority_check import AuthorityCheck
from proxy.policy.decision.document import input_document
from proxy.registry.store import RegistryStore
from proxy.reports import answer, catalogue, composing, gathering, statement, subjects
from proxy.reports.answer import QueryContext, World
from proxy.reports.catalogue import Question
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence, twins

Connection = Any
_COPIES = itertools.count(1)
_REFUSED = "refused"
_ASKED_AT = datetime(2027, 1, 1, tzinfo=UTC)
_GIVEN = {
    "since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2030, 1, 1, tzinfo=UTC), "at": _ASKED_AT, "category": "personal",
    "region": "EEA", "exchange": "x1", "subject": ["s"], "activity": "support",
}  # fmt: skip
FREE = "SET session_replication_role = replica"  # a superuser switches every trigger off


@dataclass(frozen=True, slots=True)
class Attack:
    """One way to change the evidence. ``anchored``: only what lies outside the database can show it."""

    name: str
    by: str  # superuser | writer | key
    run: Callable[[Connection, Ground], Awaitable[None]]
    anchored: bool = False
    state: str = "damaged"  # or unprotected: nothing signed is changed
    undo: str = ""  # roles belong to the whole server
    compared: bool = False  # a verification alone shows it, not an answer

    @property
    def hidden(self) -> bool:
        """Whether no answer from the database itself can show it."""
        return self.anchored or self.compared

    @property
    def alone(self) -> str:
        """The state without an anchor; "witnessed" is for what neither harms the log nor is believed."""
        return "unwitnessed" if self.anchored or self.state == "witnessed" else self.state


class Attacked(NamedTuple):
    """What is found of an attacked copy, with the anchor and without, and what is answered from it."""

    anchored: VerificationReport
    alone: VerificationReport
    answers: Mapping[str, str]


@dataclass
class Ground:
    """The evidence, and what an installation keeps outside the database."""

    server: EmbeddedPostgres
    name: str
    anchor: FileAnchor
    signing: AuditSigningKey = field(default_factory=AuditSigningKey.generate)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # rows as they once were, by table
    _true: Mapping[str, str] = field(default_factory=dict)
    _answered: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by what was asked

    async def fill(self, exchanges: int) -> None:
        """Write exchanges in two chains, a checkpoint after each half, and a few records after the last."""
        dsn = self.server.dsn_of(self.name)
        logs = [self._log(dsn, f"proxy-{letter}") for letter in "ab"]
        for log in logs:
            await log.start()
        for half in range(2):
            for number in range(half * exchanges // 2, (half + 1) * exchanges // 2):
                await _serve(logs[number % 2], f"x{number}")
            for log in logs:
                await log.event_durable("half", {})
            await self.checkpoint(dsn)
            if not half:
                await PartCloser(dsn, self.signing).once(least=1)
        await _serve(logs[0], "after")
        await self._keep_bundle(logs[0], dsn)
        await self._authorise(logs[0], dsn)
        for log in logs:
            await log.close()

    async def _keep_bundle(self, log: PostgresAuditLog, dsn: str) -> None:
        """Store a policy bundle and record that, as every proxy does."""
        store, packed = RegistryStore(dsn, evidence.KEYRING), twins.packed({"regions": {"EEA": {"members": ["DE"]}}})
        await store.start()
        await store.keep_bundle("rev-1", packed)
        await store.close()
        await log.event_durable("policy_kept", {"sha256": hashlib.sha256(packed).hexdigest()}, revision="rev-1")

    async def _authorise(self, log: PostgresAuditLog, dsn: str) -> None:
        """Make what the product obeys, change some of it, and state all in the log, as a running process does."""
        subjects, clock = SubjectKeys(dsn, evidence.KEYRING, SystemClock()), SystemClock()
        keys, grants = ApiKeyStore(dsn, evidence.KEYRING, clock), GrantStore(dsn, evidence.KEYRING, clock)
        for store in (subjects, keys, grants):
            await store.start()
        now = datetime.now(UTC)
        key = (await keys.create(Binding("acme", "crm", ("support",), "support", "DE"))).split("_")[1]
        connection = await asyncpg.connect(dsn)
        for table in ("identity.api_key", "master_key.proof"):
            row = await connection.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)
            self.earlier = {**self.earlier, table: dict(row)}
        await connection.close()
        await keys.expire(key, now + timedelta(days=1))
        restricted = NewRestriction("acme", "patient 7", RestrictionKind.OBJECTION, now, None, "DSR-7")
        await RestrictionList(subjects).add(restricted, "alice")
        _, request = await HoldStore(subjects).request("M-1", HoldScope("acme"), "alice")
        await HoldStore(subjects).approve(request, "bob")
        wanted = GrantRequest("acme", "INC-1", "an incident", timedelta(hours=1), "alice", "support", "crm")
        await grants.approve(await grants.request(wanted), "bob", "totp", timedelta(hours=4))
        named = await subjects.of("acme", "patient 7")
        exchange = evidence.exchange("of a person")
        about = replace(exchange, declared=replace(exchange.declared, subject_refs=(named.reference,)))
        async with log.entry(about) as entry:
            facts = evidence.facts(subject_refs=(named.reference,))
            entry.note(evidence.inspection(), facts, evidence.decision(permit=False, action="block", selected=None))
            entry.deny(evidence.DENIAL)
        await AuthorityCheck(dsn, evidence.KEYRING, log).compare()
        for store in (subjects, keys, grants):
            await store.close()

    def _log(self, dsn: str, writer: str) -> PostgresAuditLog:
        return PostgresAuditLog(
            dsn, writer, evidence.KEYRING, SystemClock(), document=input_document, signing=self.signing
        )

    async def checkpoint(self, dsn: str, *, anchored: bool = True) -> None:
        """Sign how far the log has come."""
        await Checkpointer(dsn, self.signing, (self.anchor,) if anchored else ()).once()

    async def copy(self) -> str:
        """Make a copy and return its name."""
        made = f"attacked_{next(_COPIES)}"
        connection = await asyncpg.connect(self.server.dsn_of("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {made} TEMPLATE {self.name}")
            await connection.execute(f"REVOKE TEMPORARY ON DATABASE {made} FROM PUBLIC")
        finally:
            await connection.close()
        return made

    async def drop(self, name: str, undo: str) -> None:
        """Remove a copy, and undo what holds for the whole server."""
        connection = await asyncpg.connect(self.server.dsn_of("postgres"))
        try:
            if undo:
                await connection.execute(undo)
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await connection.close()

    async def attacked(self, attack: Attack) -> Attacked:
        """Attack a copy; return what is found and answered then."""
        name = await self.copy()
        dsn = self.server.dsn_of(name)
        try:
            connection = await asyncpg.connect(dsn)
            try:
                if attack.by != "writer":
                    await connection.execute(FREE)
                await attack.run(connection, self)
            finally:
                await connection.close()
            anchored, alone = await self.verified(dsn, self.anchor.lines(), ())
            return Attacked(anchored, alone, {} if attack.hidden else await self.answers(dsn))
        finally:
            await self.drop(name, attack.undo)

    async def lies(self, answers: Mapping[str, str]) -> list[str]:
        """Return the questions that were answered otherwise than of the evidence as it is."""
        if not self._true:
            self._true = await self.answers(self.server.dsn_of(self.name))
            assert _REFUSED not in self._true.values()
        return [name for name, said in answers.items() if said not in {_REFUSED, self._true[name]}]

    async def answers(self, dsn: str) -> Mapping[str, str]:
        """Ask every question and every part of a report; return the digest of the rows of each, or that it was refused.

        The same rows are asked once: queries see nothing else.
        """
        parts = (part.question for report in composing.every() for part in report.parts)
        asked = {one.id: one for one in (*catalogue.every(), *parts)}
        about = QueryContext(Requester("officer", "tamper"), _ASKED_AT, None, self.signing)
        try:
            connection = await database.connect(dsn, database.READER)
        except asyncpg.PostgresError:
            return dict.fromkeys(asked, _REFUSED)
        try:
            with answer.answering():
                async with answer.asked(connection, about, "x1") as world:
                    if (rows := await asyncio.to_thread(_digest, world)) not in self._answered:
                        self._answered[rows] = {name: await _said(world, question) for name, question in asked.items()}
                    return self._answered[rows]
        except ProxyError:
            return dict.fromkeys(asked, _REFUSED)
        finally:
            await connection.close()

    async def surrounded(self, statement: str) -> VerificationReport:
        """Do to a copy what is not an attack; return what is found with the anchor."""
        name = await self.copy()
        dsn = self.server.dsn_of(name)
        try:
            connection = await asyncpg.connect(dsn)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()
            return await self.verify(dsn, self.anchor.lines())
        finally:
            await self.drop(name, "")

    async def verify(self, dsn: str, anchor: Sequence[str]) -> VerificationReport:
        """Verify as an operator does: the reader's role, the keys, perhaps the anchor."""
        (report,) = await self.verified(dsn, anchor)
        return report

    async def verified(self, dsn: str, *anchors: Sequence[str]) -> list[VerificationReport]:
        """Verify with each anchor. What does not depend on one is looked at once."""
        connection = await database.connect(dsn, database.READER)
        try:
            reports = [await verify(connection, self.signing.verifier, anchor) for anchor in anchors]
            damages = await recomputed(connection, self.signing.verifier)
            with contextlib.suppress(asyncpg.PostgresError):  # a table or a right that is gone is named already
                beside = await authority_check.against(dsn, evidence.KEYRING, tuple(KINDS))
                beside += tuple(await gathering.keyless(connection, self.signing.verifier))
                beside += tuple(await subjects.displaced(connection, evidence.KEYRING))
                damages += [Damage("", 0, "protection", detail) for detail in beside]
            for report in reports:
                report.damages += damages
            return reports
        finally:
            await connection.close()


@asynccontextmanager
async def ground(folder: Path, exchanges: int) -> AsyncIterator[Ground]:
    """Start a server of its own with the evidence of so many exchanges, and stop it in the end."""
    server = EmbeddedPostgres(folder / "postgres")
    await server.start()
    try:
        await migrate(server.dsn, shipped("migrations"))
        made = Ground(server, "proxy", FileAnchor(folder / "audit.anchor"))
        await made.fill(exchanges)
        yield made
    finally:
        await server.stop()


def _digest(world: World) -> str:
    """Return the SHA-256, in hex, of everything that queries see."""
    given, tables = world.gathered, sorted(world.gathered.tables.items())
    files = [(name, [file.read_bytes() for file in some]) for name, some in sorted(given.files.items())]
    about = given.note, given.revisions, sorted((name, sorted(kept)) for name, kept in given.kept.items()), given.purges
    seen = world.declared, about, given.coverage, [(name, table.to_pylist()) for name, table in tables], files
    return hashlib.sha256(repr(seen).encode()).hexdigest()


async def _said(world: World, question: Question) -> str:
    given = {name: _GIVEN[name] for name in question.description.required}
    try:
        found = await world.find(question, answer.narrowed(question, given, None))
    except ProxyError:
        return _REFUSED
    return statement.digest_of_rows(found.rows)


async def _serve(log: PostgresAuditLog, identity: str) -> None:
    async with log.entry(evidence.exchange(identity)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
