"""The hosts that targets may have: the listed ones or, without a list, all but link-local and metadata addresses.

Cloud metadata services hand out credentials to any client. They are called only if the address itself is listed,
whatever name resolves to it.
"""

from __future__ import annotations

import ipaddress
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
