"""Stand-ins that look like values, and what else a reply may write in place of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from proxy.core.deidentification import dates


def spellings(originals: Mapping[str, str], natural: Collection[str]) -> dict[str, str]:
    """Return other spellings of natural stand-ins -> the originals in them; none that could mean two originals."""
    spelled: dict[str, str] = {}
    doubtful: set[str] = set()
    for stand_in in natural:
        original = originals.get(stand_in, "")
        for spelling, written in dates.spellings(stand_in, original):
            if spelled.setdefault(spelling, written) != written:
                doubtful.add(spelling)
    return {spelling: written for spelling, written in spelled.items() if spelling not in doubtful}
