"""Checks the log of seals: no leaf missing, every note and anchored line signed and of this very log. Pure."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.succession import Speaker, Succession
from proxy.audit.sealing.tree import Growing


class TreeCheck:
    """Lets the tree grow leaf by leaf and compares its root wherever a note or an anchor names its size."""

    def __init__(
        self,
        keys: Succession,
        signed: Mapping[int, str],
        anchor: Sequence[str],
        start: Growing | None = None,
        peaks: Mapping[int, bytes] | None = None,
    ) -> None:
        """``signed`` are notes by size, ``peaks`` what is stored beside each."""
        self._keys = keys
        self.signed_by: Counter[str] = Counter()  # notes of each key
        self.grown = start or Growing()
        self.problems: list[str] = []
        self.witnessed = 0  # the largest size that an anchor confirms
        self._noted: set[int] = set()
        self._broken = False
        self._misplaced = False
        self._sizes, self._peaks = sorted(signed), peaks or {}
        self._notes = self._read_notes(signed)
        self._anchored = self._read_anchor(anchor)
        self._compare()

    def _read_notes(self, signed: Mapping[int, str]) -> dict[int, bytes]:
        roots: dict[int, bytes] = {}
        for size, text in signed.items():
            note = self._counting(self._keys.note(text), f"checkpoint {size}")
            if note is not None and note.size == size:
                roots[size] = note.root
            elif note is not None:
                self.problems.append(f"checkpoint {size} is the one over {note.size} seals")
        return roots

    def _counting(self, opened: tuple[Note, Speaker] | None, what: str) -> Note | None:
        """Return what a note says where the key that signed it speaks for the installation, and did so then."""
        if opened is None:
            self.problems.append(f"{what} is not signed by this installation's key")
            return None
        note, speaker = opened
        if not speaker.signed(note.size):
            self.problems.append(f"{what} is signed by the key {speaker.key.id.hex()} after that had ended")
            return None
        self.signed_by[str(speaker.key)] += 1
        return note

    def _read_anchor(self, lines: Sequence[str]) -> dict[int, set[bytes]]:
        roots: dict[int, set[bytes]] = {}
        for number, line in enumerate(lines, 1):
            note = self._counting(self._keys.anchored(line), f"line {number} of the anchor")
            if note is not None:
                roots.setdefault(note.size, set()).add(note.root)
        return roots

    def feed(self, leaf: int, noted: int, seal: BatchSeal | None) -> None:
        """Take the next leaf of the log."""
        self._noted.add(noted)
        if self._broken:
            return
        self._set_leaf(leaf, noted)
        if leaf != self.grown.size or seal is None:
            what = f"seal {leaf} of the log was removed" if seal is None else f"leaf {self.grown.size} is missing"
            self.problems.append(what)
            self._broken = True
            return
        self.grown.append(seal.leaf(self._keys.origin))
        self._compare()

    def _set_leaf(self, leaf: int, noted: int) -> None:
        """A leaf names the first checkpoint over it; that is not signed, and proofs and exports begin there."""
        first = next(iter(self._sizes[bisect.bisect_right(self._sizes, leaf) :]), noted)
        if noted != first and noted in self._sizes and not self._misplaced:
            self.problems.append(f"leaf {leaf} is said to be first under checkpoint {noted}, and is under {first}")
            self._misplaced = True

    def _compare(self) -> None:
        size = self.grown.size
        if size not in self._notes and size not in self._peaks and size not in self._anchored:
            return
        root = self.grown.root
        if self._notes.get(size, root) != root:
            self.problems.append(f"checkpoint {size} was signed over other seals")
        if self._peaks.get(size, self.grown.packed) != self.grown.packed:
            self.problems.append(f"the hashes stored beside checkpoint {size} are not those of its log")
        if (roots := self._anchored.get(size)) is None:
            return
        if roots == {root}:
            self.witnessed = size
        else:
            self.problems.append(f"checkpoint {size} is not the one that was anchored")

    def end(self) -> Iterable[str]:
        """Return everything that is wrong with the log."""
        size, sizes = self.grown.size, {*self._notes, *self._anchored}
        if not self._broken and (longest := max(sizes, default=0)) > size:
            self.problems.append(f"the log holds {size} seals, and {longest} were signed: its newest records are gone")
        missing = [note for note in self._noted if note not in self._notes]
        lost = sorted({*missing, *(size for size in self._anchored if size not in self._notes)})
        if lost:
            self.problems.append(f"{len(lost)} checkpoints are missing, the first of size {lost[0]}")
        if size and size not in self._notes and size not in lost:
            self.problems.append(f"the checkpoint over all {size} seals is missing")
        return self.problems
