"""The columns of ``event``, a row for each record of that kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.audit.records.record import Columns, instant

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


def values(columns: Columns, facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of an event with these columns and facts in the order of ``NAMES``."""
    return (
        instant(columns.at), columns.action, columns.tenant, columns.activity, columns.service, columns.target,
        columns.status,
        columns.codes, columns.revision, columns.data_revision, _text(facts, *_ACTED), _text(facts, "login"),
        _text(facts, "purpose"), _text(facts, *_COMMAND), _number(facts, "rows"), _exchange(columns, facts),
        _text(facts, "grant"), _text(facts, "ticket"), _text(facts, "approver"), _texts(facts, "waived"),
        _text(facts, "finding"), orjson.dumps(facts).decode(),
    )  # fmt: skip


def _exchange(columns: Columns, facts: Mapping[str, Any]) -> str:
    return columns.target if columns.action == "late_outcome" else _text(facts, "exchange")


def _text(facts: Mapping[str, Any], *names: str) -> str:
    return next((facts[name] for name in names if isinstance(facts.get(name), str)), "")


def _texts(facts: Mapping[str, Any], name: str) -> list[str]:
    value = facts.get(name)
    return [element for element in value if isinstance(element, str)] if isinstance(value, list) else []


def _number(facts: Mapping[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and abs(value) < 2**63 else None
