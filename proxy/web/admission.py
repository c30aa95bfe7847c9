"""Limits what a tenant and a key use of one process at a time, and what runs at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from proxy.core.records import Principal
from proxy.errors import KeyConcurrencyError, TenantBytesError, TooManyRequestsError
from proxy.web.api.faults import BusyError


@dataclass(frozen=True, slots=True)
class Budget:
    """Requests in flight per tenant and per key, and bytes of request bodies held per tenant; all per process."""

    requests: int = 256
    key_requests: int = 128
    bytes: int = 64 << 20


@dataclass(slots=True)
class BudgetShare:
    """One request's share of its tenant's budget: in use from ``admit`` to the end of a block, or to a refusal."""

    admission: Admission
    principal: Principal
    bytes: int = 0
    admitted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The caller's tenant and key: an id that another tenant's key has too is another."""
        return self.principal.tenant, self.principal.key_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.admitted:
            _subtract(self.admission.in_flight, self.principal.tenant, 1)
            _subtract(self.admission.keys, self.key, 1)
        _subtract(self.admission.bytes_held, self.principal.tenant, self.bytes)
        self.admitted, self.bytes = False, 0

    def admit(self) -> None:
        """Count the request as one in flight.

        Raises:
            TooManyRequestsError, KeyConcurrencyError: there are as many as there may be.

        """
        admission, budget = self.admission, self.admission.budget
        if admission.in_flight[self.principal.tenant] >= budget.requests:
            raise TooManyRequestsError
        if admission.keys[self.key] >= budget.key_requests:
            raise KeyConcurrencyError
        self.admitted = True
        admission.in_flight[self.principal.tenant] += 1
        admission.keys[self.key] += 1

    def hold(self, more: int) -> None:
        """Reserve further bytes for this request.

        Raises:
            TenantBytesError: its tenant's other requests leave no room for them; nothing of it counts any more.

        """
        bytes_held = self.admission.bytes_held[self.principal.tenant]
        if bytes_held > self.bytes and bytes_held + more > self.admission.budget.bytes:
            self.__exit__()
            raise TenantBytesError
        self.bytes += more
        self.admission.bytes_held[self.principal.tenant] += more


@dataclass(slots=True)
class Admission:
    """Counts the requests in flight."""

    budget: Budget = field(default_factory=Budget)
    in_flight: Counter[str] = field(default_factory=Counter)  # by tenant
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)  # by tenant and key
    bytes_held: Counter[str] = field(default_factory=Counter)  # bytes by tenant

    def share(self, principal: Principal) -> BudgetShare:
        """Return what counts one request that is admitted within a block."""
        return BudgetShare(self, principal)


def _subtract(counter: Counter[Any], name: object, amount: int) -> None:
    counter[name] -= amount
    if not counter[name]:
        del counter[name]


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
