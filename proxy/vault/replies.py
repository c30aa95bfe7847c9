"""Replies that may answer equal requests again, beside the pseudonyms that they hold.

Named by a keyed digest of what equal requests have in common, sealed with the key of their domain, expiring by the
database's clock, bounded per tenant: the oldest go first. What erases a pseudonym erases every reply that holds it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from proxy.errors import VaultUnavailableError
from proxy.ports import ReplyTerms
from proxy.runtime import database
from proxy.runtime.offload import run_in_thread_if_large
from proxy.vault.postgres import RENEW_BELOW, SQL, PostgresVault

#: A tenant's replies are trimmed once this part of what it may have was written.
_PART = 64


@dataclass(eq=False)
class PostgresReplies:
    """Implements ``ports.Replies``. A tenant has at most ``rows`` and ``size`` bytes, and a 64th more per process."""

    vault: PostgresVault
    size: int
    rows: int = 10_000
    _rows: Counter[bytes] = field(default_factory=Counter)  # written since the last trim, by tenant
    _bytes: Counter[bytes] = field(default_factory=Counter)

    @property
    def longest_s(self) -> int:
        """For how long one is kept at the most, seconds: no longer than its pseudonyms."""
        return int(self.vault.ttl_s * RENEW_BELOW)

    async def find(self, domain: str, identity: bytes, max_age_s: int) -> tuple[bytes, float] | None:
        """Return the reply that was kept for an equal request, and its age in seconds; None if there is none so young.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        sealer = (await self.vault.sealers_of(domain)).of(domain)
        name = await run_in_thread_if_large(len(identity), partial(sealer.reply_name, identity))
        with database.raising(VaultUnavailableError):
            row = await self.vault.connected.fetchrow(SQL["find_reply"], sealer.name, name, max(0, max_age_s))
        if row is None:
            return None
        reply = await run_in_thread_if_large(len(row["sealed"]), partial(sealer.open_reply, name, row["sealed"]))
        return None if reply is None else (reply, row["age_s"])

    async def put(self, domain: str, identity: bytes, reply: bytes, terms: ReplyTerms) -> bool:
        """Keep a reply and return whether it was: not one that is too large, or about values that were erased since.

        None of a tenant is kept while an erasure of its runs: a request does not wait for that.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        sealers = await self.vault.sealers_of(domain)
        sealer = sealers.of(domain)
        name = await run_in_thread_if_large(len(identity), partial(sealer.reply_name, identity))
        sealed = await run_in_thread_if_large(len(reply), partial(sealer.seal_reply, name, reply))
        if len(sealed) > self.size:
            return False
        pseudonyms = [sealer.digest(pseudonym) for pseudonym in terms.pseudonyms]
        with database.raising(VaultUnavailableError):
            async with self.vault.connected.acquire() as connection, connection.transaction():
                if not await connection.fetchval(SQL["reply_turn"], sealer.tenant):
                    return False
                tag = await connection.execute(
                    SQL["put_reply"], sealer.name, name, sealer.tenant, sealer.activity, terms.subject, pseudonyms,
                    sealed, sealers.keyring.key_id, terms.age_s, terms.lifetime_s,
                )  # fmt: skip
        await self._trim(sealer.tenant, len(sealed))
        return bool(tag.endswith(" 1"))

    async def _trim(self, tenant: bytes, size: int) -> None:
        """Remove the tenant's oldest replies, where this process has written enough since it last did."""
        self._rows[tenant] += 1
        self._bytes[tenant] += size
        if self._rows[tenant] * _PART < self.rows and self._bytes[tenant] * _PART < self.size:
            return
        del self._rows[tenant], self._bytes[tenant]
        with database.raising(VaultUnavailableError):
            await self.vault.connected.execute(SQL["trim_replies"], tenant, self.rows, self.size)
