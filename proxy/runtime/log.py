"""Structured JSON logs that cannot carry payload text: only short, plain values pass.

``Changes`` logs what is away and what is back, once each.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Collection, Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, cast


@contextlib.contextmanager
def left_out(name: str) -> Iterator[None]:
    """Have what is imported meanwhile take a package as not installed, unless it is imported already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = cast("ModuleType", None)  # the import system's own way to say so
    try:
        yield
    finally:
        del sys.modules[name]


with left_out("rich"):  # for tracebacks in colour, which are never shown: a tenth of what a process costs to start
    import structlog

_LONGEST_VALUE = 200


def _refuse_payload(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values that could contain payload text: long strings, long lists and any other object."""
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
        and sum(len(item) if isinstance(item, str) else 9 for item in value) <= _LONGEST_VALUE
    ):
        return [_plain(item) for item in value]
    return type(value).__name__ if isinstance(value, BaseException) else f"<withheld {type(value).__name__}>"


class _Libraries(logging.Handler):
    """Records of libraries without their message or traceback, which may quote a header, a body or a query."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        where = f"{record.filename}:{record.lineno}"
        error = kind.__name__ if kind is not None else ""
        logger().log(record.levelno, "library_log", library=record.name, where=where, error=error)


def configure(level: str = "info") -> None:
    """Write one JSON object per line to standard error, for libraries too."""
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
    logger.cache_clear()


@cache
def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the logger. Each line has a stable ``event`` name in snake case, and facts as keys."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound


def where(error: BaseException) -> str:
    """Return file and line of the innermost frame."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}" if frame is not None else ""


@dataclass(slots=True)
class Changes:
    """Logs as names of a kind ("part", "target") are lost and recover; names of our own, never text of a request."""

    kind: str
    _since: dict[str, float] = field(default_factory=dict)

    def note(self, away: Collection[str], now: float) -> None:
        """Compare with what was away before; ``now`` in monotonic seconds."""
        for name in sorted(set(away) - self._since.keys()):
            self._since[name] = now
            logger().warning(f"{self.kind}_lost", name=name)
        for name in sorted(self._since.keys() - set(away)):
            logger().info(f"{self.kind}_recovered", name=name, away_s=round(now - self._since.pop(name), 1))
