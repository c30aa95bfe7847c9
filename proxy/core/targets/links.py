"""Addresses that a request asks its target to fetch. Only those that name a plain host can be allowed."""

from __future__ import annotations

import re

#: A DNS name of at least two labels, the last beginning with a letter: no IP address in any spelling, no userinfo, no
#: escapes, no trailing dot, ASCII only; then a port, then a path.
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
_ADDRESS = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_HOST})(?::(?P<port>[1-9][0-9]{{0,4}}))?(?:/[^\x00-\x20\x7f-\uffff\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_LISTED = re.compile(rf"{_HOST}(?::[1-9][0-9]{{0,4}})?")
_PORTS = {"http": "80", "https": "443"}
_LONGEST = 253
#: Top-level names of the local machine or network (RFC 6761, 6762, 8375, 9476) and of cloud metadata.
_INSIDE = frozenset(
    "localhost local localdomain internal intranet lan home corp private arpa onion invalid alt".split()
)


def host(address: str) -> str:
    """Return the host of an address in lower case, with its port unless it is the scheme's default.

    "" for every address that must not be fetched: a scheme other than http and https, an IP address, a name in the
    local network, userinfo, unusual characters.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or len(match["host"]) > _LONGEST:
        return ""
    name, port = match["host"].lower(), match["port"]
    if name.rpartition(".")[2] in _INSIDE:
        return ""
    return f"{name}:{port}" if port and port != _PORTS[match["scheme"].lower()] else name


def listable(entry: str) -> bool:
    """Whether a list entry is a host, with or without a port, in the form that ``host`` returns."""
    name = entry.partition(":")[0]
    return _LISTED.fullmatch(entry) is not None and len(name) <= _LONGEST and name.rpartition(".")[2] not in _INSIDE
