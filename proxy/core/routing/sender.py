"""On whose account a target is called: what fails for one sender says nothing of another."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.core.records import Exchange, Payload


@dataclass(frozen=True, slots=True)
class Sender:
    """A tenant, the kinds of input its request holds, and the dialect it speaks."""

    tenant: str = ""
    inputs: frozenset[str] = frozenset()  # kinds of input beside text: image, audio, file ...
    dialect: str = ""
    credential: str = field(default="", repr=False, compare=False)  # the caller's own, where it gave one


def sender_of(exchange: Exchange, payload: Payload) -> Sender:
    """Return on whose account targets are called for this payload."""
    kinds = {part.media.partition("/")[0] for part in payload.opaque}
    if payload.documents:
        kinds.add("file")
    return Sender(exchange.principal.tenant, frozenset(kinds), exchange.dialect, exchange.declared.target_credential)
