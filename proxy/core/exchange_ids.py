"""Ids of exchanges: the UTC day in one says in which partition of the log its records are (``audit.day_of``)."""

from __future__ import annotations

import secrets
import uuid

_VERSION, _VARIANT = 7, 0b10


def exchange_id(now: float) -> str:
    """Return a UUID of version 7 (RFC 9562, 5.7): the millisecond, in Unix seconds, and 74 random bits."""
    head, tail = secrets.randbits(12), secrets.randbits(62)
    return str(uuid.UUID(int=int(now * 1000) << 80 | _VERSION << 76 | head << 64 | _VARIANT << 62 | tail))
