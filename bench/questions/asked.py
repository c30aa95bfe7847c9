"""What each question is asked with: a quarter, as officers do, and what it needs; some are asked in a second, wider way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from proxy.reports.catalogue import Question
from proxy.reports.parameters import offered

_QUARTER_D = 92
#: question -> what it needs beside the time
_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "AQ-01": {"category": "health"}, "AQ-12": {"provider": "Alpha AI"}, "AQ-13": {"provider": "Alpha AI"}, "AQ-17": {"days": 90},
    "AQ-25": {"activity": "hiring"}, "no-transfer": {"category": "health", "region": "EEA"},
}  # fmt: skip
#: question -> further ways to ask it, by name
_WIDER: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "AQ-01": {"all categories": {}}, "AQ-02": {"no subject": {}}, "AQ-12": {"a country": {"region": "US"}},
    "AQ-13": {"all providers": {}}, "AQ-10": {},
}  # fmt: skip
_OF_A_PERSON = frozenset({"AQ-02", "AQ-10", "AQ-11", "AQ-27"})
_BOUNDLESS = frozenset({"AQ-04", "AQ-06", "AQ-28"})  # also asked over everything that there is


def ways(question: Question, until: dt.datetime, exchange: str, subject: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what a question is given, by the name of the way."""
    end = until.replace(hour=0, minute=0, second=0, microsecond=0)
    time = {"since": end - dt.timedelta(days=_QUARTER_D), "until": end, "at": end}
    known = {**time, "exchange": exchange}
    base = {name: known[name] for name in offered(question.parameters) if name in known}
    found: dict[str, Mapping[str, Any]] = {"a quarter" if "since" in base else "": base | _NEEDED.get(question.id, {})}
    if question.id in _OF_A_PERSON:
        found = {"a person": {**base, "subject": [subject]}}
    found |= {name: base | dict(more) for name, more in _WIDER.get(question.id, {}).items()}
    if question.id in _BOUNDLESS:
        found["ten months"] = {**base, "since": end - dt.timedelta(days=310)}
    return found
