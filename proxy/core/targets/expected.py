"""The origin that a target's replies must report: which model answered, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.core.targets import regions
from proxy.core.targets.places import GLOBAL, place


@dataclass(frozen=True, slots=True)
class ExpectedOrigin:
    """Pinned models by the target's own names, and its registered regions (None: any).

    ``header`` is the reply header that names a region; ``places`` maps the provider's region names to ISO 3166 codes.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    regions: frozenset[str] | None = None
    anywhere: bool = False  # registered as a global deployment
    header: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def misplaced(self, name: str) -> bool:
        """Whether a reply names a region that is not registered; unknown names pass."""
        code = self.places.get(name) or place(name)
        if not code or self.regions is None:
            return False
        return not self.anywhere if code == GLOBAL else not _within(code, self.regions)


def _within(code: str, registered: frozenset[str]) -> bool:
    """Whether a region is registered; a country matches its subdivisions and vice versa."""
    return regions.covered(code, registered) or any(region.partition("-")[0] == code for region in registered)


NOTHING_EXPECTED = ExpectedOrigin()
