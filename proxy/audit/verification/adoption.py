"""Adoption: an operator's word, sealed, that chains from before there were seals are what they were then. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from proxy.audit.records.chain import Head
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification.findings import Adoption

EVENT = "chains_adopted"
_AT_ONCE = 500


def facts(heads: Mapping[str, Head], by: str, reason: str, former: Sequence[VerifierKey]) -> Iterator[dict[str, Any]]:
    """Yield the facts of the events that adopt chains; ``former`` keys may have signed their checkpoints."""
    rows = [[writer, head.seq, head.hash.hex()] for writer, head in sorted(heads.items())]
    for start in range(0, len(rows), _AT_ONCE):
        said = {"by": by, "reason": reason[:200], "chains": rows[start : start + _AT_ONCE]}
        yield {**said, "former_keys": [str(key) for key in former]}


class Adopted:
    """What the adopting events say; each counts once its own place is found to be under a sound seal."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.places: dict[tuple[str, int], Adoption] = {}
        self.former: tuple[VerifierKey, ...] = ()
        self._by: dict[str, tuple[str, int]] = {}

    def add(self, place: tuple[str, int], at: datetime, said: Mapping[str, Any]) -> None:
        """Take in one event. The first that names a chain counts.

        Raises:
            ValueError, KeyError, TypeError: it is not an adoption's.

        """
        chains = {str(name): Head(int(seq), bytes.fromhex(made)) for name, seq, made in said["chains"]}
        former = tuple(VerifierKey.parse(key) for key in said["former_keys"])
        records = sum(head.seq for head in chains.values())
        self.places[place] = Adoption(at, str(said["by"]), str(said["reason"]), len(chains), records)
        self.former = self.former or former
        for name, head in chains.items():
            if name not in self.heads:
                self.heads[name], self._by[name] = head, place

    def counted(self, covered: Mapping[tuple[str, int], bool]) -> dict[str, Head]:
        """Return the heads of the chains whose adopting event stands under a sound seal."""
        return {name: head for name, head in self.heads.items() if covered.get(self._by[name], False)}

    def adoptions(self, covered: Mapping[tuple[str, int], bool]) -> Sequence[Adoption]:
        """Return the adoptions that count."""
        return [one for place, one in self.places.items() if covered.get(place, False)]
