"""Where a serving process answers officers: a connection for each question, as the reader, and the key that signs."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import asyncpg

from proxy import __version__
from proxy.audit.access import exporting, proving
from proxy.audit.access.closing import PartCloser
from proxy.audit.access.publishing import newest_note
from proxy.audit.access.reader import AuditReader, Overseer, OversightResult
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.anchors import Anchor
from proxy.audit.upkeep.log_tree import LogGapError
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification import export
from proxy.audit.verification.export import ExportError, Manifest
from proxy.audit.verification.proof import ExchangeProof, ProofError
from proxy.audit.writing.session import STATEMENTS
from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError, ConfigurationError, ProxyError
from proxy.ports import Clock, EventLog
from proxy.reports import answer, counting, listing, report, rows, statement, subjects
from proxy.reports.answer import QueryContext, SharedMoment, SignedAnswer, TenantRefusedError
from proxy.reports.apart import AnsweringProcess, AnswersApart
from proxy.reports.catalogue import Question
from proxy.reports.composing import ComposedReport
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.listing import Page
from proxy.reports.report import SignedReport
from proxy.reports.verifying import LogVerifier, SignedVerification, VerificationProgress
from proxy.runtime import database
from proxy.runtime.idle import IdleReaders

_Answer = TypeVar("_Answer")
_Arguments = TypeVarTuple("_Arguments")
_MOST_RECORDS = 100_000


class TooManyRecordsError(ProxyError):
    """That time has more than 100,000 records: export less at a time, or use 'audit export' where the log is."""

    status = 422
    code = "too_large"


class NotExportedError(ProxyError):
    """No signed note covers records of that time, or the log is damaged: 'audit verify' says more."""

    status = 409
    code = "not_proven"


@dataclass(frozen=True, slots=True)
class SignedExport:
    """Records with their proofs, in a folder, and what is signed of them: its manifest."""

    statement: Mapping[str, Any]
    signing: AuditSigningKey | None = field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """Return what is signed."""
        return statement.signed(self.statement, self.signing)


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """Answers on the database at ``dsn``."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    keyring: Keyring = field(repr=False)
    clock: Clock
    anchors: Sequence[Anchor] = ()
    at_once: bool = False  # as ``QueryContext`` says
    readers: IdleReaders | None = field(default=None, repr=False)  # of whom connections are; otherwise each is new
    moment: SharedMoment | None = field(default=None, repr=False)
    apart: AnswersApart | None = field(default=None, repr=False)  # who answers what takes long; otherwise this process

    def kept(self) -> EvidenceDesk:
        """Return the desk of a process that serves: what a reader gives back waits for the next."""
        return replace(self, readers=IdleReaders(self.dsn))

    def beside(self) -> EvidenceDesk:
        """Return the desk of a process that serves requests too: another process answers what takes long."""
        return replace(self, apart=AnswersApart(AnsweringProcess(self.dsn, self.signing.verifier)))

    @asynccontextmanager
    async def at_one_moment(self) -> AsyncIterator[EvidenceDesk]:
        """Yield the desk for several questions of one requester, which reads the log once for them."""
        if self.apart is not None:
            async with self.apart.at_one_moment() as still:
                yield replace(self, apart=still)
            return
        moment = SharedMoment()
        try:
            yield replace(self, moment=moment)
        finally:
            await moment.close()

    async def ask(
        self, question: Question, parameters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None
    ) -> SignedAnswer:
        """Return the signed answer; ``tenants``: those that the requester may read, None for all.

        Raises:
            ReaderRefusedError: the login is not a reader.
            as ``answer.ask`` says.

        """
        return await self._asked(answer.ask, (question, parameters), requester, tenants)

    async def compose(
        self, form: ComposedReport, parameters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None
    ) -> SignedReport:
        """Return the signed report; ``tenants``: those that the requester may read, None for all.

        Raises:
            ReaderRefusedError: the login is not a reader.
            as ``report.compose`` says.

        """
        return await self._asked(report.compose, (form, parameters), requester, tenants)

    async def exchanges(
        self, filters: Mapping[str, Any], limit: int, after: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Page:
        """Return a page of exchanges; ``tenants``: those that the requester may read, None for all.

        Raises:
            ReaderRefusedError: the login is not a reader.
            as ``listing.page`` says.

        """
        return await self._asked(listing.page, (filters, limit, after), requester, tenants)

    async def series(
        self, filters: Mapping[str, Any], split: str, bucket: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Series:
        """Return counts over time; ``tenants``: those that the requester may read, None for all.

        Raises:
            ReaderRefusedError: the login is not a reader.
            as ``counting.series`` says.

        """
        return await self._asked(counting.series, (filters, split, bucket), requester, tenants)

    async def crossed(
        self, filters: Mapping[str, Any], row: str, column: str, requester: Requester, tenants: Sequence[str] | None
    ) -> CrossedCounts:
        """Return counts by two splits at once; errors as ``series``."""
        return await self._asked(counting.crossed, (filters, row, column), requester, tenants)

    async def facets(self, filters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None) -> Facets:
        """Return by what exchanges could be narrowed; errors as ``series``."""
        return await self._asked(counting.facets, (filters,), requester, tenants)

    async def exchange(
        self, exchange: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Sequence[Mapping[str, Any]]:
        """Return the records of one exchange, none where those tenants have none (None: where there is none).

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        async with self._reader(tenants) as connection:
            with database.raising(AuditUnavailableError):
                return await AuditReader(connection, requester).exchange(exchange)

    async def events(
        self, name: str | None, bounds: tuple[datetime | None, datetime | None], limit: int, requester: Requester
    ) -> Sequence[Mapping[str, Any]]:
        """Return the newest events of the installation between two moments, all or those of one name.

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        async with self._reader(None) as connection:
            with database.raising(AuditUnavailableError):
                return await AuditReader(connection, requester).events(*bounds, name, limit)

    async def overseen(
        self, filters: Mapping[str, str], limit: int, requester: Requester, tenants: Sequence[str] | None
    ) -> Sequence[Mapping[str, Any]]:
        """Return exchanges that a person must oversee or review, oldest first; ``given``: tenant, activity.

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        async with self._reader(tenants) as connection:
            with database.raising(AuditUnavailableError):
                items = Overseer(connection, requester).items
                return await items(filters.get("tenant"), filters.get("activity"), limit=limit)

    async def close_overseen(
        self, log: EventLog, exchange: str, finding: OversightResult, note: str, requester: Requester, person: str
    ) -> bool:
        """Close an item of oversight in a person's name; errors as ``overseen``; returns as ``Overseer.close``."""
        async with self._reader(None) as connection:
            with database.raising(AuditUnavailableError):
                return await Overseer(connection, requester).close(log, exchange, finding, note, person)

    async def checkpoint(self) -> str | None:
        """Return the newest signed note of the log with its cosignatures, None where none is signed yet.

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        async with self._reader(None) as connection:
            with database.raising(AuditUnavailableError):
                return await newest_note(connection)

    async def proof(self, exchange: str, requester: Requester, tenants: Sequence[str] | None) -> ExchangeProof | None:
        """Return the proof of an exchange of one of these tenants, None where there is none.

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.
            ProofError: it cannot be proven, or not yet.
            ConfigurationError: this login does not read the whole log, of which every proof is made.

        """
        async with self._reader(None) as connection:
            with database.raising(AuditUnavailableError):
                tenants_of = {row["tenant"] for row in await connection.fetch(STATEMENTS["tenants_of"], exchange)}
                may = bool(tenants_of) and (tenants is None or tenants_of <= set(tenants))
                proven = await proving.prove(connection, exchange, self.signing.verifier) if may else None
                asked = {"exchange": exchange if proven is not None else "unknown"}
                records = len(proven.records) if proven is not None else 0
                await readings.announce(connection, requester, "audit prove", asked, records)
        return proven

    async def records(
        self,
        folder: Path,
        since: datetime | None,
        until: datetime | None,
        requester: Requester,
        tenants: Sequence[str] | None,
    ) -> SignedExport:
        """Write the records sealed in a time into a folder, as ``audit export`` does, at most 100,000.

        Raises:
            TenantRefusedError: the requester does not read all tenants, or this login does not.
            TooManyRecordsError, NotExportedError: see there.
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        if tenants is not None:
            raise TenantRefusedError
        async with self._reader(None) as connection:
            try:
                chosen = await exporting.stretch(connection, since, until)
                if chosen.records > _MOST_RECORDS:
                    raise TooManyRecordsError
                bounds = {"since": since, "until": until}
                await readings.announce(connection, requester, "audit export", bounds, chosen.records)
                manifest = await exporting.write(connection, folder, chosen, self.signing.verifier)
            except (ExportError, ProofError, LogGapError) as error:
                raise NotExportedError from error
            except ConfigurationError as error:
                raise TenantRefusedError from error
            except database.UNAVAILABLE as error:
                raise AuditUnavailableError("the evidence cannot be read") from error
        return self._signed(manifest, requester)

    def _signed(self, manifest: Manifest, requester: Requester) -> SignedExport:
        event = {
            "question": "export of records", "rows": manifest.records, "complete": True, "log": None,
            "manifest_sha256": hashlib.sha256(export.written(manifest)).hexdigest(),
            "parameters": {"since": manifest.since, "until": manifest.until}, "asked_by": requester.name,
            "purpose": requester.purpose, "at": rows.value(datetime.fromtimestamp(self.clock.now(), UTC)),
            "release": __version__,
        }  # fmt: skip
        return SignedExport(event, self.signing)

    async def verification(
        self, progress: VerificationProgress, requester: Requester, tenants: Sequence[str] | None
    ) -> SignedVerification:
        """Verify the whole log; ``progress`` says how far that is.

        Raises:
            TenantRefusedError: the requester does not read all tenants, or this login does not.
            AuditUnavailableError: the database cannot be read.

        """
        if tenants is not None:
            raise TenantRefusedError
        at = rows.value(datetime.fromtimestamp(self.clock.now(), UTC))
        verifier = LogVerifier(self.dsn, self.signing, self.keyring, self.anchors)
        try:
            with database.raising(AuditUnavailableError):
                return await verifier.verified(progress, requester, at)
        except ConfigurationError as error:
            raise TenantRefusedError from error

    async def keep_parts(self) -> None:
        """Make parts of what was recorded since the last one, for ever, so that a question derives only what is new.

        Connections that wait for a reader end with it, and the process that answers.
        """
        try:
            await PartCloser(self.dsn, self.signing, apart=True).run()
        finally:
            if self.apart is not None:
                await self.apart.process.close()
            if self.readers is not None:
                await self.readers.close()

    async def references(self, subject: str, tenant: str) -> tuple[str, ...]:
        """Return the keyed references of a tenant's data subject.

        Raises:
            ReaderRefusedError, AuditUnavailableError: the database cannot be read.

        """
        async with self._reader(None) as connection:
            return (await subjects.find(connection, self.keyring, subject, tenant)).references

    def _about(self, requester: Requester, tenants: Sequence[str] | None) -> QueryContext:
        at = datetime.fromtimestamp(self.clock.now(), UTC)
        bound = None if tenants is None else tuple(tenants)
        return QueryContext(requester, at, bound, self.signing, self.moment, at_once=self.at_once)

    def _reader(self, tenants: Sequence[str] | None) -> AbstractAsyncContextManager[asyncpg.Connection]:
        return answer.reader(self.dsn, tenants, self.readers)

    async def _asked(
        self,
        call: Callable[[asyncpg.Connection, *_Arguments, QueryContext], Awaitable[_Answer]],
        arguments: tuple[*_Arguments],
        requester: Requester,
        tenants: Sequence[str] | None,
    ) -> _Answer:
        """Return what a call answers, from the process beside this one where there is one."""
        about = self._about(requester, tenants)
        if self.apart is not None:
            return await self.apart.answered(call, arguments, about)
        async with self._reader(tenants) as connection:
            return await call(connection, *arguments, about)
