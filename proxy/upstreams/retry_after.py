"""The time that a reply asks a client to wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_LONGEST_S = 86_400.0
_MILLISECONDS = 1000


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that a reply asks to wait (RFC 9110 section 10.2.3, or OpenAI's milliseconds).

    A date counts from the reply's own. What cannot be read is 0.0; a day is the most.
    """
    if "retry-after-ms" in headers:
        return _seconds(headers["retry-after-ms"]) / _MILLISECONDS
    text = headers.get("retry-after", "")
    if not text:
        return 0.0
    return _seconds(text) or _until(text, headers.get("date", ""))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), _LONGEST_S) if math.isfinite(value) else 0.0


def _until(text: str, sent: str) -> float:
    try:
        end, start = (parsedate_to_datetime(date).replace(tzinfo=UTC) for date in (text, sent))
    except (TypeError, ValueError):
        return 0.0
    return min(max((end - start).total_seconds(), 0.0), _LONGEST_S)
