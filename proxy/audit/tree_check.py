"""Checks the log of seals: no leaf missing, every note and anchored line signed and of this very log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from proxy.audit import former, notes
from proxy.audit.keys import VerifierKey
from proxy.audit.seal import Seal
from proxy.audit.tree import Growing


class TreeCheck:
    """Lets the tree grow leaf by leaf and compares its root wherever a note or an anchor names its size."""

    def __init__(self, trusted: VerifierKey, signed: Mapping[int, str], anchor: Sequence[str]) -> None:
        self._trusted = trusted
        self.grown = Growing()
        self.problems: list[str] = []
        self.witnessed = 0  # the largest size that an anchor confirms
        self._noted: set[int] = set()
        self._broken = False
        self._notes = self._read_notes(signed)
        self._anchored = self._read_anchor([line for line in anchor if not former.is_line(line)])
        self._compare()

    def _read_notes(self, signed: Mapping[int, str]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for size, text in signed.items():
            said = notes.opened(text, self._trusted)
            if said is None or said.size != size:
                self.problems.append(f"checkpoint {size} is not signed by this installation's key")
            else:
                found[size] = said.root
        return found

    def _read_anchor(self, lines: Sequence[str]) -> dict[int, set[bytes]]:
        found: dict[int, set[bytes]] = {}
        for number, line in enumerate(lines, 1):
            said = notes.anchored(line, self._trusted)
            if said is None:
                self.problems.append(f"line {number} of the anchor is not signed by this installation's key")
            else:
                found.setdefault(said.size, set()).add(said.root)
        return found

    def feed(self, leaf: int, noted: int, seal: Seal | None) -> None:
        """Take the next leaf of the log."""
        self._noted.add(noted)
        if self._broken:
            return
        if leaf != self.grown.size or seal is None:
            what = f"seal {leaf} of the log was removed" if seal is None else f"leaf {self.grown.size} is missing"
            self.problems.append(what)
            self._broken = True
            return
        self.grown.append(seal.leaf(self._trusted.origin))
        self._compare()

    def _compare(self) -> None:
        size, root = self.grown.size, self.grown.root
        if self._notes.get(size, root) != root:
            self.problems.append(f"checkpoint {size} was signed over other seals")
        if (said := self._anchored.get(size)) is None:
            return
        if said == {root}:
            self.witnessed = size
        else:
            self.problems.append(f"checkpoint {size} is not the one that was anchored")

    def end(self) -> Iterable[str]:
        """Return everything that is wrong with the log."""
        size, known = self.grown.size, {*self._notes, *self._anchored}
        if not self._broken and (longest := max(known, default=0)) > size:
            self.problems.append(f"the log holds {size} seals, and {longest} were signed: its newest records are gone")
        held = [one for one in self._noted if one not in self._notes]
        lost = sorted({*held, *(one for one in self._anchored if one not in self._notes)})
        if lost:
            self.problems.append(f"{len(lost)} checkpoints are missing, the first of size {lost[0]}")
        if size and size not in self._notes and size not in lost:
            self.problems.append(f"the checkpoint over all {size} seals is missing")
        return self.problems
