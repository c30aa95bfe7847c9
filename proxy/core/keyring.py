"""All keys derive from one master key: HKDF-Expand (RFC 5869) with the purpose as info, one key per purpose."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

MASTER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """Derives 32-byte keys by purpose. ``key_id`` names the master's generation in every keyed digest."""

    master: bytes = field(repr=False)
    key_id: str = "k1"

    def __post_init__(self) -> None:
        if len(self.master) < MASTER_BYTES:
            raise ValueError(f"the master key must be at least {MASTER_BYTES} bytes")

    def derive(self, *purpose: str) -> bytes:
        """Return the 32-byte key for a purpose such as ("pseudonym", tenant, activity)."""
        info = "\x1f".join(purpose).encode()
        return hmac.new(self.master, info + b"\x01", hashlib.sha256).digest()

    def digest(self, data: bytes, *purpose: str) -> str:
        """Return "hmac-sha256:<key id>:<64 hex>": a keyed digest that says which key made it."""
        mac = hmac.new(self.derive(*purpose), data, hashlib.sha256).hexdigest()
        return f"hmac-sha256:{self.key_id}:{mac}"
