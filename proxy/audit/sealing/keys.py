"""The installation's audit signing key and its public half, written as C2SP signed notes write keys. Pure.

The text of a verifier key is ``<origin>+<key id in hex>+<base64 of 0x01 and the key>``; the key id is the first four
bytes of ``SHA-256(origin || 0x0a || 0x01 || key)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ORIGIN = "compliance-proxy/audit"
ORIGIN_FORM = r"^[A-Za-z0-9._/-]{1,128}$"
_ED25519 = b"\x01"
KEY_ID_BYTES = 4


def key_id(name: str, kind: bytes, public: Ed25519PublicKey) -> bytes:
    """Return the four bytes that stand before this key's signatures in a note."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def key_text(name: str, kind: bytes, public: Ed25519PublicKey) -> str:
    """Return a public key as C2SP writes it."""
    packed = base64.b64encode(kind + public.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{packed}"


def key_parsed(text: str, kind: bytes) -> tuple[str, Ed25519PublicKey]:
    """Return name and key of a text.

    Raises:
        ValueError: it is not the text of an Ed25519 key of this kind.

    """
    name, _, rest = text.strip().partition("+")
    name_and_id, _, packed = rest.partition("+")
    raw = base64.b64decode(packed, validate=True)
    if raw[:1] != kind:
        raise ValueError("not an Ed25519 key of this kind")
    public = Ed25519PublicKey.from_public_bytes(raw[1:])
    if key_id(name, kind, public).hex() != name_and_id:
        raise ValueError("the key ID does not match the key")
    return name, public


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose word counts: the installation's name in notes, and its public key."""

    origin: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that stand before a signature in a note."""
        return key_id(self.origin, _ED25519, self.public)

    def __str__(self) -> str:
        """Return the key as C2SP writes it."""
        return key_text(self.origin, _ED25519, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Return the key that a text stands for.

        Raises:
            ValueError: it is not the text of a key.

        """
        origin, public = key_parsed(text, _ED25519)
        if not re.match(ORIGIN_FORM, origin):
            raise ValueError("not the origin of a log")
        return cls(origin, public)

    def signed(self, packed: str, text: str) -> bool:
        """Whether a signature (base64 of key id and signature) over a text is this key's."""
        try:
            raw = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            return False
        return raw[:KEY_ID_BYTES] == self.id and is_signed(self.public, raw[KEY_ID_BYTES:], text)


@dataclass(frozen=True, slots=True)
class AuditSigningKey:
    """The key that certifies writers and signs how far the log has come."""

    origin: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, origin: str = ORIGIN) -> AuditSigningKey:
        """Return a new key."""
        return cls(origin, Ed25519PrivateKey.generate())

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(self.origin, self.private.public_key())

    def sign(self, text: str) -> str:
        """Return the signature over a text: base64 of key id and signature."""
        return base64.b64encode(self.verifier.id + self.private.sign(text.encode())).decode()


def is_signed(key: Ed25519PublicKey, signature: bytes, text: str) -> bool:
    """Whether a signature over a text is this key's."""
    try:
        key.verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
