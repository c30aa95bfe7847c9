"""What a target has signed or encrypted comes back unread: it may return to that target, and to no other third party.

Reasoning that a provider seals (``signature``, ``encrypted_content``, ``thoughtSignature``) must return as it was, or
the next turn is refused. It tells its maker nothing that it did not make, for the same tenant. Who made it is
remembered in the vault, under a digest of each sealed text and for as long as a pseudonym; what nobody remembers is an
opaque part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.core.records import OpaquePart, Payload, SealedPart

#: The media by which policy knows an opaque part that its maker has signed or encrypted.
SEALED = "sealed"


def domain(tenant: str) -> str:
    """Return the vault's domain of a tenant's seals; no conversation begins in it."""
    return f"{tenant}\x1f\x1f\x1fsealed\x1f"


def name(text: str) -> str:
    """Return the name under which the vault remembers who sealed a text: its SHA-256, which the vault keys."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def names(payload: Payload) -> list[str]:
    """Return the names of everything sealed in a request, sorted."""
    return sorted({name(text) for seal in payload.seals for text in seal.texts})


def remembered(texts: Iterable[str], target: str) -> Mapping[str, str]:
    """Return what the vault is to keep of a reply: name -> who sealed it."""
    return {name(text): target for text in texts}


def told(payload: Payload, makers: Mapping[str, str]) -> Payload:
    """Return the payload with the maker of each sealed part where the vault knows one; texts under it are let go."""
    found: dict[str, set[str]] = {}
    for seal in payload.seals:
        found.setdefault(seal.path, set()).add(_maker(seal, makers))
    return replace(
        payload,
        opaque=tuple(_parts(payload.opaque, found)),
        opaque_otherwise=tuple(_parts(payload.opaque_otherwise, found)),
        seals=(),
    )


def _maker(seal: SealedPart, makers: Mapping[str, str]) -> str:
    """Return who made everything under a seal, "" where that is not one target or not known."""
    known = {makers.get(name(text), "") for text in seal.texts}
    return known.pop() if len(known) == 1 else ""


def _parts(parts: Sequence[OpaquePart], found: Mapping[str, set[str]]) -> Iterator[OpaquePart]:
    for part in parts:
        if part.media == SEALED and part.path in found:
            yield from (replace(part, sealed_by=maker) for maker in sorted(found[part.path]))
        else:
            yield part
