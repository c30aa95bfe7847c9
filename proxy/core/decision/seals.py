"""Content that a target has signed or encrypted: it may return to that target unread, and to no other third party.

Sealed reasoning (``signature``, ``encrypted_content``, ``thoughtSignature``) must return unchanged, or the provider
refuses the next turn. To the target that sealed it for the same tenant it reveals nothing new. The vault remembers that
target with digests of what it sealed in a reply, for as long as a pseudonym; without such an entry the content is an
opaque part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.core.records import OpaquePart, Payload, SealedPart

#: The media type of an opaque part that a target has signed or encrypted.
SEALED = "sealed"
#: Sealed texts of one reply whose maker is remembered.
MOST = 1_000


def domain(tenant: str) -> str:
    """Return the vault domain of a tenant's seals; no conversation's domain begins with it."""
    return f"{tenant}\x1f\x1f\x1fsealed\x1f"


def name(text: str) -> str:
    """Return the vault's name of a sealed text: its SHA-256, which the vault keys."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def names(payload: Payload) -> list[str]:
    """Return the names of everything sealed in a request, sorted."""
    return sorted({name(text) for seal in payload.seals for text in seal.texts})


class SealedNames:
    """Collects the names of what is sealed in one reply, the first ``MOST`` of them; others have no known maker."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._names: dict[str, None] = {}
        self._taken = False
        for text in texts:
            self(text)

    def __call__(self, text: str) -> None:
        """Take a sealed text."""
        if len(self._names) < MOST:
            self._names[name(text)] = None

    def take(self) -> list[str]:
        """Return the names, once."""
        names, self._taken = [] if self._taken else list(self._names), True
        return names


def attributed(payload: Payload, makers: Mapping[str, str]) -> Payload:
    """Return the payload with the target that sealed each part, if known; the texts of the seals are dropped."""
    owners: dict[str, set[str]] = {}
    for seal in payload.seals:
        owners.setdefault(seal.path, set()).add(_maker(seal, makers))
    return replace(
        payload,
        opaque=tuple(_parts(payload.opaque, owners)),
        other_opaque=tuple(_parts(payload.other_opaque, owners)),
        seals=(),
    )


def _maker(seal: SealedPart, makers: Mapping[str, str]) -> str:
    """Return the target that made everything under a seal, "" if unknown or more than one."""
    owners = {makers.get(name(text), "") for text in seal.texts}
    return owners.pop() if len(owners) == 1 else ""


def _parts(parts: Sequence[OpaquePart], owners: Mapping[str, set[str]]) -> Iterator[OpaquePart]:
    for part in parts:
        if part.media == SEALED and part.path in owners:
            yield from (replace(part, sealed_by=maker) for maker in sorted(owners[part.path]))
        else:
            yield part
