"""Parts of paths that may be an account, files named by convention, hosts that lead to nobody outside a network."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

#: A file of convention: "CLAUDE.md", "AUTHORS.rst".
_CONVENTIONAL: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*[.](?:md|mdc|txt|rst|toml|lock)\b")
#: The folders of a path before a part of it, and those behind which an account stands.
_FOLDERS: Final = re.compile(r"(?:^|[\s\"'`(=])~?/(?P<folders>(?:[\w.@+-]+/)*)(?P<part>[\w.@+-]*)\Z")
_HOMES: Final = re.compile(r"(?i)(?:^|/)(?:home|users?|u|profiles?|accounts?|members?|people|staff|customers?|mail)/\Z")
_REACH: Final = 200
#: What joins a part to the rest of a name of code, a host or a logger: "o.e.jetty.server", "k8s.io", "GOSTR_94".
_JOINED_BEFORE: Final = re.compile(r"\w(?:[._]|::)\Z")
_JOINED_BEHIND: Final = re.compile(r"(?:[._]|::)\w")


def is_conventional(text: str, start: int) -> bool:
    """Whether a file whose name is a convention is mentioned at an offset."""
    return _CONVENTIONAL.match(text, start) is not None


def is_folder(text: str, start: int) -> bool:
    """Whether a part of a path begins at an offset that does not stand behind a folder of accounts."""
    path = _FOLDERS.search(text, max(0, start - _REACH), start)
    return path is not None and (bool(path["part"]) or _HOMES.search(path["folders"]) is None)


def is_member(text: str, start: int, end: int) -> bool:
    """Whether what stands between two offsets is only a part of a longer name with points or low lines."""
    before = _JOINED_BEFORE.search(text, max(0, start - 3), start)
    return before is not None or _JOINED_BEHIND.match(text, end) is not None


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
