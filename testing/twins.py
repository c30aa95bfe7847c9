"""The made worlds of questions: records that a writer stored, and what each way of asking must answer.

Moments are seconds: the first record comes at 0, each further one a second later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from proxy.audit.records import record
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.readings import Asker
from proxy.audit.writing.log import fresh_writer_id
from proxy.audit.writing.writer import ChainWriter
from proxy.reports.answer import Enquiry
from proxy.reports.catalogue import Question
from proxy.reports.parameters import PARAMETERS, ParameterKind

BEGUN = 1_790_000_000  # of the first record, seconds since 1970


def moment(seconds: int) -> datetime:
    """Return a moment of a twin."""
    return datetime.fromtimestamp(BEGUN + seconds, UTC)


def of(question: Question) -> Any:
    """Return a question's twin."""
    return yaml.safe_load((question.folder / "twin.yaml").read_text(encoding="utf-8"))


def narrowed(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a case asks for, with moments."""
    return {
        name: moment(value) if PARAMETERS[name].kind is ParameterKind.MOMENT else value for name, value in case.items()
    }


def shown(row: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a row that a twin names; a moment as seconds where the twin writes it so."""
    return {name: _seconds(row[name], value) for name, value in expected.items()}


def enquiry(tenants: Sequence[str] | None = None, signing: AuditSigningKey | None = None) -> Enquiry:
    """Return the asking of an officer."""
    return Enquiry(Asker("officer", "twin"), moment(100), None if tenants is None else tuple(tenants), signing)


async def store(dsn: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Store the records of a twin as a process would."""
    writer = ChainWriter(dsn, fresh_writer_id("twin"))
    await writer.start()
    await writer.durable(writer.put([_record(second, one) for second, one in enumerate(records)]))
    if not await writer.close(5.0):
        raise TimeoutError("the writer did not end")


def _record(second: int, one: Mapping[str, Any]) -> record.Record:
    columns = {name: value for name, value in one.items() if name != "facts"}
    return record.make(record.Columns(at=(BEGUN + second) * 1_000_000, **columns), one["facts"])


def _seconds(value: Any, expected: Any) -> Any:
    if isinstance(expected, int) and isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp()) - BEGUN
    return value
