"""Seals originals anew with the master key in force, so that nothing here needs the one before it any more.

An entry carries its domain and its pseudonym, sealed: with both masters at hand it is opened and put under the name the
new one gives it, with the expiry it had. A conversation whose originals were moved mints with the new master then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.core.keyring import Keyring
from proxy.errors import VaultUnavailableError
from proxy.runtime import database
from proxy.vault.postgres import SQL, PostgresVault
from proxy.vault.sealing import Sealers

_AT_ONCE = 500


async def reseal(vault: PostgresVault) -> tuple[int, int]:
    """Return how many entries of other masters were sealed anew, and how many were not.

    Left are those that were stored before domain and pseudonym were kept, and those that were altered.

    Raises:
        VaultUnavailableError: the store cannot be reached; what was moved stays moved.

    """
    moved = left = 0
    for old in vault.keyring.others:
        done, kept = await _moved(vault, Sealers(old), Sealers(Keyring(vault.keyring.master)))
        moved, left = moved + done, left + kept
    return moved, left


async def _moved(vault: PostgresVault, old: Sealers, new: Sealers) -> tuple[int, int]:
    moved = left = 0
    after = (b"", b"")
    while True:
        with database.raising(VaultUnavailableError):
            rows = await vault.connected.fetch(SQL["sealed_by"], old.keyring.key_id, *after, _AT_ONCE)
            made = [one for row in rows if (one := _anew(row, old, new)) is not None]
            if made:
                moved += await vault.connected.fetchval(
                    SQL["reseal"], *map(list, zip(*made, strict=True)), new.keyring.key_id
                )
        left += len(rows) - len(made)
        if len(rows) < _AT_ONCE:
            return moved, left
        after = (rows[-1]["domain"], rows[-1]["pseudonym"])


def _anew(row: Mapping[str, Any], old: Sealers, new: Sealers) -> tuple[bytes, ...] | None:
    """Return an entry's old and new place and its new contents, None where it cannot be opened."""
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
