"""Recorded decision inputs: from a file of JSON lines, or from the audit log. They hold no payload text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from proxy.policy.authoring.compare import Recorded
from proxy.policy.decision.shadow import EVENT
from proxy.runtime import database

_SINCE = (
    "SELECT audit.whole(body) AS body FROM audit.record WHERE kind = 'decision' AND action <> 'dry_run' "
    "AND recorded_at >= $1 AND (day >= ($1 AT TIME ZONE 'UTC')::date - 1 OR day = '-infinity') ORDER BY recorded_at"
)
_DIFFERENCES = (
    "SELECT body FROM audit.record WHERE kind = 'event' AND action = $2 AND recorded_at >= $1 ORDER BY recorded_at"
)
_ONE = (
    "SELECT audit.whole(body) AS body FROM audit.record "
    "WHERE kind = 'decision' AND day = audit.day_of($1) AND exchange = $1"
)
_LATEST = (
    "SELECT audit.whole(r.body) AS body "
    "FROM (SELECT * FROM audit.seal ORDER BY stored_at DESC LIMIT 100 + 10 * $1::bigint) s "
    "JOIN audit.record r ON r.writer = s.writer AND r.seq BETWEEN s.first_seq AND s.last_seq "
    "WHERE r.kind = 'decision' AND r.action <> 'dry_run' ORDER BY r.recorded_at DESC LIMIT $1"
)
_AGO = re.compile(r"(\d+)\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class UnreadableInputError(ValueError):
    """An entry is not a recorded decision input."""


def recorded(entry: Mapping[str, Any]) -> Recorded:
    """Parse one entry: an input document, the body of a decision record, or a worked case.

    Raises:
        UnreadableInputError: none of these.

    """
    for key in ("input", "input_document"):
        document = entry.get(key)
        if isinstance(document, dict):
            decision = entry.get("decision")
            identity = entry.get("decision_id") or entry.get("id") or document.get("request_id")
            return Recorded(document, decision if isinstance(decision, dict) else None, str(identity))
    if "schema_version" in entry and "candidates" in entry:
        return Recorded(entry, None, str(entry.get("request_id", "")))
    raise UnreadableInputError("expected an input document, a decision record or a case")


def from_lines(content: bytes) -> Iterator[Recorded]:
    """Parse JSON lines, or a file of worked cases.

    Raises:
        UnreadableInputError: a line is something else; the message has its number.

    """
    try:
        whole = orjson.loads(content)
    except ValueError:
        whole = None
    if isinstance(whole, dict) and "cases" in whole:
        yield from (recorded(case) for case in whole["cases"])
        return
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
            yield recorded(entry if isinstance(entry, dict) else {})
        except ValueError as error:
            raise UnreadableInputError(f"line {number}: {error}") from error


def since(text: str, now: datetime) -> datetime:
    """Parse "36h", "7d", "2w", or an ISO date or time.

    Raises:
        ValueError: none of these.

    """
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def from_audit(database_url: str, begin: datetime) -> list[Recorded]:
    """Return the inputs of the decision records since ``begin``, oldest first."""
    return await _read(database_url, _SINCE, begin)


async def latest(database_url: str, count: int) -> list[Recorded]:
    """Return the inputs of the last decision records, newest first."""
    return await _read(database_url, _LATEST, count)


async def of_exchange(database_url: str, exchange: str) -> list[Recorded]:
    """Return the decision inputs of one exchange."""
    return await _read(database_url, _ONE, exchange)


async def differences(database_url: str, begin: datetime) -> list[tuple[Recorded, Mapping[str, Any]]]:
    """Return the differences of the shadow policy since ``begin``: the live decision, and the candidate's."""
    differing = []
    for body in await _fetch(database_url, _DIFFERENCES, begin, EVENT):
        document = orjson.loads(body)
        columns, facts = document["columns"], document["facts"]
        question = {"tenant": {"id": columns["tenant"]}, "activity": {"id": columns["activity"]}}
        live = Recorded(question, facts["live"], facts["exchange"], facts["exchange"])
        differing.append((live, facts["shadow"]))
    return differing


async def _read(database_url: str, statement: str, argument: Any) -> list[Recorded]:
    return list(_bodies(await _fetch(database_url, statement, argument)))


async def _fetch(database_url: str, statement: str, *arguments: Any) -> list[str]:
    connection = await database.connect(database_url, database.READER)
    try:
        return [row["body"] for row in await connection.fetch(statement, *arguments)]
    finally:
        await connection.close()


def _bodies(bodies: Iterable[Any]) -> Iterator[Recorded]:
    """Yield every input in decision records: those of earlier attempts, then the last one."""
    for body in bodies:
        document = orjson.loads(body) if isinstance(body, str | bytes) else body
        facts = document.get("facts", document)
        exchange = document.get("columns", {}).get("exchange", "")
        for answer in (*facts.get("earlier", ()), facts):
            if isinstance(answer.get("input"), dict):
                yield replace(recorded(answer), exchange=exchange)
