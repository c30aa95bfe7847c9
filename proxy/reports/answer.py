"""A question and what it is narrowed to -> rows and the statement about them. That it was asked is on record first.

The rows that it is asked of are derived from records that were verified at one moment of the database (``gathering``);
the query runs over them in this process (``relations``), with a time limit. The read is announced before the answer is
returned (``proxy.audit.upkeep.readings``), with the digest of what is signed.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from proxy import __version__
from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification import reading
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.errors import AuditUnavailableError, ProxyError
from proxy.reports import gathering, parameters, registered, relations, rows, statement
from proxy.reports.catalogue import Question
from proxy.reports.gathering import Gathered
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import Relations, TooSlowError
from proxy.runtime import database
from proxy.runtime.idle import IdleReaders

TIMEOUT_S = 30.0
_LIMIT = 1000
#: Of an answer's parameters: named by the revision instead.
_OMITTED_FROM_STATEMENT = frozenset({"registry"})


class TenantRefusedError(ProxyError):
    """This question is about all tenants, which needs the role auditor or privacy-officer."""

    status = 403
    code = "tenant_refused"


class ReaderRefusedError(ProxyError):
    """The login of DATABASE_URL may not act as proxy_reader, so this process cannot answer from the evidence."""

    status = 409
    code = "not_configured"


@dataclass(frozen=True, slots=True)
class QueryContext:
    """One asking: who, why, when, for which tenants (None: all), and the key that signs, where there is one.

    ``verifier`` is its public half where another process signs. ``archives`` are folders with months that are asked
    beside the database. ``at_once``: somebody waits, so newer records are left for later where many are in no part
    yet, and the answer says how many; what is about one data subject, or one exchange that is among them, reads all.
    """

    requester: Requester
    at: datetime
    tenants: tuple[str, ...] | None = None
    signing: AuditSigningKey | None = field(default=None, repr=False)
    moment: SharedMoment | None = field(default=None, repr=False)  # that it is one of several questions of
    archives: tuple[Path, ...] = ()
    at_once: bool = False
    verifier: VerifierKey | None = None

    @property
    def trusted(self) -> VerifierKey | None:
        """Whose word about the log counts."""
        return self.verifier if self.signing is None else self.signing.verifier


class Signed(Protocol):
    """An answer or a report: a statement, and the document that it is kept and checked as."""

    @property
    def statement(self) -> Mapping[str, Any]: ...

    @property
    def signing(self) -> AuditSigningKey | None: ...

    def document(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """Rows as plain values by column, and what is signed of them. ``types``: the database's type of each column."""

    question: Question
    rows: tuple[Mapping[str, Any], ...]
    statement: Mapping[str, Any]
    signing: AuditSigningKey | None = field(default=None, repr=False)
    types: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the whole answer, as it is kept and checked."""
        return {**statement.signed(self.statement, self.signing), "rows": self.rows}


def companion(answer: Signed, kind: str, file: bytes) -> dict[str, Any]:
    """Return what is signed of a file that shows an answer."""
    return beside(answer, kind, len(file), hashlib.sha256(file).hexdigest())


def beside(answer: Signed, kind: str, size: int, sha256: str) -> dict[str, Any]:
    """Return what is signed of a file of ``size`` bytes that shows an answer."""
    described = {"format": kind, "bytes": size, "sha256": sha256}
    return statement.signed({**answer.statement, "file": described}, answer.signing)


async def ask(
    connection: asyncpg.Connection, question: Question, parameters: Mapping[str, Any], about: QueryContext
) -> SignedAnswer:
    """Return the answer to a question, on a connection that acts as the reader.

    Raises:
        InvalidParameterError: a parameter is unknown, missing or malformed.
        TenantRefusedError: it is about the whole installation, and the requester reads only some tenants.
        TooSlowError: it took longer than 30 s.
        RegistryNotStoredError: it compares with the registry, which the database does not hold as it decided last.
        EvidenceDamagedError: the log is not what was sealed.
        AuditUnavailableError: the database does not answer; or word of the read cannot be left.

    """
    with answering():
        about = await seen(connection, about)
        values = narrowed(question, parameters, about.tenants)
        async with asked(connection, about, values.get("exchange"), values.get("subject")) as world:
            result = await world.find(question, values)
        answer = _answer(result, world.gathered, about)
        await announce(connection, f"audit ask {question.id}", answer, about)
    return answer


@dataclass(frozen=True, slots=True)
class World:
    """What is gathered at one moment for one requester; ``declared``: what the registry in force declares."""

    gathered: Gathered
    declared: Mapping[str, Any] | None
    relations: Relations

    async def find(self, question: Question, values: Mapping[str, Any]) -> FoundRows:
        """Return what the query of a question finds.

        Raises:
            RegistryNotStoredError, TooSlowError, InvalidParameterError: as ``ask`` says.

        """
        meant = registered.meant(self.declared, values)
        limited = {**meant, "limit": meant["limit"] + 1}
        got = await asyncio.to_thread(self.relations.ask, question.query, question.parameters, limited, TIMEOUT_S)
        documents = {name for name, kind in got.types.items() if kind == "json"}
        plain = tuple(rows.plain(row, documents) for row in got.rows)
        stated = {**meant, **dict.fromkeys(_OMITTED_FROM_STATEMENT & meant.keys())}
        return FoundRows(question, plain[: meant["limit"]], len(plain) <= meant["limit"], got.types, stated)


@asynccontextmanager
async def reader(
    dsn: str, tenants: Sequence[str] | None, readers: IdleReaders | None
) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection that acts as the reader of these tenants, None for all: one of ``readers``, else a new one.

    Raises:
        ReaderRefusedError: the login is not a reader.
        AuditUnavailableError: the database does not answer.

    """
    async with AsyncExitStack() as stack:
        try:
            if readers is not None:
                connection = await stack.enter_async_context(readers.taken(tenants))
            else:
                connection = await database.connect(dsn, database.READER, tenants=tenants)
                stack.push_async_callback(connection.close)
        except asyncpg.InsufficientPrivilegeError as error:
            raise ReaderRefusedError from error
        except database.UNAVAILABLE as error:
            raise AuditUnavailableError("the evidence cannot be read") from error
        yield connection


