"""Structured JSON logs that cannot carry payload text: only known keys with short, plain values pass."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_LONGEST_VALUE = 200


def _refuse_payload(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values that could hold payload text: long strings, all but short lists of names, any other object."""
    event.pop("exc_info", None)
    for key, value in event.items():
        event[key] = _plain(value)
    return event


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else f"<withheld {len(value)} characters>"
    if (
        isinstance(value, list | tuple)
        and sum(len(one) if isinstance(one, str) else 9 for one in value) <= _LONGEST_VALUE
    ):
        return [_plain(one) for one in value]
    return type(value).__name__ if isinstance(value, BaseException) else f"<withheld {type(value).__name__}>"


class _Libraries(logging.Handler):
    """What libraries log, without their words: a message or traceback may quote a header, a body or a query."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        where = f"{record.filename}:{record.lineno}"
        error = kind.__name__ if kind is not None else ""
        logger().log(record.levelno, "library_log", library=record.name, where=where, error=error)


def configure(level: str = "info") -> None:
    """Send one JSON object per line to standard error, of libraries too."""
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _refuse_payload,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the logger. Every line has a stable ``event`` name in snake case and facts as keys."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
