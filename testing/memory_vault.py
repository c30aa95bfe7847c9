"""A vault and kept replies in memory, for tests: expiring; nothing survives a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.ports import Clock, ReplyTerms


@dataclass
class MemoryVault:
    """Implements ``ports.Vault``."""

    clock: Clock
    ttl_s: int = 7 * 86400
    seals: list[tuple[str, frozenset[str], str, float]] = field(default_factory=list)
    _stored: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    async def put(self, domain: str, pseudonyms: Mapping[str, str], subject: bytes = b"") -> None:
        """Store pseudonyms with their originals, or renew their expiry."""
        del subject
        expires = self.clock.now() + self.ttl_s
        for pseudonym, original in pseudonyms.items():
            self._stored[domain, pseudonym] = (original, expires)

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and have not expired."""
        now = self.clock.now()
        known = {pseudonym: self._stored.get((domain, pseudonym)) for pseudonym in pseudonyms}
        return {name: entry[0] for name, entry in known.items() if entry is not None and entry[1] > now}

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some pseudonyms of a domain."""
        for pseudonym in pseudonyms:
            self._stored.pop((domain, pseudonym), None)

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its expiry; return whether there is anything."""
        found = await self.find(domain, [pseudonym])
        if found:
            await self.put(domain, {pseudonym: change(found[pseudonym])})
        return bool(found)

    async def put_seals(self, domain: str, names: Sequence[str], target: str) -> None:
        """Remember which target sealed what has these names."""
        self.seals.append((domain, frozenset(names), target, self.clock.now() + self.ttl_s))

    async def makers(self, domain: str, names: Sequence[str]) -> Mapping[str, str]:
        """Return name -> target for those names that are remembered."""
        now = self.clock.now()
        rows = [(kept, target) for of, kept, target, expires in self.seals if of == domain and expires > now]
        return {name: target for kept, target in rows for name in names if name in kept}

    async def begun_with(self, domain: str) -> str:
        """Return "": nothing is sealed here."""
        del domain
        return ""

    async def purge(self) -> int:
        """Remove what has expired; return how many pseudonyms."""
        now = self.clock.now()
        expired = [key for key, (_, expires) in self._stored.items() if expires <= now]
        for key in expired:
            del self._stored[key]
        return len(expired)

    async def erase(self, domain: str) -> int:
        """Remove a domain; return how many pseudonyms can no longer be restored."""
        erased = [key for key in self._stored if key[0] == domain]
        for key in erased:
            del self._stored[key]
        return len(erased)


@dataclass
class MemoryReplies:
    """Implements ``ports.Replies``; a fault on demand."""

    clock: Clock
    raises: Exception | None = None
    longest_s: int = 7 * 86_400
    rows: dict[tuple[str, bytes], tuple[bytes, float, ReplyTerms]] = field(default_factory=dict)

    async def find(self, domain: str, identity: bytes, max_age_s: int) -> tuple[bytes, float] | None:
        """Return the reply that was kept for an equal request, and its age."""
        if self.raises is not None:
            raise self.raises
        reply, stored_at, terms = self.rows.get((domain, identity), (b"", -1e9, ReplyTerms((), b"", 0, 0)))
        age_s = self.clock.now() - stored_at
        return (reply, age_s) if age_s < min(max_age_s, terms.lifetime_s) else None

    async def put(self, domain: str, identity: bytes, reply: bytes, terms: ReplyTerms) -> bool:
        """Keep a reply."""
        if self.raises is not None:
            raise self.raises
        self.rows[domain, identity] = (reply, self.clock.now() - terms.age_s, terms)
        return True
