"""What a target's replies must say of themselves: which model answered, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.core.targets import regions
from proxy.core.targets.places import GLOBAL, place


@dataclass(frozen=True, slots=True)
class ExpectedOrigin:
    """Pinned models by the target's own names, and the regions that it is registered for (None: any).

    ``header`` is the reply's that tells a region, ``places`` the provider's names of regions -> ISO 3166 codes.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    regions: frozenset[str] | None = None
    anywhere: bool = False  # registered as a global deployment
    header: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def misplaced(self, name: str) -> bool:
        """Whether a region that a reply names is none of those registered; a name that nobody knows is no reason."""
        code = self.places.get(name) or place(name)
        if not code or self.regions is None:
            return False
        return not self.anywhere if code == GLOBAL else not _within(code, self.regions)


def _within(code: str, registered: frozenset[str]) -> bool:
    """Whether a place is one of those registered; a country may be reported for its part, and the other way round."""
    return regions.covered(code, registered) or any(one.partition("-")[0] == code for one in registered)


NOTHING_EXPECTED = ExpectedOrigin()
