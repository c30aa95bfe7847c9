"""Recorded decision inputs: from a file of JSON lines, or from the audit log. They hold no payload text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from proxy.policy.authoring.compare import Recorded

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


def differences(documents: Iterable[Mapping[str, Any]]) -> list[tuple[Recorded, Mapping[str, Any]]]:
    """Return the differences that events of the shadow policy state: the live decision, and the candidate's."""
    differing = []
    for document in documents:
        columns, facts = document["columns"], document["facts"]
        question = {"tenant": {"id": columns["tenant"]}, "activity": {"id": columns["activity"]}}
        live = Recorded(question, facts["live"], facts["exchange"], facts["exchange"])
        differing.append((live, facts["shadow"]))
    return differing


def inputs(documents: Iterable[Mapping[str, Any]]) -> list[Recorded]:
    """Return every input in the bodies of decision records: those of earlier attempts, then the last one."""
    return [
        replace(recorded(answer), exchange=document["columns"]["exchange"])
        for document in documents
        for answer in (*document["facts"].get("earlier", ()), document["facts"])
        if isinstance(answer.get("input"), dict)
    ]
