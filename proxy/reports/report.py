"""A composed report and what it is narrowed to -> its parts at one moment, and the statement about them.

All parts are read in one transaction, so that they agree with each other. The rows of the signed document are those of
the parts in their order, each as ``{"part": NAME, "row": {...}}``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.reports import answer, parameters, statement
from proxy.reports.answer import FoundRows, QueryContext
from proxy.reports.composing import ComposedReport, ReportPart
from proxy.reports.parameters import InvalidParameterError


@dataclass(frozen=True, slots=True)
class SignedReport:
    """What each part found, in their order, and what is signed of it."""

    report: ComposedReport
    answers: tuple[FoundRows, ...]
    statement: Mapping[str, Any]
    signing: AuditSigningKey | None = field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """Return the whole report, as it is kept and checked."""
        whole = statement.signed(self.statement, self.signing)
        return {**whole, "rows": rows(self.report, self.answers)}


async def compose(
    connection: asyncpg.Connection, report: ComposedReport, parameters: Mapping[str, Any], about: QueryContext
) -> SignedReport:
    """Return a report, on a connection that acts as the reader.

    Raises:
        InvalidParameterError, TenantRefusedError, TooSlowError, RegistryNotStoredError, AuditUnavailableError: as
            ``answer.ask`` says, of any of its parts.

    """
    with answer.answering():
        about = await answer.seen(connection, about)
        values = narrowed(report, parameters, about.tenants)
        async with answer.asked(connection, about, subject=parameters.get("subject")) as world:
            answers = [await world.find(part.question, value) for part, value in zip(report.parts, values, strict=True)]
        every = {name: value for item in answers for name, value in item.narrowed.items()}
        signed = _signed(report, answers) | answer.context(rows(report, answers), every, world.gathered, about)
        composed = SignedReport(report, tuple(answers), signed, about.signing)
        await answer.announce(connection, f"audit report {report.name}", composed, about)
    return composed


def narrowed(
    report: ComposedReport, asked_values: Mapping[str, Any], tenants: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Return a value for each parameter of each part; ``tenants``: those that who asks may read, None for all.

    Raises:
        InvalidParameterError, TenantRefusedError: as ``compose`` says.

    """
    wanted = {name for name, value in asked_values.items() if value is not None}
    if unknown := sorted(wanted - set(report.offered)):
        raise InvalidParameterError(
            f"this report does not take '{unknown[0][:40]}'; it takes {', '.join(report.offered)}"
        )
    if missing := [name for name in report.description.required if name not in wanted]:
        raise InvalidParameterError(f"this report needs '{missing[0]}'")
    return [answer.narrowed(part.question, of_part(part, asked_values), tenants) for part in report.parts]


def of_part(part: ReportPart, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a part takes of what the report was narrowed to."""
    taken = parameters.offered(part.question.parameters)
    return {name: value for name, value in values.items() if name in taken}


def rows(report: ComposedReport, answers: Sequence[FoundRows]) -> list[dict[str, Any]]:
    """Return the rows of all parts, each with the name of its part."""
    parts = zip(report.parts, answers, strict=True)
    return [{"part": part.name, "row": row} for part, item in parts for row in item.rows]


def _signed(report: ComposedReport, answers: Sequence[FoundRows]) -> dict[str, Any]:
    parts = [
        {
            "part": part.name, "question": part.question.id, "query_sha256": part.question.query_digest,
            "columns": part.question.columns, "rows": len(item.rows), "complete": item.complete,
        }
        for part, item in zip(report.parts, answers, strict=True)
    ]  # fmt: skip
    return {
        "question": f"report {report.name}",
        "name": report.name,
        "version": report.description.version,
        "query_sha256": hashlib.sha256(
            "".join(part.question.query_digest for part in report.parts).encode()
        ).hexdigest(),
        "parts": parts,
        "not_recorded": report.description.not_recorded,
        "complete": all(item.complete for item in answers),
    }
