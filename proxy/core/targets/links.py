"""Addresses that a request asks its target to fetch. Only one that names a plain host can be let through at all."""

from __future__ import annotations

import re

#: A DNS name of at least two labels, the last of which begins with a letter: no IP address in any spelling, no user
#: information, no escapes, no trailing dot, ASCII only; then a port, then a path.
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
_ADDRESS = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_HOST})(?::(?P<port>[1-9][0-9]{{0,4}}))?(?:/[^\x00-\x20\x7f-\uffff\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_LISTED = re.compile(rf"{_HOST}(?::[1-9][0-9]{{0,4}})?")
_PORTS = {"http": "80", "https": "443"}
_LONGEST = 253
#: Names that lead into a machine or a network of one's own (RFC 6761, 6762, 8375, 9476) and to cloud metadata.
_INSIDE = frozenset(
    "localhost local localdomain internal intranet lan home corp private arpa onion invalid alt".split()
)


def host(address: str) -> str:
    """Return the host of an address in lower case, with its port unless it is the scheme's own, or "" for none.

    "" stands for every address that must not be fetched: another scheme than http and https, an IP address, a name
    inside one's own network, user information, odd characters.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or len(found["host"]) > _LONGEST:
        return ""
    name, port = found["host"].lower(), found["port"]
    if name.rpartition(".")[2] in _INSIDE:
        return ""
    return f"{name}:{port}" if port and port != _PORTS[found["scheme"].lower()] else name


def listable(entry: str) -> bool:
    """Whether a host, with or without a port, may stand on a list: as ``host`` returns it."""
    name = entry.partition(":")[0]
    return _LISTED.fullmatch(entry) is not None and len(name) <= _LONGEST and name.rpartition(".")[2] not in _INSIDE
