"""What is away, and what is back: a line in the log for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from proxy.runtime.log import logger


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
