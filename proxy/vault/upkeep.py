"""Upkeep of the vault: originals are sealed again with the master key in force, and expired ones are removed.

Storage limitation (GDPR Art. 5(1)(e)) needs no timer of the operator's, and no original the previous master key.

An entry carries its domain and its pseudonym, sealed: with both master keys it is opened and stored under the name that
the new one gives it, with its old expiry. A conversation whose originals were moved then mints with the new key.
The seals of replies stay: only digests of them are stored, and they expire by themselves. Replies kept for equal
requests go: the next one is kept anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.core.keyring import Keyring
from proxy.errors import VaultUnavailableError
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.vault.postgres import SQL, PostgresVault
from proxy.vault.sealing import Sealers

_AT_ONCE = 500


async def reseal(vault: PostgresVault) -> tuple[int, int]:
    """Return how many entries of other master keys were sealed again, and how many were not.

    Those stored before domain and pseudonym were recorded, and those that were altered, stay as they are.

    Raises:
        VaultUnavailableError: the store cannot be reached; entries already moved stay moved.

    """
    moved = skipped = 0
    for old in vault.keyring.read_only:
        with database.raising(VaultUnavailableError):
            await vault.connected.execute(SQL["drop_replies"], old.key_id)
        resealed, unreadable = await _reseal_from(vault, Sealers(old), Sealers(Keyring(vault.keyring.master)))
        moved, skipped = moved + resealed, skipped + unreadable
    return moved, skipped


async def _reseal_from(vault: PostgresVault, old: Sealers, new: Sealers) -> tuple[int, int]:
    moved = skipped = 0
    after = (b"", b"")
    while True:
        with database.raising(VaultUnavailableError):
            rows = await vault.connected.fetch(SQL["sealed_by"], old.keyring.key_id, *after, _AT_ONCE)
            entries = [entry for row in rows if (entry := _resealed(row, old, new)) is not None]
            if entries:
                moved += await vault.connected.fetchval(
                    SQL["reseal"], *map(list, zip(*entries, strict=True)), new.keyring.key_id
                )
        skipped += len(rows) - len(entries)
        if len(rows) < _AT_ONCE:
            return moved, skipped
        after = (rows[-1]["domain"], rows[-1]["pseudonym"])


def _resealed(row: Mapping[str, Any], old: Sealers, new: Sealers) -> tuple[bytes, ...] | None:
    """Return an entry's old and new place with its new contents, None if it cannot be opened."""
    domain = old.domain(row["domain"], row["origin"]) if row["origin"] is not None else None
    if domain is None or row["named"] is None:
        return None
    before, after = old.of(domain), new.of(domain)
    pseudonym = before.pseudonym(row["pseudonym"], row["named"])
    original = before.open(row["pseudonym"], row["sealed"])
    if pseudonym is None or original is None:
        return None
    digest = after.digest(pseudonym)
    return (
        row["domain"], row["pseudonym"], after.name, digest, after.tenant, after.activity, after.seal(digest, original),
        after.named(digest, pseudonym), after.origin,
    )  # fmt: skip


@dataclass(eq=False)
class Expiry:
    """Purges the vault every ``period_s`` seconds, in one process at a time.

    ``purged`` is called with the number of originals removed, if any. ``overdue_s`` is the age of the oldest original
    beyond its expiry as of the last run, seconds.
    """

    vault: PostgresVault
    purged: Callable[[int], Awaitable[None]]
    period_s: float = 3600.0
    overdue_s: float = 0.0
    _background: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin now, then run periodically."""
        self._background.start("vault expiry", self._run())

    async def close(self) -> None:
        """Stop."""
        await self._background.stop()

    async def purge(self) -> int:
        """Remove what has expired; return how many originals.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        removed = await self.vault.purge()
        if removed:
            await self.purged(removed)
        self.overdue_s = await self.vault.overdue_s()
        return removed

    async def _run(self) -> None:
        while True:
            try:
                await self.purge()
            except VaultUnavailableError:
                logger().warning("vault_not_purged")
            await asyncio.sleep(self.period_s)
