"""The key of one data subject: makes their reference in records, and marks what the vault holds of them. Pure.

Nothing of it derives from the master key, which only seals it. Once it is destroyed nobody can say which records are
about that subject, not even with the master key (GDPR Art. 17).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.core.keyring import Keyring
from proxy.core.records import Subject

_NONCE_BYTES = 12


class KeyScope(NamedTuple):
    """Which key is sealed; ``name`` is empty where a tenant has one of that purpose."""

    name: str
    purpose: str
    tenant: str

    def bound(self) -> bytes:
        """Return the associated data of the seal."""
        return "\x1f".join(self).encode()


def seal_key(keys: Keyring, scope: KeyScope, key: bytes) -> bytes:
    """Return nonce || ciphertext, which opens with this master key and in this scope only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.derive("sealed-keys")).encrypt(nonce, key, scope.bound())


def open_key(keys: Keyring, scope: KeyScope, packed: bytes) -> bytes | None:
    """Return the key, None if it was altered, moved or sealed with another master key."""
    try:
        return AESGCM(keys.derive("sealed-keys")).decrypt(packed[:_NONCE_BYTES], packed[_NONCE_BYTES:], scope.bound())
    except InvalidTag:
        return None


_BYTES, _MARK_BYTES = 32, 16
_LOOKUPS, _SUBJECT, _LINKING = "subject-lookup", "subject-key", "linking-key"


@dataclass(frozen=True, slots=True)
class LookupKey:
    """A tenant's key under which data subjects are looked up: it finds their keys, never their records."""

    tenant: str
    key: bytes = field(repr=False)

    @classmethod
    def generate(cls, tenant: str) -> Self:
        """Return a new one."""
        return cls(tenant, secrets.token_bytes(_BYTES))

    @classmethod
    def opened(cls, keys: Keyring, tenant: str, sealed: bytes) -> Self | None:
        """Return the sealed one, None if none of these master keys opens it."""
        key = _opened(keys, _lookup_scope(tenant), sealed)
        return None if key is None else cls(tenant, key)

    def sealed(self, keys: Keyring) -> bytes:
        """Return it sealed by the master key."""
        return seal_key(keys, _lookup_scope(self.tenant), self.key)

    def of(self, subject: str) -> bytes:
        """Return the 32 bytes that a subject's key is stored under."""
        return hmac.digest(self.key, subject.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """The key of one data subject of a tenant, and what it is stored under."""

    tenant: str
    lookup: bytes
    key: bytes = field(repr=False)

    @classmethod
    def generate(cls, tenant: str, lookup: bytes) -> Self:
        """Return a new one."""
        return cls(tenant, lookup, secrets.token_bytes(_BYTES))

    @classmethod
    def opened(cls, keys: Keyring, tenant: str, lookup: bytes, sealed: bytes) -> Self | None:
        """Return the sealed one, None if none of these master keys opens it."""
        key = _opened(keys, _subject_scope(tenant, lookup), sealed)
        return None if key is None else cls(tenant, lookup, key)

    def sealed(self, keys: Keyring) -> bytes:
        """Return it sealed by the master key."""
        return seal_key(keys, _subject_scope(self.tenant, self.lookup), self.key)

    @property
    def handle(self) -> str:
        """What holds and requests name the subject by: 32 hex digits."""
        return self._derived("handle")

    @property
    def read_token(self) -> str:
        """What the log says of a read about the subject, "read:" and 32 hex digits; no record holds it."""
        return f"read:{self._derived('read')}"

    def _derived(self, purpose: str) -> str:
        return Keyring(self.key).derive(purpose)[:_MARK_BYTES].hex()

    def named(self, subject: str, linking: LinkingKey | None = None) -> Subject:
        """Return how records and the vault name the subject: "hmac-sha256:s-<8 hex>:<64 hex>", and 16 bytes.

        With the key of a day, the reference ("d-" in place of "s-") is another on each day, and nobody's once that key
        is destroyed.
        """
        material = self.key if linking is None else hmac.digest(self.key, linking.key, "sha256")
        keyring = Keyring(material, ("s" if linking is None else "d") + Keyring(material).key_id.removeprefix("k"))
        return Subject(keyring.digest(subject.encode(), "reference"), Keyring(self.key).derive("vault")[:_MARK_BYTES])


@dataclass(frozen=True, slots=True)
class LinkingKey:
    """The half of a tenant's references that ends before their records do: one for each UTC day."""

    tenant: str
    day: date
    key: bytes = field(repr=False)

    @classmethod
    def generate(cls, tenant: str, day: date) -> Self:
        """Return a new one."""
        return cls(tenant, day, secrets.token_bytes(_BYTES))

    @classmethod
    def opened(cls, keys: Keyring, tenant: str, day: date, sealed: bytes) -> Self | None:
        """Return the sealed one, None if none of these master keys opens it."""
        key = _opened(keys, KeyScope(day.isoformat(), _LINKING, tenant), sealed)
        return None if key is None else cls(tenant, day, key)

    def sealed(self, keys: Keyring) -> bytes:
        """Return it sealed by the master key."""
        return seal_key(keys, KeyScope(self.day.isoformat(), _LINKING, self.tenant), self.key)


def _lookup_scope(tenant: str) -> KeyScope:
    return KeyScope("", _LOOKUPS, tenant)


def _subject_scope(tenant: str, lookup: bytes) -> KeyScope:
    return KeyScope(lookup.hex(), _SUBJECT, tenant)


def _opened(keys: Keyring, scope: KeyScope, sealed: bytes) -> bytes | None:
    opened = (open_key(ring, scope, sealed) for ring in keys.every)
    return next((key for key in opened if key is not None), None)
