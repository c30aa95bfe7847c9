"""Addresses of networks that lead to nobody outside of them: private ones, examples, masks, cards named by software."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

#: An address of a host, without its port and network.
_HOST: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}")
#: The address of a network card that software chose (IEEE 802c).
_LOCAL_CARD: Final = re.compile(r"[0-9A-Fa-f][26AaEe](?:[:-][0-9A-Fa-f]{2}){5}")


def is_local(value: str) -> bool:
    """Whether an address is given out locally, or is an example (RFC 1918, RFC 5737, IEEE 802c)."""
    if _LOCAL_CARD.fullmatch(value) is not None:
        return True
    match = _HOST.search(value)
    try:
        host = ipaddress.ip_address(match[0].rstrip(":")) if match else None
    except ValueError:
        return False
    return host is not None and (host.is_multicast or not host.is_global)
