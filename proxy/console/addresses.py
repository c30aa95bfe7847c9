"""What the address of a page may say: each name known, once, with a value that is understood. Pure.

A page that ignored a part of its address would show more, or something else, than whoever reads it asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proxy.console.words import mark
from proxy.web.api.faults import InvalidRequestError

#: What names a data subject in an address: a look-up, wherever it stands.
SUBJECT = "subject"
#: What says which time a page is about.
TIME = ("p", "since", "until")
UNKNOWN = mark("This page cannot be narrowed by all that its address says.")
TWICE = mark("The address says the same thing twice.")


def check(query: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse an address of which a page would ignore a part.

    Raises:
        InvalidRequestError: a name is not known here, or stands twice.

    """
    if not query.keys() <= frozenset(names):
        raise InvalidRequestError(UNKNOWN)
    if len(set(query)) < len(query):
        raise InvalidRequestError(TWICE)
