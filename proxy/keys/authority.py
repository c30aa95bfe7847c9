"""Authenticates rows that the product obeys: who writes to the database alone cannot make one.

A row carries HMAC-SHA-256 of its columns under a key of the master key, in ``master_key.proof``. One without is not
obeyed, and ``audit verify`` names it. What is authenticated of a kind are the columns before ``mac`` in its statement,
and the row's ``generation``: how often it was proven. The log has that too, so that an older row with its proof of then
is noticed (``authority_check``).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, LiteralString

import orjson

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError
from proxy.runtime import database

STATEMENTS = database.statements(Path(__file__).with_name("authority.sql"))
#: The role that each kind of row is read and proven with, and what it is called.
KINDS: Mapping[str, tuple[LiteralString, str]] = {
    "api_key": (database.IDENTITY, "the API key"),
    "grant": (database.IDENTITY, "the break-glass grant"),
    "restriction": (database.IDENTITY, "the restriction"),
    "lift": (database.IDENTITY, "the end of the restriction"),
    "request": (database.IDENTITY, "the request for a second person"),
    "approval": (database.IDENTITY, "the approval of the purge"),
    "hold": (database.IDENTITY, "the hold"),
    "revision": (database.REGISTRY, "the registry's revision"),
    "activation": (database.REGISTRY, "the registry's activation"),
    "quarantine": (database.REGISTRY, "the quarantine"),
    "clearance": (database.REGISTRY, "the end of the quarantine"),
    "export": (database.EXPORTER, "the export"),
    "schedule": (database.EXPORTER, "the schedule"),
}


@dataclass(frozen=True, slots=True)
class Authority:
    """Rows of one kind, and the keys that authenticate them."""

    kind: str
    keys: Keyring = field(repr=False)

    @property
    def rows(self) -> LiteralString:
        """The statement that selects all of them."""
        return STATEMENTS[self.kind]

    def where(self, condition: LiteralString) -> LiteralString:
        """Return the statement that selects those of which a condition on "r" holds, in the order that it names."""
        return f"SELECT * FROM ({self.rows}) r WHERE {condition}"  # noqa: S608 - no value is in it

    @property
    def row(self) -> LiteralString:
        """The statement that selects the one with the id ``$1``."""
        return self.where("r.id = $1")

    def mac(self, row: Mapping[str, Any]) -> bytes:
        """Return the 32 bytes that this row carries in its generation."""
        return _mac(self.keys, self.kind, row)

    def proven(self, row: Mapping[str, Any]) -> bool:
        """Whether the row carries what a holder of one of these master keys made."""
        stored = row["mac"] or b""
        return any(hmac.compare_digest(stored, _mac(ring, self.kind, row)) for ring in self.keys.every)

    async def of(self, connection: Any, identity: str) -> Any | None:
        """Return the row with this id if it is proven, None if there is none that is."""
        row = await connection.fetchrow(self.row, identity)
        return row if row is not None and self.proven(row) else None

    async def prove(self, connection: Any, identity: str, meant: Mapping[str, Any]) -> Any:
        """Authenticate a row in the transaction that wrote it; what is not meant, such as the server's times, as it is.

        Raises:
            ConfigurationError: it is not what was meant: something in the database changes what is written.

        """
        row = await connection.fetchrow(self.row, identity)
        if row is None or any(row[name] != value for name, value in meant.items()):
            raise ConfigurationError(f"{KINDS[self.kind][1]} {identity} is not stored as it was written")
        grown = {**row, "generation": (row["generation"] or 0) + 1}
        proof = self.mac(grown), self.keys.key_id, grown["generation"]
        await connection.execute(STATEMENTS["prove"], self.kind, identity, *proof)
        return row

    async def prove_changed(self, connection: Any, before: Mapping[str, Any], changed: Mapping[str, Any]) -> Any:
        """Authenticate a row that was ``before``, where that was proven; ``changed``: new values, ``...`` for any."""
        if not self.proven(before):
            return None
        meant = {name: value for name, value in {**stated(before), **changed}.items() if value is not ...}
        return await self.prove(connection, before["id"], meant)


def stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is authenticated of a row: the columns before ``mac``."""
    return dict(takewhile(lambda item: item[0] != "mac", row.items()))


async def prove_again(dsn: str, keys: Keyring) -> int:
    """Authenticate what former keys authenticated with the one in force; return how many rows that were.

    Raises:
        asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

    """
    moved = 0
    for role in dict.fromkeys(role for role, _ in KINDS.values()):
        connection = await database.connect(dsn, role)
        try:
            for kind in (kind for kind, (owner, _) in KINDS.items() if owner == role):
                authority, current = Authority(kind, keys), Authority(kind, Keyring(keys.master))
                for row in await connection.fetch(authority.rows):
                    if authority.proven(row) and not current.proven(row):
                        await current.prove(connection, row["id"], stated(row))
                        moved += 1
        finally:
            await connection.close()
    return moved


def _mac(keys: Keyring, kind: str, row: Mapping[str, Any]) -> bytes:
    line = orjson.dumps([kind, row["generation"], *map(_plain, stated(row).items())], default=str)
    return hmac.digest(keys.derive("authority"), line, "sha256")


def _plain(item: tuple[str, Any]) -> Sequence[Any]:
    name, value = item
    if isinstance(value, datetime):
        return name, value.timestamp()
    return name, value.hex() if isinstance(value, bytes) else value
