"""The walk over a document of which no table knows anything but keys."""

from __future__ import annotations

from typing import Any

from proxy.codecs.pointer import SOUGHT, Leaf, walked
from proxy.codecs.sites import LeafTable, Site
from proxy.core.records import TextSpan


def walked_leaves(document: Any, known_keys: frozenset[str]) -> list[Leaf | TextSpan]:
    """Return the leaves that are read: strings, long numbers, object keys outside ``known_keys``, in document order.

    Raises:
        MalformedRequestError, PayloadTooLargeError: as ``walked``.

    """
    return [leaf for leaf in walked(document, Site(LeafTable(known_keys))) if leaf.kind != SOUGHT]