@asynccontextmanager
async def asked(
    connection: asyncpg.Connection,
    about: QueryContext,
    exchange: str | None = None,
    subject: Sequence[str] | None = None,
) -> AsyncIterator[World]:
    """See one moment of the evidence, as far as the requester may; of an ``exchange`` the records too.

    ``subject``: the references of a data subject that are asked for, with their token where they were looked up.

    Raises:
        EvidenceDamagedError: the log is not what was sealed; or keys of data subjects are missing, and it depends on
            whose records there are.

    """
    if about.moment is not None and exchange is None and subject is None:
        yield await about.moment.world(connection, about)
        return
    by_name = subject is not None and (not subject or any(item.startswith(rows.READ) for item in subject))
    size = reading.PROMPT if about.at_once and subject is None else None
    async with gathering.moment(
        connection, about.trusted, exchange, by_name=by_name, size=size, archives=about.archives
    ) as gathered:
        declared = await registered.stored(connection, gathered)
    readable = await asyncio.to_thread(Relations, gathered.tables, about.tenants, about.at, gathered.files)
    try:
        if by_name and (lost := readable.keyless()):
            raise EvidenceDamagedError(lost[0])
        yield World(gathered, declared, readable)
    finally:
        readable.close()


class SharedMoment:
    """One moment of the evidence for several questions of one requester: the log is read for the first of them alone.

    Where reading failed, or took too long, it fails for all of them at once. What is about one exchange or one data
    subject is read by itself.
    """

    def __init__(self) -> None:
        self._worlds: dict[tuple[str, ...] | None, World] = {}
        self._failed: dict[tuple[str, ...] | None, Exception] = {}
        self._reading, self._opened = asyncio.Lock(), AsyncExitStack()

    async def world(self, connection: asyncpg.Connection, about: QueryContext) -> World:
        """Return the moment as far as the requester may see it; errors as ``asked``."""
        async with self._reading:
            if (failed := self._failed.get(about.tenants)) is not None:
                raise failed
            if about.tenants not in self._worlds:
                alone = asked(connection, replace(about, moment=None))
                try:
                    self._worlds[about.tenants] = await self._opened.enter_async_context(alone)
                except (ProxyError, asyncpg.PostgresError, *database.UNAVAILABLE) as error:
                    self._failed[about.tenants] = error
                    raise
            return self._worlds[about.tenants]

    async def close(self) -> None:
        """Forget it."""
        self._worlds.clear()
        await self._opened.aclose()


