"""API keys, ``cp_<id>_<secret>``, and callers by key or by bearer token of the organisation's issuer.

The id finds the row; only the holder knows the secret. Pure.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from proxy.core.keyring import Keyring
from proxy.core.records import Principal

_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 12
_SECRET_BYTES = 32
_KEY = re.compile(r"cp_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")


class Presented(NamedTuple):
    """The two parts of a key as presented."""

    id: str
    secret: str


def mint() -> Presented:
    """Return a new key: 256 bits of secret."""
    identity = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
    return Presented(identity, secrets.token_urlsafe(_SECRET_BYTES))


def text(key: Presented) -> str:
    """Return the key as its holder writes it."""
    return f"cp_{key.id}_{key.secret}"


def parse(presented: str) -> Presented | None:
    """Return the parts, or None if it cannot be one of our keys."""
    match = _KEY.fullmatch(presented)
    return Presented(match[1], match[2]) if match else None


def hashing_key(keyring: Keyring) -> bytes:
    """Return the key under which secrets are hashed."""
    return keyring.derive("api-key")


def hashed(key: Presented, hashing: bytes) -> bytes:
    """Return what is stored: HMAC-SHA-256 of id and secret, useless without the master key."""
    return hmac.digest(hashing, text(key).encode(), "sha256")


def matches(key: Presented, stored: bytes, hashing: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hashed(key, hashing), stored)


_KEY_PREFIX = "cp_"


class _Finder(Protocol):
    async def find(self, presented: str) -> Principal | None: ...


@dataclass(frozen=True, slots=True)
class Callers:
    """Looks API keys up in the store, and everything else at the issuer."""

    keys: _Finder
    tokens: _Finder | None = None

    async def find(self, presented: str) -> Principal | None:
        """Return the caller, or None if the credential is not valid now."""
        if presented.startswith(_KEY_PREFIX):
            return await self.keys.find(presented)
        return None if self.tokens is None else await self.tokens.find(presented)
