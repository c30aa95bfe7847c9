"""Stand-ins that look like values, and what else a reply may write in place of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from proxy.core.deidentification import dates
from proxy.core.deidentification.declension import other_forms


def spellings(originals: Mapping[str, str], natural: Collection[str]) -> dict[str, str]:
    """Return natural stand-ins, in other spellings too -> the originals; no other spelling that means two of them."""
    spelled: dict[str, str] = {}
    doubtful: set[str] = set()
    for stand_in in natural:
        original = originals.get(stand_in, "")
        more = other_forms if stand_in.isalpha() else dates.spellings
        for spelling, written in more(stand_in, original):
            if spelled.setdefault(spelling, written) != written:
                doubtful.add(spelling)
    exact = {stand_in: originals[stand_in] for stand_in in natural if stand_in in originals}
    return {spelling: written for spelling, written in spelled.items() if spelling not in doubtful} | exact
