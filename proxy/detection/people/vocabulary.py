"""Words that are no part of a name, and words that make something else of one: in the eight languages."""

from __future__ import annotations

from typing import Final

from proxy.detection.languages import words

#: Words that belong to no name, wherever they stand.
NO_NAME: Final = frozenset(words("no_name"))
#: Words behind a name that make the whole something else: a street, a firm, a body, a thing.
THINGS: Final = frozenset(words("things"))
#: Words before a name that make a place of it.
PLACES: Final = frozenset(words("places"))
#: Words that join the parts of a name, small or not.
LINKS: Final = frozenset(words("links"))
#: Firms that are called like people.
FIRMS: Final = frozenset(words("firms"))
#: Words that say what somebody is called.
NAMING: Final = frozenset(words("naming"))
#: Words that deal with somebody, before a name.
DEALS: Final = frozenset(words("deals"))
