"""When a target that failed is asked again. Policy is asked anew each time, and every attempt is recorded."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.errors import UpstreamError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often one request asks a target again, and how long it may wait in all; first it waits about ``base_s``."""

    attempts: int = 0
    within_s: float = 10.0
    base_s: float = 0.5

    def wait(self, failures: int, waited_s: float, fault: UpstreamError, draw: Callable[[], float]) -> float | None:
        """Return the seconds to wait before the target is asked again, or None where it is not.

        ``failures`` counts those of this target over this request, ``waited_s`` is what the request has waited so far.
        ``draw`` gives a number from 0 to 1: waits differ, so that callers who failed together do not come back
        together. What the target asks for (Retry-After) is the least; more than may be waited is not waited at all.
        """
        if not fault.again or failures > self.attempts:
            return None
        longest = self.base_s * 2 ** (failures - 1)
        wait = fault.retry_after_s + draw() * longest if fault.retry_after_s else (1 + draw()) / 2 * longest
        return wait if waited_s + wait <= self.within_s else None


NEVER = Retry()


def _chance() -> float:
    return secrets.randbelow(1 << 32) / (1 << 32)


@dataclass(slots=True)
class Waits:
    """What one request has waited for its targets, which failed how often."""

    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def next(self, target: str, retry: Retry, fault: UpstreamError) -> float | None:
        """Count a failure; return how long to wait before the target is asked again, None where it is not."""
        self.failures[target] += 1
        return retry.wait(self.failures[target], self.seconds, fault, _chance)
