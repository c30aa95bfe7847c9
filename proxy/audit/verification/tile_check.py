"""Checks the stored roots of full tiles against the leaves that they are computed from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proxy.audit.sealing import tree
from proxy.audit.sealing.tiles import WIDTH


class TileCheck:
    """Takes the leaf hashes in order; ``stored`` are roots by level and number. Those that lie ahead may be missing."""

    def __init__(self, stored: Mapping[tuple[int, int], bytes]) -> None:
        self._stored = dict(stored)
        self._last = dict(sorted(stored))  # the highest number of each level
        self._open: list[list[bytes]] = [[]]
        self._full: list[int] = [0]
        self.problems: list[str] = []

    def feed(self, hashed: bytes, level: int = 0) -> None:
        """Take the next hash of a level."""
        self._open[level].append(hashed)
        if len(self._open[level]) < WIDTH:
            return
        root, number = tree.root(self._open[level]), self._full[level]
        self._open[level], self._full[level] = [], number + 1
        stored = self._stored.pop((level, number), None)
        if stored is None and number < self._last.get(level, 0):
            self.problems.append(f"the root of tile {level}/{number} of the log was removed")
        elif stored is not None and stored != root:
            self.problems.append(f"the stored root of tile {level}/{number} of the log is not that of its seals")
        if level + 1 == len(self._open):
            self._open.append([])
            self._full.append(0)
        self.feed(root, level + 1)

    def end(self) -> Iterable[str]:
        """Return everything that is wrong with the stored roots."""
        for level, number in self._stored:
            self.problems.append(f"a root is stored for tile {level}/{number}, which the log has not filled")
        return self.problems
