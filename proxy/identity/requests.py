"""What one person asks for and another approves: erasures, purges, the beginning and the end of holds."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError
from proxy.keys.authority import Authority
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("requests.sql"))
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_REFUSED = "a ticket has at most 64 characters of [A-Za-z0-9._:/-]"


class Asked(NamedTuple):
    """What was asked for: act is erase_subject, purge_days, place_hold or release_hold, about a handle, day, hold."""

    id: str
    act: str
    tenant: str
    about: str
    ticket: str
    requested_by: str

    @property
    def terms(self) -> dict[str, str]:
        """What an approval approves."""
        return {"act": self.act, "about": self.about, "ticket": self.ticket, "requested_by": self.requested_by}


def fresh(prefix: str) -> str:
    """Return a new id: the prefix and twelve letters or digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(12))


async def write(connection: Any, keys: Keyring, asked: Asked) -> None:
    """Store a request, within a transaction. Only who has the master key can make one that counts.

    Raises:
        ConfigurationError: the ticket is malformed.
        asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

    """
    try:
        await connection.execute(_SQL["request"], *asked)
    except asyncpg.CheckViolationError as error:
        raise ConfigurationError(_REFUSED) from error
    await Authority("request", keys).prove(connection, asked.id, asked._asdict())


async def find(connection: Any, keys: Keyring, request: str) -> Asked | None:
    """Return a request, None if nobody who has the master key made one with this id.

    Raises:
        asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

    """
    row = await Authority("request", keys).of(connection, request)
    return None if row is None else Asked(*(row[name] for name in Asked._fields))
