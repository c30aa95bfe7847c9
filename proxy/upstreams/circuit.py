"""Circuit breakers: which targets are down, and for whom.

A circuit opens after repeated failures and allows one trial later. Every sender (a tenant, its dialect and the kinds
of input it sends) has its own circuit per target, so that no tenant's requests can close a target to another. A target
is down for everyone only if no request can be the cause: no connection could be made, or the requests of at least two
tenants found it unavailable. A target whose status says that it does not support something is not down for anyone.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from proxy.core import statuses
from proxy.core.routing.routing import Sender
from proxy.ports import Clock

FAILURES_TO_OPEN = 3
OPEN_S = 10.0
_TENANTS_TO_OPEN = 2
#: How long one tenant's failures count as evidence for the others, seconds: one that keeps failing proves nothing.
_EVIDENCE_S = 3 * OPEN_S


class Failure(enum.Enum):
    """What a failure is evidence of."""

    UNREACHABLE = enum.auto()  # no connection: nothing of the request was sent
    AWAY = enum.auto()  # a status of ``AWAY``, a broken connection, no answer in time
    REQUEST = enum.auto()  # the target failed on this request


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    touched: float = 0.0  # when it last failed or was tried

    def open(self, _now: float) -> bool:
        return self.failures >= FAILURES_TO_OPEN


@dataclass(slots=True)
class _Shared:
    """The state of a target for everyone."""

    unreachable: int = 0
    away: dict[str, _Circuit] = field(default_factory=dict)  # by tenant
    touched: float = 0.0

    def open(self, now: float) -> bool:
        away = [circuit.failures for circuit in self.away.values() if now - circuit.touched < _EVIDENCE_S]
        several = len(away) >= _TENANTS_TO_OPEN and sum(away) >= FAILURES_TO_OPEN
        return several or self.unreachable >= FAILURES_TO_OPEN


class Circuits:
    """The state per target and sender; in memory, per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_sender: dict[tuple[str, Sender], _Circuit] = {}
        self._shared: dict[str, _Shared] = {}

    def wait(self, target: str, sender: Sender) -> float:
        """Return the seconds until this sender may try the target; 0.0 means now."""
        if not self._by_sender and not self._shared:  # nothing failed of late
            return 0.0
        states = (self._by_sender.get((target, sender)), self._shared.get(target))
        now = self._clock.monotonic()
        return max((state.touched + OPEN_S - now for state in states if state and state.open(now)), default=0.0)

    def closed(self, target: str, sender: Sender) -> bool:
        """Whether the target may be tried: it is not failing, or failed long enough ago for a trial."""
        return self.wait(target, sender) <= 0

    def admits(self, target: str, sender: Sender) -> bool:
        """Whether a call may begin now. The first to a failing target is its trial: during it there is no other."""
        if not self.closed(target, sender):
            return False
        for state in (self._by_sender.get((target, sender)), self._shared.get(target)):
            if state is not None:
                state.touched = self._clock.monotonic()
        return True

    def no_token(self, target: str) -> None:
        """Record that there is no token for the target, which nobody can call then."""
        shared = self._shared.setdefault(target, _Shared())
        shared.unreachable, shared.touched = max(shared.unreachable, FAILURES_TO_OPEN), self._clock.monotonic()

    def failed(self, target: str, sender: Sender, failure: Failure) -> None:
        """Record a failure; one that the request may have caused counts for its sender alone."""
        now = self._clock.monotonic()
        circuit = self._by_sender.setdefault((target, sender), _Circuit())
        circuit.failures, circuit.touched = circuit.failures + 1, now
        if failure is Failure.REQUEST:
            self._shared.pop(target, None)  # the target is up
            return
        shared = self._shared.setdefault(target, _Shared())
        shared.touched = now
        if failure is Failure.UNREACHABLE:
            shared.unreachable += 1
        else:
            shared.unreachable = 0  # this request reached the target
            away = shared.away.setdefault(sender.tenant, _Circuit())
            away.failures, away.touched = away.failures + 1, now

    def answered(self, target: str, sender: Sender, status: int) -> None:
        """Record a reply; a server error is a failure, unless it says what the target does not support."""
        if status in statuses.AWAY:
            self.failed(target, sender, Failure.AWAY)
        elif statuses.unserved(status, sender.inputs):
            self._shared.pop(target, None)  # the target is up
        elif status >= statuses.SERVER_ERROR:
            self.failed(target, sender, Failure.REQUEST)
        else:
            self._by_sender.pop((target, sender), None)
            self._shared.pop(target, None)

    def probed(self, target: str, *, up: bool) -> None:
        """Record the result of a probe; it belongs to no request, so it counts for everyone."""
        if up:
            self._shared.pop(target, None)
            return
        shared = self._shared.setdefault(target, _Shared())
        shared.unreachable, shared.touched = shared.unreachable + 1, self._clock.monotonic()

    def down(self) -> frozenset[str]:
        """Return the targets that are down for everyone."""
        now = self._clock.monotonic()
        return frozenset(target for target, state in self._shared.items() if state.open(now))
