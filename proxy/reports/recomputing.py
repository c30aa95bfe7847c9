"""Asks the log again what a signed statement answers, as the log was then: its readers need not believe a signature."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import ProxyError
from proxy.reports import catalogue, composing, gathering, registered, relations, report, statement
from proxy.reports.answer import World
from proxy.reports.catalogue import Question
from proxy.reports.composing import ComposedReport
from proxy.reports.parameters import PARAMETERS, ParameterKind
from proxy.reports.relations import Relations

#: Notes after that of a statement whose records may have been read before they were signed.
_LATER = 3


class NotRecomputableError(ProxyError):
    """This statement cannot be asked again here."""

    status = 409
    code = "not_recomputable"


class Recomputed(NamedTuple):
    """Whether the log makes the signed rows, at how many seals, and how many rows it makes there."""

    same: bool
    size: int
    rows: int


class _Asked(NamedTuple):
    """What a statement answers: its questions, in the order of their parts where they make a report, and what for."""

    questions: Sequence[Question]
    report: ComposedReport | None
    values: Mapping[str, Any]
    at: datetime


async def recomputed(
    connection: asyncpg.Connection,
    signed: Mapping[str, Any],
    trusted: VerifierKey,
    references: Sequence[str] | None,
    archives: Sequence[Path] = (),
) -> Recomputed:
    """Ask again, on a connection that acts as a reader of the whole log.

    ``references`` are those of the data subject that it is about, ``archives`` the folders that it was asked of, too.
    Records that no note covered then are looked for under the next notes.

    Raises:
        NotRecomputableError: it was answered by other queries than this release's, before the log was signed, or is
            about a data subject whom nobody named.
        EvidenceDamagedError: the log is not what was sealed.

    """
    if signed.get("views_sha256") != relations.DIGEST or not signed.get("log"):
        raise NotRecomputableError("it was answered by another release, or before any note of the log was signed")
    if (wanted := signed["coverage"].get("archives", [])) and len(archives) < len(wanted):
        raise NotRecomputableError(f"it was asked of archives, too: name them ({', '.join(wanted)})")
    asked = _asked(signed, references)
    notes = await connection.fetch(STATEMENTS["notes_between"], signed["log"]["size"], 2**62)
    tried = Recomputed(same=False, size=0, rows=0)  # the log lost its notes
    for row in notes[: _LATER + 1 if signed["coverage"]["unsealed"] else 1]:
        size = row["size"]
        recomputed = await _rows(connection, asked, trusted, size, archives)
        tried = Recomputed(statement.digest_of_rows(recomputed) == signed["rows_sha256"], size, len(recomputed))
        if tried.same:
            break
    return tried


async def _rows(
    connection: asyncpg.Connection, asked: _Asked, trusted: VerifierKey, size: int, archives: Sequence[Path]
) -> list[Mapping[str, Any]]:
    exchange = asked.values.get("exchange")
    async with gathering.moment(connection, trusted, exchange, size=size, archives=archives) as gathered:
        declared = await registered.stored(connection, gathered)
    tenants = asked.values["tenants"]
    readable = await asyncio.to_thread(Relations, gathered.tables, tenants, asked.at, gathered.files)
    with contextlib.closing(readable):
        world = World(gathered, declared, readable)
        answers = [await world.find(question, _of(question, asked.values)) for question in asked.questions]
    return [*answers[0].rows] if asked.report is None else [*report.rows(asked.report, answers)]


def _of(question: Question, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in (*question.parameters, "limit")}


def _asked(signed: Mapping[str, Any], references: Sequence[str] | None) -> _Asked:
    composed = composing.named(signed["name"]) if signed["question"].startswith("report ") else None
    single = catalogue.named(signed["question"]) if composed is None else None
    questions = [part.question for part in composed.parts] if composed is not None else [single] if single else []
    digests = [part["query_sha256"] for part in signed.get("parts", ())] or [signed["query_sha256"]]
    if [question.query_digest for question in questions] != digests:
        raise NotRecomputableError("its question is another one in this release")
    values = {name: _value(name, parameter) for name, parameter in signed["parameters"].items()} | {
        "tenants": signed["tenants"]
    }
    if "subject" in values and values["subject"] is not None:
        if references is None or not {*values["subject"]} <= {*references}:
            raise NotRecomputableError("it is about a data subject: name the one that it was asked about")
        values["subject"] = list(references)
    return _Asked(questions, composed, values, datetime.fromisoformat(signed["at"]))


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if PARAMETERS[name].kind is ParameterKind.MOMENT else value
