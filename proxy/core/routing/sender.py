"""Senders: failures of a target are counted per sender, because one sender's say nothing about another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.core.records import Exchange, Payload


@dataclass(frozen=True, slots=True)
class Sender:
    """A tenant, the kinds of input in its request, and its dialect."""

    tenant: str = ""
    inputs: frozenset[str] = frozenset()  # kinds of input besides text: image, audio, file ...
    dialect: str = ""
    credential: str = field(default="", repr=False, compare=False)  # the caller's own; "" for none
    accounts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  # header -> account


NOBODY = Sender()


def sender_of(exchange: Exchange, payload: Payload) -> Sender:
    """Return the sender of this payload."""
    kinds = {part.media.partition("/")[0] for part in payload.opaque}
    if payload.documents:
        kinds.add("file")
    declared = exchange.declared
    return Sender(
        exchange.principal.tenant,
        frozenset(kinds),
        exchange.dialect,
        declared.target_credential,
        declared.target_accounts,
    )
