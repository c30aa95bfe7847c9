"""What is logged, whatever another test configured before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict

from proxy.runtime.log import logger


@contextmanager
def captured() -> Iterator[list[EventDict]]:
    """Collect the lines of the log: ``event``, ``log_level`` and the facts of each."""
    structlog.reset_defaults()
    logger.cache_clear()
    try:
        with structlog.testing.capture_logs() as lines:
            yield lines
    finally:
        structlog.reset_defaults()
        logger.cache_clear()
