"""Which targets are down: a circuit per target opens after repeated failures and lets one trial through later."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.ports import Clock

FAILURES_TO_OPEN = 3
OPEN_S = 10.0
_SERVER_ERROR = 500


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    opened_at: float = 0.0


class Circuits:
    """The state per target; in memory, per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def closed(self, target: str) -> bool:
        """Say whether the target may be tried: not failing, or failed long enough ago for a trial."""
        circuit = self._circuits.get(target)
        if circuit is None or circuit.failures < FAILURES_TO_OPEN:
            return True
        return self._clock.monotonic() - circuit.opened_at >= OPEN_S

    def tried(self, target: str) -> None:
        """Note that a call begins: while it lasts, a failing target gets no second trial."""
        circuit = self._circuits.get(target)
        if circuit is not None:
            circuit.opened_at = self._clock.monotonic()

    def failed(self, target: str) -> None:
        """Note that the target could not be reached or broke off."""
        circuit = self._circuits.setdefault(target, _Circuit())
        circuit.failures += 1
        circuit.opened_at = self._clock.monotonic()

    def answered(self, target: str, status: int) -> None:
        """Note a reply; a server error counts as a failure."""
        if status >= _SERVER_ERROR:
            self.failed(target)
        elif target in self._circuits:
            del self._circuits[target]
