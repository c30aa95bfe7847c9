"""Limits the requests in flight whose texts were not read in time.

Policy pins them to self-hosted targets, which overload must not take down too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from proxy.errors import OverloadedError


class Overload:
    """Counts them per tenant and in all; one tenant gets half of the places."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._tenants: Counter[str] = Counter()

    @contextmanager
    def place(self, tenant: str) -> Iterator[None]:
        """Take a place for the duration of such a request.

        Raises:
            OverloadedError: none is free.

        """
        share = max(1, self._places // 2)
        if self._tenants.total() >= self._places or self._tenants[tenant] >= share:
            raise OverloadedError
        self._tenants[tenant] += 1
        try:
            yield
        finally:
            self._tenants[tenant] -= 1
            if not self._tenants[tenant]:
                del self._tenants[tenant]
