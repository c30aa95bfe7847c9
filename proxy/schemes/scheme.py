"""What a scheme of authorization is, and the call that it is about."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from yarl import URL

from proxy.core.targets.access import Authorization

#: Characters of a value that may stand in a header.
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A call as it leaves: the URL is encoded, header names are as given."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes

    def with_header(self, name: str, value: str) -> PreparedRequest:
        """Return it with one more header, in whose place none remains.

        Raises:
            ValueError: the value cannot stand in a header.

        """
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError("cannot stand in a header")
        return replace(self, headers={**self.without(name).headers, name: value})

    def without(self, name: str) -> PreparedRequest:
        """Return it without a header."""
        return replace(self, headers={key: text for key, text in self.headers.items() if key.lower() != name.lower()})


class Credential(enum.Enum):
    """Whose credential a scheme presents."""

    NEEDED = "the catalog names it"
    OPTIONAL = "the catalog may name it"
    CALLER = "the caller sends it"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the catalog says beside ``scheme``: a pattern, and words that are not allowed and what they are."""

    pattern: str
    refused: frozenset[str] = frozenset()
    why: str = ""


def _unchanged(call: PreparedRequest, _how: Authorization, _secret: str) -> PreparedRequest:
    return call


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme. ``present`` raises ValueError, without the secret, where it is not of the form that is needed.

    ``exchange_scope`` names the parameter with whose value the credential is first exchanged for a token (RFC 6749).
    """

    credential: Credential = Credential.NEEDED
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    present: Callable[[PreparedRequest, Authorization, str], PreparedRequest] = _unchanged
    exchange_scope: str = ""


def bearer_token(call: PreparedRequest, _how: Authorization, secret: str) -> PreparedRequest:
    """Present a token as RFC 6750 says."""
    return call.with_header("Authorization", f"Bearer {secret}")
