"""Authenticates rows that the product obeys: who writes to the database alone cannot make one. Pure.

A row carries HMAC-SHA-256 of its fields under a key of the master key. One without is not obeyed, and ``audit verify``
names it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from proxy.core.keyring import Keyring


def mac(keys: Keyring, kind: str, fields: Sequence[Any]) -> bytes:
    """Return the 32 bytes that a row of this kind with these fields carries."""
    return hmac.digest(keys.derive("authority"), _line(kind, fields), "sha256")


def proven(keys: Keyring, stored: bytes | None, kind: str, fields: Sequence[Any]) -> bool:
    """Whether a row carries what a holder of one of these master keys made."""
    return any(hmac.compare_digest(stored or b"", mac(ring, kind, fields)) for ring in keys.every)


def _line(kind: str, fields: Sequence[Any]) -> bytes:
    plain = [one.timestamp() if isinstance(one, datetime) else one for one in fields]
    return orjson.dumps([kind, *plain], default=lambda one: one.hex() if isinstance(one, bytes) else str(one))
