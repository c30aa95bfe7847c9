"""Exports in PostgreSQL, so that any process can finish one and every process can hand it out.

A connection for each step, as the exporter; it sees the exports about tenants that who asks may read (row-level
security, as of the evidence itself). A process that runs one says every few seconds that it lives; where it has not
for a minute, another one takes the export up again.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError, ProxyError
from proxy.keys.authority import Authority
from proxy.reports.exports.job import ExportJob, ExportKind, ExportState, MadeExport, NewExport
from proxy.runtime import database

#: How often an export is begun before it counts as one that ends its process.
MOST_RUNS = 3
#: Exports of one tenant's requesters that have not ended, and those that run in the whole installation.
MOST_OPEN, MOST_RUNNING = 8, 2
_SILENT = timedelta(seconds=60)
_SQL = database.statements(Path(__file__).with_name("store.sql"))
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class ExporterRefusedError(ProxyError):
    """The login of DATABASE_URL may not act as proxy_exporter, so this process makes no exports: grant it that role."""

    status = 409
    code = "not_configured"


class TooManyExportsError(ProxyError):
    """Eight exports of this tenant have not ended yet: wait for one of them."""

    status = 429
    code = "too_many_exports"


class ExportUnprovenError(ProxyError):
    """Nobody who has the master key asked for this export, or approved it."""

    status = 403
    code = "export_unproven"


class ExportTakenError(Exception):
    """Another process runs this export now."""


@dataclass(eq=False)
class ExportStore:
    """The exports of an installation. ``runner`` names this process; ``woken`` is set when one may begin."""

    dsn: str = field(repr=False)
    runner: str
    keyring: Keyring = field(repr=False)
    keep_s: float = 86_400.0
    woken: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def _authority(self) -> Authority:
        return Authority("export", self.keyring)

    async def add(self, new: NewExport) -> ExportJob:
        """Store what somebody asks for; it waits for a second person where it names a data subject.

        Raises:
            TooManyExportsError, ExporterRefusedError: see there.
            AuditUnavailableError: the database does not answer.

        """
        async with self.connected(new.tenants) as connection, connection.transaction():
            job = await self.put(connection, new)
        self.woken.set()
        return job

    async def put(self, connection: asyncpg.Connection, new: NewExport) -> ExportJob:
        """Store what somebody asks for in a transaction of the caller.

        Raises:
            TooManyExportsError: as ``add`` says; of a schedule there is one at a time, which counts for nobody.

        """
        columns = {**columns_of(new, "ex_"), "of_subject": new.of_subject, "schedule": new.schedule}
        row = await connection.fetchrow(_SQL["add"], *columns.values(), MOST_OPEN)
        if row is None:
            raise TooManyExportsError
        await prove_inserted(self._authority, connection, columns, row)
        return _job(row)

    async def find(self, export: str, tenants: Sequence[str] | None) -> ExportJob | None:
        """Return an export of tenants that the requester may read, None where there is none.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(tenants) as connection:
            row = await connection.fetchrow(_SQL["find"], export)
        return _job(row) if row is not None else None

    async def listed(self, tenants: Sequence[str] | None, limit: int) -> tuple[ExportJob, ...]:
        """Return exports of tenants that the requester may read, newest first.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(tenants) as connection:
            return tuple(_job(row) for row in await connection.fetch(_SQL["list"], limit))

    async def approve(self, export: str, approver: str, person: str) -> bool:
        """Approve an export as the second person; False where it is theirs, older than a day, or not pending.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(None) as connection, connection.transaction():
            before = await connection.fetchrow(self._authority.row, export)
            done: bool = await connection.fetchval(_SQL["approve"], export, approver, person)
            if done:
                await self._authority.prove_changed(connection, before, {"approver": approver})
        if done:
            self.woken.set()
        return done

    async def pieces(self, export: str, tenants: Sequence[str] | None) -> AsyncIterator[bytes]:
        """Yield the file of an export that is done, piece by piece.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        for number in itertools.count():
            async with self.connected(tenants) as connection:  # none is kept while who reads takes their time
                piece = await connection.fetchval(_SQL["piece"], export, number)
            if piece is None:
                return
            yield piece

    async def claim(self) -> ExportJob | None:
        """Take the next export to run here, None where there is none or enough run; what it left before is deleted.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(None) as connection, connection.transaction():
            row = await connection.fetchrow(_SQL["claim"], self.runner, _SILENT, MOST_RUNS, MOST_RUNNING)
            if row is None:
                return None
            await connection.execute(_SQL["clear"], row["id"])
            proven = await self._authority.of(connection, row["id"]) is not None
        return replace(_job(row), proven=proven)

    async def cancel(self, export: str, tenants: Sequence[str] | None) -> ExportJob | None:
        """End an export that has not ended; None where there is none. Who runs it notices with its next beat.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(tenants) as connection:
            row = await connection.fetchrow(_SQL["cancelled"], export)
        return _job(row) if row is not None else None

    async def beat(self, job: ExportJob, stage: str = "") -> None:
        """Say that this process still runs an export, and how far it is.

        Raises:
            ExportTakenError: another process runs it now.
            AuditUnavailableError: the database does not answer.

        """
        await self._update("beat", job, stage)

    async def add_piece(self, job: ExportJob, number: int, content: bytes) -> None:
        """Store the next piece of its file, at most a mebibyte.

        Raises:
            ExportTakenError, AuditUnavailableError: as ``beat`` says.

        """
        await self._update("add_piece", job, number, content)

    async def done(self, job: ExportJob, export: MadeExport) -> None:
        """Note that its file is whole.

        Raises:
            ExportTakenError, AuditUnavailableError: as ``beat`` says.

        """
        keep = timedelta(seconds=self.keep_s)
        await self._update("done", job, export.rows, export.size, export.answer, export.companion, keep)

    async def failed(self, job: ExportJob, code: str) -> None:
        """Note that it cannot be made.

        Raises:
            ExportTakenError, AuditUnavailableError: as ``beat`` says.

        """
        await self._update("failed", job, code)

    async def give_back(self, job: ExportJob) -> None:
        """Let another process begin it: this one ends.

        Raises:
            AuditUnavailableError: the database does not answer.

        """
        async with self.connected(None) as connection:
            await connection.execute(_SQL["given_back"], job.id, self.runner, job.run)

    async def tidy(self, record: Callable[[str, ExportJob], Awaitable[None]]) -> None:
        """End what was interrupted too often, what nobody approved and what has expired, once each is on record.

        ``record`` gets that word and the export; where it fails, or this process ends, nothing has ended yet.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        async with self.connected(None) as connection, connection.transaction():
            for word, more in (("interrupted", (_SILENT, MOST_RUNS)), ("lapsed", ()), ("expired", ())):
                for row in await connection.fetch(_SQL[word], *more):
                    await record(word, _job(row))
            await connection.execute(_SQL["forget_pieces"])
            await connection.execute(_SQL["forget"])

    async def _update(self, statement: str, job: ExportJob, *arguments: Any) -> None:
        async with self.connected(None) as connection:
            if await connection.fetchval(_SQL[statement], job.id, self.runner, job.run, *arguments) is None:
                raise ExportTakenError(job.id)

    @asynccontextmanager
    async def connected(self, tenants: Sequence[str] | None) -> AsyncIterator[asyncpg.Connection]:
        """Yield a connection that sees exports about tenants that the requester may read.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``add`` says.

        """
        try:
            connection = await database.connect(self.dsn, database.EXPORTER, tenants=tenants)
        except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError) as error:
            raise ExporterRefusedError from error
        except database.UNAVAILABLE as error:
            raise AuditUnavailableError("the exports cannot be read") from error
        try:
            with database.raising(AuditUnavailableError):
                yield connection
        finally:
            await connection.close()


