"""The hosts that targets may have: the listed ones or, without a list, all but link-local and metadata addresses.

Cloud metadata services hand out credentials to any client. They are called only if the address itself is listed,
whatever name resolves to it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Names of metadata services (Google Cloud, Amazon, Oracle), and their addresses that are not link-local (Amazon,
#: Alibaba, Azure, Oracle).
_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_ADDRESSES = frozenset(
    ipaddress.ip_address(address) for address in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind NAT64 (RFC 6052)


@dataclass(frozen=True, slots=True)
class Destinations:
    """Hosts in lower case, "host" for every port or "host:port"; empty without a list."""

    listed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, listed: str | None) -> Self:
        """Parse a list separated by commas or spaces."""
        return cls(frozenset((listed or "").lower().replace(",", " ").split()))

    def refusal(self, host: str, port: int | None = None) -> str:
        """Return the reason why a host may not be called, "" if it may; IPv6 addresses have no brackets."""
        name = host.lower().rstrip(".")
        if self._lists(name, port):
            return ""
        if self.listed:
            return "it is not listed in PROXY_TARGET_HOSTS"
        address = _parsed(name)
        if name in _NAMES or (address is not None and _is_inside(address)):
            return "it is a link-local or metadata address, which must be listed in PROXY_TARGET_HOSTS"
        return ""

    def refuses_address(self, text: str) -> bool:
        """Whether an address must not be connected to although its name may be called."""
        address = _parsed(text)
        return address is None or (_is_inside(address) and not self._lists(str(address), None))

    def _lists(self, name: str, port: int | None) -> bool:
        return name in self.listed or f"{name}:{port}" in self.listed


def _parsed(text: str) -> _Address | None:
    try:
        address: _Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, by its name or address."""
    address = _parsed(host or "")
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_inside(address: _Address) -> bool:
    return address.is_link_local or address in _ADDRESSES


ANYWHERE = Destinations()


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
