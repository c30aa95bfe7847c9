"""Seals keys under the master key, and data under a key, each for one scope. Pure."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.core.keyring import Keyring

_NONCE_BYTES = 12


class KeyScope(NamedTuple):
    """Which key is sealed; ``name`` is empty where a tenant has one of that purpose."""

    name: str
    purpose: str
    tenant: str

    def bound(self) -> bytes:
        """Return the associated data of the seal."""
        return "\x1f".join(self).encode()


def sealed(keys: Keyring, scope: KeyScope, key: bytes) -> bytes:
    """Return nonce || ciphertext, which opens with this master key and in this scope only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.derive("sealed-keys")).encrypt(nonce, key, scope.bound())


def opened(keys: Keyring, scope: KeyScope, packed: bytes) -> bytes | None:
    """Return the key, None if it was altered, moved or sealed with another master key."""
    try:
        return AESGCM(keys.derive("sealed-keys")).decrypt(packed[:_NONCE_BYTES], packed[_NONCE_BYTES:], scope.bound())
    except InvalidTag:
        return None
