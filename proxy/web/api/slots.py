"""Limits what runs at once in this process; what exceeds the limit is refused, not queued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proxy.web.api.faults import BusyError


class Slots:
    """A fixed number of slots."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_use = 0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold a slot.

        Raises:
            BusyError: none is free.

        """
        if self.in_use >= self.limit:
            raise BusyError
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
