"""Cosignatures of witnesses over notes (C2SP tlog-cosignature, Ed25519 ``cosignature/v1``). Pure.

A witness signs ``cosignature/v1``, a line ``time <seconds since 1970>`` and the note's text, once it has seen that the
log only grew. The signature's line is ``- <name> <base64 of key id, time (8 bytes) and signature>``, with an em dash.
A witness's key is written ``<name>+<key id in hex>+<base64 of 0x04 and the key>``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.audit.sealing.keys import is_signed
from proxy.audit.sealing.notes import DASH

_COSIGNATURE = b"\x04"
_ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES = 4, 8, 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and public key."""

    name: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that stand before a cosignature."""
        return hashlib.sha256(self.name.encode() + b"\n" + _COSIGNATURE + self.public.public_bytes_raw()).digest()[:4]

    def __str__(self) -> str:
        """Return the key as C2SP writes it."""
        packed = base64.b64encode(_COSIGNATURE + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.id.hex()}+{packed}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Return the key that a text stands for.

        Raises:
            ValueError: it is not the text of a witness's key.

        """
        name, _, rest = text.strip().partition("+")
        given, _, packed = rest.partition("+")
        raw = base64.b64decode(packed, validate=True)
        if not name or " " in name or raw[:1] != _COSIGNATURE:
            raise ValueError("not the Ed25519 key of a witness")
        found = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        if found.id.hex() != given:
            raise ValueError("the key's id is not that of its key")
        return found

    def seen_at(self, signed: str) -> int | None:
        """Return when this witness cosigned a note, in seconds since 1970; None where it did not."""
        text, _, lines = signed.partition("\n\n")
        times = (self._time(packed, f"{text}\n") for packed in _packed(lines, self.name))
        return max((time for time in times if time is not None), default=None)

    def _time(self, packed: str, text: str) -> int | None:
        try:
            raw = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _ID_BYTES + _TIME_BYTES + _SIGNATURE_BYTES or raw[:_ID_BYTES] != self.id:
            return None
        time = int.from_bytes(raw[_ID_BYTES : _ID_BYTES + _TIME_BYTES], "big")
        return time if is_signed(self.public, raw[_ID_BYTES + _TIME_BYTES :], message(text, time)) else None


@dataclass(frozen=True, slots=True)
class Cosigner:
    """The key of a witness of our own."""

    name: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> WitnessKey:
        """Its public half."""
        return WitnessKey(self.name, self.private.public_key())

    def cosign(self, text: str, time: int) -> str:
        """Return the line with the signature over a note's text."""
        raw = self.key.id + time.to_bytes(_TIME_BYTES, "big") + self.private.sign(message(text, time).encode())
        return f"{DASH} {self.name} {base64.b64encode(raw).decode()}\n"


def message(text: str, time: int) -> str:
    """Return what a witness signs."""
    return f"cosignature/v1\ntime {time}\n{text}"


def _packed(lines: str, name: str) -> Iterator[str]:
    prefix = f"{DASH} {name} "
    return (line.removeprefix(prefix) for line in lines.splitlines() if line.startswith(prefix))
