"""A vault in this process's memory, expiring: for tests and for trying things out. Nothing survives a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.ports import Clock


@dataclass
class MemoryVault:
    """Implements ``ports.Vault``."""

    clock: Clock
    ttl_s: int = 7 * 86400
    _kept: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    async def put(self, domain: str, pseudonyms: Mapping[str, str]) -> None:
        """Store, or refresh the expiry of, pseudonyms with their originals."""
        expires = self.clock.now() + self.ttl_s
        for pseudonym, original in pseudonyms.items():
            self._kept[domain, pseudonym] = (original, expires)

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and not expired."""
        now = self.clock.now()
        known = {pseudonym: self._kept.get((domain, pseudonym)) for pseudonym in pseudonyms}
        return {name: entry[0] for name, entry in known.items() if entry is not None and entry[1] > now}

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some of a domain."""
        for pseudonym in pseudonyms:
            self._kept.pop((domain, pseudonym), None)

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its life; return whether anything is."""
        found = await self.find(domain, [pseudonym])
        if found:
            await self.put(domain, {pseudonym: change(found[pseudonym])})
        return bool(found)

    async def begun_with(self, domain: str) -> str:
        """Return "": nothing here is sealed."""
        del domain
        return ""

    async def purge(self) -> int:
        """Remove what has expired; return how many."""
        now = self.clock.now()
        expired = [key for key, (_, expires) in self._kept.items() if expires <= now]
        for key in expired:
            del self._kept[key]
        return len(expired)

    async def erase(self, domain: str) -> int:
        """Remove a domain; return how many pseudonyms can no longer be put back."""
        gone = [key for key in self._kept if key[0] == domain]
        for key in gone:
            del self._kept[key]
        return len(gone)
