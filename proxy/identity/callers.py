"""One question, two kinds of credential: an API key of ours, or a bearer token of the organisation's issuer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from proxy.core.records import Principal

_KEY_PREFIX = "cp_"


class _Finder(Protocol):
    async def find(self, presented: str) -> Principal | None: ...


@dataclass(frozen=True, slots=True)
class Callers:
    """Asks the store for API keys and the issuer for everything else."""

    keys: _Finder
    tokens: _Finder | None = None

    async def find(self, presented: str) -> Principal | None:
        """Return the caller, or None when what was presented is not valid now."""
        if presented.startswith(_KEY_PREFIX):
            return await self.keys.find(presented)
        return None if self.tokens is None else await self.tokens.find(presented)
