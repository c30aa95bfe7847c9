"""Finds callers by two kinds of credential: an API key of ours, or a bearer token of the organisation's issuer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from proxy.core.records import Principal

_KEY_PREFIX = "cp_"


class _Finder(Protocol):
    async def find(self, presented: str) -> Principal | None: ...


@dataclass(frozen=True, slots=True)
class Callers:
    """Looks API keys up in the store, and everything else at the issuer."""

    keys: _Finder
    tokens: _Finder | None = None

    async def find(self, presented: str) -> Principal | None:
        """Return the caller, or None if the credential is not valid now."""
        if presented.startswith(_KEY_PREFIX):
            return await self.keys.find(presented)
        return None if self.tokens is None else await self.tokens.find(presented)