@dataclass(frozen=True, slots=True)
class FoundRows:
    """What a query found: rows up to the limit, whether those are all, the database's types of the columns.

    ``narrowed``: what it was narrowed to, as a statement tells it.
    """

    question: Question
    rows: tuple[Mapping[str, Any], ...]
    complete: bool
    types: Mapping[str, str]
    narrowed: Mapping[str, Any]


@contextmanager
def answering() -> Iterator[None]:
    """Translate what a database says while it is read.

    Raises:
        as ``ask`` says.

    """
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise TooSlowError from error
    except asyncpg.DataError as error:
        raise InvalidParameterError("a value is not one that the database knows") from error
    except (*database.UNAVAILABLE, asyncpg.SyntaxOrAccessError) as error:
        raise AuditUnavailableError("the evidence cannot be read") from error


async def seen(connection: asyncpg.Connection, about: QueryContext) -> QueryContext:
    """Return what is asked, about the tenants that the database lets this login see."""
    return replace(about, tenants=_seen(await database.tenants_read(connection), about.tenants))


def _seen(readable: tuple[str, ...] | None, asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the tenants that an answer is about, None for all: the database may let this login see some alone."""
    if readable is None or asked is None:
        return readable if asked is None else asked
    return tuple(name for name in asked if name in readable)


def narrowed(question: Question, asked_values: Mapping[str, Any], tenants: Sequence[str] | None) -> dict[str, Any]:
    """Return a value for each parameter of a question; ``tenants``: those that who asks may read, None for all.

    Raises:
        InvalidParameterError, TenantRefusedError: as ``ask`` says.

    """
    if tenants is not None and not question.is_of_tenants:
        raise TenantRefusedError
    wanted = {"limit": _LIMIT} | {name: value for name, value in asked_values.items() if value is not None}
    values = parameters.bound(question.parameters, question.description.required, wanted, tenants)
    if question.description.whole_days:
        parameters.whole_days(values)
    return values


def _answer(result: FoundRows, gathered: Gathered, about: QueryContext) -> SignedAnswer:
    question = result.question
    signed = {
        "question": question.id,
        "name": question.name,
        "version": question.description.version,
        "query_sha256": question.query_digest,
        "columns": question.columns,
        "complete": result.complete,
        **context(result.rows, result.narrowed, gathered, about),
    }
    if question.description.conclusion:
        signed["conclusion"] = _conclusion(question, signed)
    return SignedAnswer(question, result.rows, signed, about.signing, result.types)


def context(
    given_out: Sequence[Mapping[str, Any]], values: Mapping[str, Any], gathered: Gathered, about: QueryContext
) -> dict[str, Any]:
    """Return what every statement says of its rows, of the log they were read at, and of who asked."""
    return {
        "parameters": rows.written(values),
        "tenants": values.get("tenants"),
        "rows": len(given_out),
        "rows_sha256": statement.digest_of_rows(given_out),
        "log": statement.log(gathered.note),
        "views_sha256": relations.DIGEST,
        "coverage": {**gathered.coverage, "purged": gathered.purged(values)},
        "covers_all_records": gathered.covers(values),
        "revisions": dict(zip(("policy", "data"), gathered.revisions, strict=True)),
        "asked_by": about.requester.name,
        "asked_for": about.requester.on_behalf_of,
        "purpose": about.requester.purpose,
        "at": rows.value(about.at),
        "release": __version__,
        "salt": secrets.token_hex(16),  # the log has the digest of this, which nobody makes again without the file
    }


def _conclusion(question: Question, signed: Mapping[str, Any]) -> str:
    """Return what an answer states: nothing where a row speaks against it, or the evidence has a gap."""
    gaps = signed["coverage"]["left_out"] or signed["coverage"]["purged"] or signed["coverage"]["unread"]
    if signed["rows"] or signed["log"] is None or gaps:
        return "cannot be stated"
    return question.description.conclusion.format(**signed["parameters"])


async def announce(connection: asyncpg.Connection, command: str, answer: Signed, about: QueryContext) -> None:
    """Put on record that an answer is about to be given out."""
    signed = answer.statement
    filtered = {name: value for name, value in signed["parameters"].items() if name != "limit"}
    event = {
        "question": signed["question"], "query": signed["query_sha256"], "answer": statement.digest(signed),
    }  # fmt: skip
    await readings.announce(connection, about.requester, command, filtered, signed["rows"], event)
