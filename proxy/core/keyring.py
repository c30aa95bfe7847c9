"""All keys derive from one master key: HKDF-Expand (RFC 5869) with the purpose as info, one key per purpose.

A ring may hold further, read-only masters: they find and open existing data, and protect nothing new. So a master is
rotated without losing the data of its predecessor.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

MASTER_BYTES = 32
#: The key id in digests from before ids were derived from keys.
FORMER_ID = "k1"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Derives 32-byte keys by purpose. ``key_id``, derived from the master, names it in every keyed digest.

    ``read_only`` are the masters for reading only; they have none themselves.
    """

    master: bytes = field(repr=False)
    key_id: str = ""
    read_only: tuple[Keyring, ...] = ()

    def __post_init__(self) -> None:
        if len(self.master) < MASTER_BYTES:
            raise ValueError(f"the master key must be at least {MASTER_BYTES} bytes")
        if not self.key_id:
            object.__setattr__(self, "key_id", f"k-{self.derive('key-id').hex()[:8]}")

    @property
    def every(self) -> tuple[Keyring, ...]:
        """This master and the read-only ones."""
        return (self, *self.read_only)

    def of(self, key_id: str) -> Keyring:
        """Return the read-only master with this id, else the current one."""
        return next((ring for ring in self.read_only if ring.key_id == key_id), self)

    def derive(self, *purpose: str) -> bytes:
        """Return the 32-byte key for a purpose such as ("pseudonym", tenant, activity)."""
        info = "\x1f".join(purpose).encode()
        return hmac.digest(self.master, info + b"\x01", "sha256")

    def digest(self, data: bytes, *purpose: str) -> str:
        """Return "hmac-sha256:<key id>:<64 hex>"."""
        return digests(self.key_id, self.derive(*purpose), data)[0]

    def digests(self, data: bytes, *purpose: str) -> tuple[str, ...]:
        """Return every digest under which the data may be stored: by each master, with its id and the former one."""
        return tuple(digest for ring in self.every for digest in digests(ring.key_id, ring.derive(*purpose), data))

    def proof(self) -> bytes:
        """Return 32 bytes known only to a holder of this master; their SHA-256 is stored to recognise it."""
        return self.derive("key-proof")


def digests(key_id: str, key: bytes, data: bytes) -> tuple[str, str]:
    """Return a digest of the data by a derived key: in the current form, and in that before ids came from keys."""
    mac = hmac.digest(key, data, "sha256").hex()
    return (f"hmac-sha256:{key_id}:{mac}", f"hmac-sha256:{FORMER_ID}:{mac}")
