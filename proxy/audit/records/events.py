"""The columns of ``evidence.event``, from the body of a record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.audit.records import answers
from proxy.audit.records.record import Record, instant

#: Column -> what it means.
COLUMNS = {
    "at": "when it was recorded",
    "event": "its name",
    "tenant": "whom it is about, where it is about one",
    "activity": "likewise",
    "service": "likewise",
    "target": "what it is about: a target, a writer, an announced read ...",
    "status": "HTTP status, for calls of the admin API",
    "codes": "reason codes",
    "revision": "of the policy",
    "data_revision": "of its data",
    "actor": "who did it: the account, the operator's name or the key",
    "login": "the login of the database, for reads",
    "purpose": "what for, as it was given",
    "command": "the command, or the operation of the admin API",
    "row_count": "how many rows were read",
    "exchange": "the exchange that it is about",
    "grant_id": "the break-glass grant",
    "ticket": "the grant's ticket",
    "approver": "who approved the grant",
    "waived": "codes of the rules that the grant lifted",
    "finding": "what a review or the person who oversaw decided",
    "facts": "all facts, as the record has them",
}
NAMES = tuple(COLUMNS)
_ACTED = ("by", "key_id")  # who did it, by the first name that an event has
_COMMAND = ("command", "operation")


def typed(record: Record) -> bool:
    """Whether a record has a row: every event but those that only state what others name."""
    return record.kind == "event" and record.action != answers.EVENT


def row(record: Record) -> tuple[Any, ...]:
    """Return the values of an event in the order of ``NAMES``."""
    facts = orjson.loads(record.body)["facts"]
    return (
        instant(record.at), record.action, record.tenant, record.activity, record.service, record.target, record.status,
        record.codes, record.revision, record.data_revision, _text(facts, *_ACTED), _text(facts, "login"),
        _text(facts, "purpose"), _text(facts, *_COMMAND), _number(facts, "rows"), _exchange(record, facts),
        _text(facts, "grant"), _text(facts, "ticket"), _text(facts, "approver"), _texts(facts, "waived"),
        _text(facts, "finding"), orjson.dumps(facts).decode(),
    )  # fmt: skip


def _exchange(record: Record, facts: Mapping[str, Any]) -> str:
    return record.target if record.action == "late_outcome" else _text(facts, "exchange")


def _text(facts: Mapping[str, Any], *names: str) -> str:
    return next((facts[name] for name in names if isinstance(facts.get(name), str)), "")


def _texts(facts: Mapping[str, Any], name: str) -> list[str]:
    given = facts.get(name)
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _number(facts: Mapping[str, Any], name: str) -> int | None:
    given = facts.get(name)
    return given if isinstance(given, int) and abs(given) < 2**63 else None
