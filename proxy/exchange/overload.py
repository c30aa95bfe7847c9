"""How many requests may be under way whose texts were not read in time.

What policy pins to a target of our own because of overload must not overload that target too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from proxy.errors import OverloadedError


class Overload:
    """Counts them, per tenant and in all; a tenant has half of the places."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._tenants: Counter[str] = Counter()

    @contextmanager
    def place(self, tenant: str) -> Iterator[None]:
        """Take a place while such a request is under way.

        Raises:
            OverloadedError: there is none.

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