def columns_of(new: NewExport, prefix: str) -> dict[str, Any]:
    """Return the columns that rows of exports and of schedules share, with a new id."""
    return {
        "id": prefix + "".join(secrets.choice(_ALPHABET) for _ in range(12)), "asked_by": new.asked_by,
        "person": new.person, "tenant": new.tenant, "tenants": None if new.tenants is None else list(new.tenants),
        "purpose": new.purpose, "kind": new.kind.value, "name": new.name,
        "parameters": orjson.dumps(new.parameters).decode(), "format": new.format, "language": new.language,
    }  # fmt: skip


async def prove_inserted(
    authority: Authority, connection: asyncpg.Connection, columns: Mapping[str, Any], row: Mapping[str, Any]
) -> None:
    """Prove an inserted row, whose parameters the database spells in its own way."""
    same = orjson.loads(row["parameters"]) == orjson.loads(columns["parameters"])
    spelled = {"parameters": row["parameters"]} if same else {}
    await authority.prove(connection, columns["id"], {**columns, **spelled})


def asked_of(row: Mapping[str, Any], schedule: str = "") -> NewExport:
    """Return what a row of an export or a schedule asks for."""
    tenants = row["tenants"]
    return NewExport(
        ExportKind(row["kind"]), row["name"], orjson.loads(row["parameters"]), row["format"], row["asked_by"],
        row["person"], row["tenant"], None if tenants is None else tuple(tenants), row["purpose"], row["language"],
        schedule,
    )  # fmt: skip


def _job(row: asyncpg.Record) -> ExportJob:
    return ExportJob(
        row["id"], asked_of(row, row["schedule"]), ExportState(row["state"]), row["made"], row["runs"], row["stage"],
        row["ended"], row["failure"], row["rows"], row["bytes"], row["answer"], row["expires"], row["companion"] or b"",
    )  # fmt: skip
