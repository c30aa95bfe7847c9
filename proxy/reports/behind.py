"""The exchanges behind a number of an answer: its question's condition, and the columns of the row that it reads. Pure.

Both are one filter of exchanges, written as JSON: ``{"of": "AQ-14.refused", "code": "NO_BAA", "tenant": "acme"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from proxy.reports import catalogue
from proxy.reports.catalogue import Question
from proxy.reports.parameters import InvalidParameterError

_OF = "of"
#: What narrows a question and exchanges alike, so that it goes along where no column of a row says it.
SHARED = ("tenant", "activity", "service", "subject")
#: The step of times in an address, and how long ago an exchange is looked for where no time was asked for.
_SECOND, _LONGEST = timedelta(seconds=1), timedelta(days=3653)
_WRONG = "'behind' names a question, one of its columns, and what a row of it holds"


def written(question: Question, column: str, row: Mapping[str, Any]) -> str:
    """Return the filter of the exchanges behind a number of a row, "" where the question says nothing of them."""
    if (template := question.behind(column)) is None:
        return ""
    columns = {name: row.get(name) for name, _ in catalogue.COLUMN.findall(template)}
    return orjson.dumps({_OF: f"{question.id}.{column}", **columns}, default=str).decode()


def period(row: Mapping[str, Any], asked: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Return from when to when the exchanges behind a row are: by its first and last one, else as it was asked for."""
    times = {"since": str(asked.get("since") or ""), "until": str(asked.get("until") or "")}
    if row.get("last_at"):
        times["until"] = _written(_moment(row["last_at"]) + _SECOND)
    if row.get("first_at"):
        times["since"] = _written(_moment(row["first_at"]))
    times["since"] = times["since"] or _written((_moment(times["until"]) if times["until"] else now) - _LONGEST)
    return {name: moment for name, moment in times.items() if moment}


def condition(behind: str) -> str:
    """Return the condition on exchanges, ``e``, that a filter stands for; the filter itself is its value ``{behind}``.

    Raises:
        InvalidParameterError: it is not what ``written`` returns.

    """
    row = _read(behind)
    question_id, _, column = str(row.get(_OF)).partition(".")
    question = catalogue.named(question_id)
    template = question.behind(column) if question else None
    if template is None or not {name for name, _ in catalogue.COLUMN.findall(template)} <= row.keys():
        raise InvalidParameterError(_WRONG)
    return f"({catalogue.COLUMN.sub(_value, template)})"


def title(behind: str) -> str:
    """Return a filter in a few words: the question, and what the row holds."""
    try:
        row = _read(behind)
    except InvalidParameterError:
        return behind
    return f"{str(row.get(_OF)).partition('.')[0]}: {', '.join(_words(row)) or '-'}"


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if name != _OF and value not in ("", None, []):
            yield ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _read(behind: str) -> Mapping[str, Any]:
    try:
        row = orjson.loads(behind)
    except orjson.JSONDecodeError as error:
        raise InvalidParameterError(_WRONG) from error
    if not isinstance(row, dict):
        raise InvalidParameterError(_WRONG)
    return row


def _value(column: re.Match[str]) -> str:
    if column[2]:
        return f"coalesce(CAST(CAST({{behind}} AS JSON) -> '{column[1]}' AS VARCHAR[]), [])"
    return f"coalesce(CAST({{behind}} AS JSON) ->> '{column[1]}', '')"


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
