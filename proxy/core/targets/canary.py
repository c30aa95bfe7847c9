"""Canaries, which serve a share of a route's conversations before all of them, and mirrors, which get copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Canary:
    """A ``share`` of the conversations, in [0, 1], and all of these ``tenants`` have ``target`` as first choice."""

    target: str = ""  # "" for none
    share: float = 0.0
    tenants: frozenset[str] = frozenset()

    def takes(self, tenant: str, draw: float) -> bool:
        """Whether a conversation goes to the canary, by its draw in (0, 1]."""
        return tenant in self.tenants or draw <= self.share


NO_CANARY = Canary()
CANARY, PRIMARY = "canary", "primary"


class Split(NamedTuple):
    """On which side of its route's split a request is, whatever policy permits there."""

    arm: str  # CANARY or PRIMARY
    target: str  # the canary
    over: str  # the target that comes first without it
    drawn: bool  # by chance, so that both sides can be compared, and not for its tenant


@dataclass(frozen=True, slots=True)
class Move:
    """A canary of a route that would be promoted, from the first of its targets to the new one.

    ``tenant``, ``operation`` and ``model`` are what the route is for, "" for any.
    """

    old: str
    new: str
    tenant: str = ""
    operation: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Mirror:
    """``share`` is the fraction of the route's delivered requests that is copied, in (0, 1]."""

    target: str = ""  # "" for none
    share: float = 1.0


NO_MIRROR = Mirror()
