"""What an authorization scheme is, and the call that it changes."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from yarl import URL

from proxy.core.targets.access import Authorization

#: A value that is allowed in a header.
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A call ready to send: the URL is encoded, header names are as given."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes

    def with_header(self, name: str, value: str) -> PreparedRequest:
        """Return the call with this header in place of any of the same name.

        Raises:
            ValueError: the value is not allowed in a header.

        """
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError("contains characters that a header does not allow")
        return replace(self, headers={**without(name, self.headers), name: value})


def without(name: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers without one, however it is written."""
    lower = name.lower()
    return {key: value for key, value in headers.items() if key.lower() != lower}


class Credential(enum.Enum):
    """Whose credential a scheme presents."""

    NEEDED = "the catalog names it"
    OPTIONAL = "the catalog may name it"
    CALLER = "the caller sends it"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that the catalog gives with ``scheme``: its pattern, forbidden values, and the error for those."""

    pattern: str
    refused: frozenset[str] = frozenset()
    why: str = ""


def _unchanged(call: PreparedRequest, _how: Authorization, _secret: str) -> PreparedRequest:
    return call


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme. ``present`` raises ValueError, without the secret, if the secret does not have the required form.

    ``description`` is its row in ``docs/reference/schemes.md``.
    The value of the parameter named ``exchange_scope`` is the scope with which the credential is first exchanged for a
    token (RFC 6749), that of the one named ``account`` the header in which the caller names an account with it.
    """

    description: str
    credential: Credential = Credential.NEEDED
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    present: Callable[[PreparedRequest, Authorization, str], PreparedRequest] = _unchanged
    exchange_scope: str = ""
    account: str = ""


def with_query(url: URL, pairs: tuple[tuple[str, str], ...]) -> URL:
    """Return a URL with further parameters, encoded as SigV4 reads them: a space is %20, never a plus sign."""
    added = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    query = "&".join(part for part in (url.raw_query_string, added) if part)
    return url.with_query(None) if not query else URL(f"{url.with_query(None)}?{query}", encoded=True)
