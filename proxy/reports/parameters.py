"""What a question may be narrowed by: the one table behind command, API and reference page. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Any

from proxy.errors import ProxyError

_LONGEST = 400  # characters of one value
#: The most rows that an answer may have.
MOST_ROWS = 100_000
#: What nobody who asks gives: it follows from who asks, and from the installation. Who asks names one ``tenant``.
_INTERNAL = frozenset({"tenants", "registry"})
_MIDNIGHT = time(tzinfo=UTC)


class InvalidParameterError(ProxyError):
    """A question does not take this parameter, lacks one that it needs, or the value has not its form."""

    status = 400
    code = "invalid_request"


class ParameterKind(enum.Enum):
    """The type that a parameter has in the query."""

    TEXT = "text"
    TEXTS = "text[]"
    MOMENT = "timestamptz"
    NUMBER = "bigint"
    REGISTRY = "jsonb"


@dataclass(frozen=True, slots=True)
class QuestionParameter:
    """One parameter: its type, and what it means."""

    kind: ParameterKind
    meaning: str


_TEXT, _TEXTS, _MOMENT, _NUMBER, _REGISTRY = ParameterKind
PARAMETERS: Mapping[str, QuestionParameter] = MappingProxyType({
    "tenants": QuestionParameter(_TEXTS, "whose evidence; set by who asks"),
    "tenant": QuestionParameter(_TEXT, "only this tenant"),
    "since": QuestionParameter(_MOMENT, "from this time on (UTC)"),
    "until": QuestionParameter(_MOMENT, "before this time (UTC)"),
    "at": QuestionParameter(_MOMENT, "as of this time (UTC)"),
    "activity": QuestionParameter(_TEXT, "only this processing activity"),
    "service": QuestionParameter(_TEXT, "only this service"),
    "provider": QuestionParameter(_TEXT, "only this provider, by its name in the registry or its legal name"),
    "target": QuestionParameter(_TEXT, "only this target"),
    "region": QuestionParameter(_TEXT, "only this region"),
    "category": QuestionParameter(_TEXT, "only this category of data"),
    "entity": QuestionParameter(_TEXT, "only this type of entity"),
    "action": QuestionParameter(_TEXT, "only this action"),
    "code": QuestionParameter(_TEXT, "only this reason code"),
    "outcome": QuestionParameter(_TEXT, "only exchanges that ended like this: delivered, denied, failed, cut ..."),
    "responsibility": QuestionParameter(_TEXT, "only those that are up to this side: policy, caller, target, proxy"),
    "recipient": QuestionParameter(_TEXT, "only exchanges that this recipient received, by its legal name"),
    "behind": QuestionParameter(_TEXT, "only those behind a number of an answer: question, column, row, as JSON"),
    "mechanism": QuestionParameter(_TEXT, "only this transfer mechanism"),
    "exchange": QuestionParameter(_TEXT, "the exchange, by its id in x-compliance-exchange"),
    "subject": QuestionParameter(_TEXTS, "only this data subject: the reference of your services, with its tenant"),
    "days": QuestionParameter(_NUMBER, "how far ahead, in days"),
    "registry": QuestionParameter(_REGISTRY, "what the registry in force declares; set by who answers"),
    "limit": QuestionParameter(_NUMBER, "at most so many rows"),
})  # fmt: skip


def offered(names: Sequence[str]) -> tuple[str, ...]:
    """Return what somebody who asks may give, for the parameters of a query."""
    tenant = ("tenant",) if "tenants" in names else ()
    return (*tenant, *(name for name in names if name not in _INTERNAL))


def bound(
    names: Sequence[str], required: Sequence[str], parameters: Mapping[str, Any], tenants: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return a value for each name, None where nothing was given. Moments may be ISO texts, without a zone in UTC.

    ``tenants``: those that who asks may read, None for all.

    Raises:
        InvalidParameterError: a name is not offered or missing, a value has not the form of its kind, or the time ends
            before it begins.

    """
    values = {name: value for name, value in parameters.items() if value is not None}
    taken = offered(names)
    if unknown := sorted(values.keys() - set(taken)):
        raise InvalidParameterError(f"this question does not take '{unknown[0][:40]}'; it takes {', '.join(taken)}")
    if missing := [name for name in required if name not in values]:
        raise InvalidParameterError(f"this question needs '{missing[0]}': {PARAMETERS[missing[0]].meaning}")
    if "tenants" in names:
        values["tenants"] = _readable(_value("tenant", values.get("tenant")), tenants)
    bound_values = {name: _value(name, values.get(name)) for name in names}
    check_period(bound_values.get("since"), bound_values.get("until"))
    return bound_values


def period(bounds: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return the moments of ``since`` and ``until``, None where there is none.

    Raises:
        InvalidParameterError: one is not a moment, or the time ends before it begins.

    """
    since, until = (moment(name, bounds.get(name)) for name in ("since", "until"))
    check_period(since, until)
    return since, until


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Refuse a time in which nothing can lie: "nobody" would be a complete answer about it.

    Raises:
        InvalidParameterError: it ends before, or when, it begins.

    """
    if since is not None and until is not None and until <= since:
        raise InvalidParameterError("'until' must be later than 'since': the time ends before it begins")


def _readable(named: str | None, tenants: Sequence[str] | None) -> list[str] | None:
    """Return whose evidence is read: what was named, as far as it is one's own; None for all."""
    if named is None:
        return None if tenants is None else list(tenants)
    return [named] if tenants is None or named in tenants else []


def whole_days(values: Mapping[str, Any]) -> None:
    """Check the bounds of a question that counts whole days.

    Raises:
        InvalidParameterError: one lies within a day.

    """
    for name in ("since", "until"):
        moment = values.get(name)
        if moment is not None and moment.timetz() != _MIDNIGHT:
            raise InvalidParameterError(f"this question counts whole days (UTC): '{name}' must be a date")


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    match PARAMETERS[name].kind:
        case ParameterKind.TEXT:
            return _text(name, value)
        case ParameterKind.TEXTS:
            return [_text(name, item) for item in _listed(name, value)]
        case ParameterKind.MOMENT:
            return moment(name, value)
        case ParameterKind.NUMBER:
            return _number(name, value)
        case ParameterKind.REGISTRY:
            return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or "\0" in value:
        raise InvalidParameterError(f"'{name}' must be a text of at most {_LONGEST} characters")
    return value


def _listed(name: str, value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidParameterError(f"'{name}' must be a list of texts")
    return value


def moment(name: str, value: Any) -> datetime | None:
    """Return a moment, from an ISO text too, without a zone in UTC; None for none.

    Raises:
        InvalidParameterError: the parameter of this name has not the form of one.

    """
    if value is None:
        return None
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise InvalidParameterError(f"'{name}' must be a date or time such as 2026-07-01T00:00:00Z") from None


def _number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_ROWS:
        raise InvalidParameterError(f"'{name}' must be a whole number from 1 to {MOST_ROWS}")
    return value
