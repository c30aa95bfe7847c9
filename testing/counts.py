"""How much of what was there was found, and how much of what was found was there."""

from __future__ import annotations

from dataclasses import dataclass

BETA = 2.0


def f_score(precision: float, recall: float, beta: float = BETA) -> float:
    if not precision and not recall:
        return 0.0
    return (1 + beta * beta) * precision * recall / (beta * beta * precision + recall)


@dataclass
class Counts:
    """Hits, and how many there were to find and were found."""

    hit: int = 0
    gold: int = 0
    hit_predicted: int = 0
    predicted: int = 0

    @property
    def recall(self) -> float:
        return self.hit / self.gold if self.gold else 0.0

    @property
    def precision(self) -> float:
        return self.hit_predicted / self.predicted if self.predicted else 0.0

    @property
    def f2(self) -> float:
        return f_score(self.precision, self.recall)
