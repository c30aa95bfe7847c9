"""All keys derive from one master key: HKDF-Expand (RFC 5869) with the purpose as info, one key per purpose.

A ring may hold further masters beside the one in use: what was made with them is found and opened, nothing new is made
with them. So a master is rotated without losing what the one before it made.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

MASTER_BYTES = 32
#: What every digest said before a key's id came from the key.
FORMER_ID = "k1"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Derives 32-byte keys by purpose. ``key_id`` names the master in every keyed digest and comes from the master.

    ``others`` are the masters that are given for reading only; they have none themselves.
    """

    master: bytes = field(repr=False)
    key_id: str = ""
    others: tuple[Keyring, ...] = ()

    def __post_init__(self) -> None:
        if len(self.master) < MASTER_BYTES:
            raise ValueError(f"the master key must be at least {MASTER_BYTES} bytes")
        if not self.key_id:
            object.__setattr__(self, "key_id", f"k-{self.derive('key-id').hex()[:8]}")

    @property
    def every(self) -> tuple[Keyring, ...]:
        """This master and those for reading."""
        return (self, *self.others)

    def of(self, key_id: str) -> Keyring:
        """Return the master of this id, the one in use where there is none."""
        return next((one for one in self.others if one.key_id == key_id), self)

    def derive(self, *purpose: str) -> bytes:
        """Return the 32-byte key for a purpose such as ("pseudonym", tenant, activity)."""
        info = "\x1f".join(purpose).encode()
        return hmac.digest(self.master, info + b"\x01", "sha256")

    def digest(self, data: bytes, *purpose: str) -> str:
        """Return "hmac-sha256:<key id>:<64 hex>": a keyed digest that says which key made it."""
        return digests(self.key_id, self.derive(*purpose), data)[0]

    def digests(self, data: bytes, *purpose: str) -> tuple[str, ...]:
        """Return every digest under which the data may have been kept: by each master, by its id and the former one."""
        return tuple(made for one in self.every for made in digests(one.key_id, one.derive(*purpose), data))

    def proof(self) -> bytes:
        """Return 32 bytes that only a holder of this master can tell; their SHA-256 is kept to know it again."""
        return self.derive("key-proof")


def digests(key_id: str, key: bytes, data: bytes) -> tuple[str, str]:
    """Return a digest of the data by a derived key: as it is written now, and as it was before ids came from keys."""
    mac = hmac.digest(key, data, "sha256").hex()
    return (f"hmac-sha256:{key_id}:{mac}", f"hmac-sha256:{FORMER_ID}:{mac}")
