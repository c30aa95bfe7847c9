"""A question and what it is narrowed to -> rows and the statement about them. That it was asked is on record first.

The query runs in a read-only transaction that sees one moment of the database, with a time limit, as the reader. The
read is announced before the answer is returned (``proxy.audit.upkeep.readings``), with the digest of what is signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from proxy import __version__
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.readings import Asker
from proxy.errors import AuditUnavailableError, ProxyError
from proxy.reports import parameters, registered, rows, statement
from proxy.reports.catalogue import Question
from proxy.reports.parameters import InvalidParameterError
from proxy.runtime import database

_TIMEOUT_S = 30
_LIMIT = 1000
#: Of an answer's parameters: named by the revision instead.
_UNTOLD = frozenset({"registry"})
_JSON = frozenset({"json", "jsonb"})
_STATE = """
SELECT (SELECT n.note FROM audit.note n ORDER BY n.size DESC LIMIT 1) AS note,
       (SELECT f.complete FROM evidence.folded f) AS complete, d.revision, d.data_revision
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT r.revision, r.data_revision FROM audit.record r
    WHERE r.kind = 'decision' ORDER BY r.recorded_at DESC LIMIT 1) d ON true
"""


class TooSlowError(ProxyError):
    """The question took longer than allowed; narrow its time or its tenants."""

    status = 504
    code = "deadline_exceeded"


class TenantRefusedError(ProxyError):
    """This question is about all tenants, and who asks may read only some."""

    status = 403
    code = "tenant_refused"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One asking: who, why, when, for which tenants (None: all), and the key that signs, where there is one."""

    asker: Asker
    at: datetime
    tenants: tuple[str, ...] | None = None
    signing: AuditSigningKey | None = field(default=None, repr=False)


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

    def companion(self, kind: str, file: bytes) -> dict[str, Any]:
        """Return what is signed of a file that shows this answer."""
        held = {"format": kind, "bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}
        return statement.signed({**self.statement, "file": held}, self.signing)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database gave: rows, the type of each column, the state that they are of, what they are narrowed to."""

    rows: Sequence[dict[str, Any]]
    types: Mapping[str, str]
    state: Any
    narrowed: Mapping[str, Any]


async def ask(
    connection: asyncpg.Connection, question: Question, given: Mapping[str, Any], about: Enquiry
) -> SignedAnswer:
    """Return the answer to a question, on a connection that acts as the reader.

    Raises:
        InvalidParameterError: a parameter is unknown, missing or malformed.
        TenantRefusedError: it is about the whole installation, and the asker reads only some tenants.
        TooSlowError: it took longer than 30 s.
        RegistryNotStoredError: it compares with the registry, which the database does not hold as it decided last.
        AuditUnavailableError: the database does not answer; or word of the read cannot be left.

    """
    if about.tenants is not None and not question.is_of_tenants:
        raise TenantRefusedError
    wanted = {"limit": _LIMIT} | {name: value for name, value in given.items() if value is not None}
    values = parameters.bound(question.parameters, question.description.required, wanted, about.tenants)
    if question.description.whole_days:
        parameters.whole_days(values)
    try:
        read = await _read(connection, question, values)
        answer = _answer(question, read, about)
        await _announce(connection, answer, about)
    except asyncpg.QueryCanceledError as error:
        raise TooSlowError from error
    except asyncpg.DataError as error:
        raise InvalidParameterError("a value is not one that the database knows") from error
    except (*database.UNAVAILABLE, asyncpg.InsufficientPrivilegeError) as error:
        raise AuditUnavailableError("the evidence cannot be read") from error
    return answer


async def _read(connection: asyncpg.Connection, question: Question, values: Mapping[str, Any]) -> _Read:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT_S}s'")
        state = await connection.fetchrow(_STATE)
        meant = await registered.meant(connection, state["revision"], values)
        prepared = await connection.prepare(question.query)
        types = {one.name: one.type.name for one in prepared.get_attributes()}
        arguments = [meant[name] + 1 if name == "limit" else meant[name] for name in question.parameters]
        found = await prepared.fetch(*arguments)
    documents = {name for name, one in types.items() if one in _JSON}
    told = {**meant, **dict.fromkeys(_UNTOLD & meant.keys())}
    return _Read([rows.plain(row, documents) for row in found], types, state, told)


def _answer(question: Question, read: _Read, about: Enquiry) -> SignedAnswer:
    values, state, limit = read.narrowed, read.state, read.narrowed["limit"]
    given_out = tuple(read.rows[:limit])
    signed = {
        "question": question.id,
        "name": question.name,
        "version": question.description.version,
        "query_sha256": question.query_digest,
        "parameters": rows.written(values),
        "tenants": values.get("tenants"),
        "columns": question.columns,
        "rows": len(given_out),
        "complete": len(read.rows) <= limit,
        "covers_all_records": state["complete"] or not question.is_of_typed_tables,
        "rows_sha256": statement.digest_of_rows(given_out),
        "log": statement.log(state["note"]),
        "revisions": {"policy": state["revision"] or "", "data": state["data_revision"] or ""},
        "asked_by": about.asker.name,
        "asked_for": about.asker.on_behalf_of,
        "purpose": about.asker.purpose,
        "at": rows.value(about.at),
        "release": __version__,
    }
    if question.description.conclusion:
        signed["conclusion"] = _conclusion(question, signed)
    return SignedAnswer(question, given_out, signed, about.signing, read.types)


def _conclusion(question: Question, signed: Mapping[str, Any]) -> str:
    """Return what an answer states: nothing where a row speaks against it, or the evidence has a gap."""
    if signed["rows"] or not signed["covers_all_records"] or signed["log"] is None:
        return "cannot be stated"
    return question.description.conclusion.format(**signed["parameters"])


async def _announce(connection: asyncpg.Connection, answer: SignedAnswer, about: Enquiry) -> None:
    question, narrowed = answer.question, {**answer.statement["parameters"]}
    narrowed.pop("limit", None)
    digest = statement.digest(answer.statement)
    of_question = {"question": question.id, "query": question.query_digest, "answer": digest}
    await readings.announce(
        connection, about.asker, f"audit ask {question.id}", narrowed, len(answer.rows), of_question
    )
