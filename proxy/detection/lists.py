"""What a tenant knows better: values that are never personal to it, and values that always are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.core.records import Finding
from proxy.detection.merge import disjoint

#: Types that carry a checksum or a fixed form: an allow-list cannot hide them.
CHECKED = frozenset(
    {
        "BANK_ACCOUNT", "CREDENTIAL", "CREDIT_CARD", "CARD_TRACK", "CRYPTO_WALLET", "CVV", "CARD_PIN", "HEALTH_PLAN_ID",
        "NATIONAL_ID", "NHS_NUMBER", "US_ITIN", "US_SSN",
    }
)  # fmt: skip
_DENIED_SCORE = 1.0


@dataclass(frozen=True)
class TenantLists:
    """``allow``: values (whole findings) that are no findings. ``deny``: value -> entity type, found wherever it is."""

    allow: frozenset[str] = frozenset()
    deny: Mapping[str, str] = field(default_factory=dict)

    def digest(self) -> bytes:
        """Name this state of the lists for a cache key."""
        mac = hashlib.blake2b(digest_size=16)
        for value in sorted(self.allow):
            mac.update(b"a" + value.casefold().encode() + b"\x00")
        for value, kind in sorted(self.deny.items()):
            mac.update(b"d" + value.casefold().encode() + b"\x00" + kind.encode() + b"\x00")
        return mac.digest()


class ListFilter:
    """The lists of one tenant, compiled."""

    def __init__(self, lists: TenantLists) -> None:
        self._allow = frozenset(_folded(value) for value in lists.allow)
        self._deny = {_folded(value): kind for value, kind in lists.deny.items() if value.strip()}
        longest = sorted((re.escape(value) for value in lists.deny if value.strip()), key=len, reverse=True)
        self._search = re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE) if longest else None
        self.digest = lists.digest()

    def apply(self, text: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Drop what is allowed, add what is denied."""
        kept = [f for f in findings if f.entity_type in CHECKED or _folded(text[f.start : f.end]) not in self._allow]
        if self._search is None:
            return tuple(kept)
        for match in self._search.finditer(text):
            kind = self._deny.get(_folded(match.group()), "PERSON")
            kept.append(Finding(kind, match.start(), match.end(), _DENIED_SCORE, "deny_list"))
        return disjoint(kept)


def _folded(value: str) -> str:
    return " ".join(value.casefold().split())
