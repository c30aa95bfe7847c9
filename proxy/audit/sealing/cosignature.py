"""Cosignatures of witnesses over notes (C2SP tlog-cosignature, Ed25519 ``cosignature/v1``). Pure.

A witness signs ``cosignature/v1``, a line ``time <seconds since 1970>`` and the note's text, once it has seen that the
log only grew. The signature's line is ``- <name> <base64 of key id, time (8 bytes) and signature>``, with an em dash.
A witness's key is written ``<name>+<key id in hex>+<base64 of 0x04 and the key>``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.audit.sealing.keys import KEY_ID_BYTES, is_signed, key_id, key_parsed, key_text
from proxy.audit.sealing.notes import DASH

_COSIGNATURE = b"\x04"
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and public key."""

    name: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that stand before a cosignature."""
        return key_id(self.name, _COSIGNATURE, self.public)

    def __str__(self) -> str:
        """Return the key as C2SP writes it."""
        return key_text(self.name, _COSIGNATURE, self.public)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Return the key that a text stands for.

        Raises:
            ValueError: it is not the text of a witness's key.

        """
        name, public = key_parsed(text, _COSIGNATURE)
        if not name or " " in name:
            raise ValueError("not the name of a witness")
        return cls(name, public)

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
        if len(raw) != KEY_ID_BYTES + _TIME_BYTES + _SIGNATURE_BYTES or raw[:KEY_ID_BYTES] != self.id:
            return None
        time = int.from_bytes(raw[KEY_ID_BYTES : KEY_ID_BYTES + _TIME_BYTES], "big")
        return time if is_signed(self.public, raw[KEY_ID_BYTES + _TIME_BYTES :], message(text, time)) else None


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
