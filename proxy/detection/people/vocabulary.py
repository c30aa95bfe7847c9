"""Words that never belong to a name, and words that make something else of one, of all languages."""

from __future__ import annotations

import re
from typing import Final

from proxy.detection.languages import alternatives, words

#: Words that never belong to a name.
NO_NAME: Final = frozenset(words("no_name"))
#: Words that, after a name, make the whole a street, a firm, a body, a thing.
THINGS: Final = frozenset(words("things"))
#: Words that, before a name, make it a place.
PLACES: Final = frozenset(words("places"))
#: Words that join the parts of a name, capitalised or not.
LINKS: Final = frozenset(words("links"))
#: Firms named like people.
FIRMS: Final = frozenset(words("firms"))
#: Words before a name that deal with a person.
DEALS: Final = frozenset(words("deals"))
#: A word of a street.
STREET: Final = re.compile(rf"(?<!\w){alternatives('streets')}(?!\w)", re.IGNORECASE)
