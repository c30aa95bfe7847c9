"""Train the language model and write ``proxy/detection/text/language_id.npz``.

``python -m training.language_id.train OUT``: about ten minutes on one core. A softmax over columns of the mean of
hashed letter groups (``proxy.detection.text.language_id.features``), words drawn by a power of their frequency, weights
in 8 bits.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch

from proxy.detection.text.language_id import features
from training.language_id.words import READ, Weighed, folded, groups

STEPS = 1_200
BATCH = 8_192
BUCKETS = 1 << 16
RATE = 1.5
#: Share of draws of a column.
_MASS = dict.fromkeys((*READ, "tech"), 2.0) | {"en": 3.0, "afri": 1.6, "misc": 1.6}
_UNACCENTED = 0.15


class Words:
    """The words of all columns, their features and the chance of each."""

    def __init__(self, columns: Sequence[Weighed]) -> None:
        self.features: list[np.ndarray] = []
        self.chances: list[np.ndarray] = []
        self.first: list[int] = []
        for column in columns:
            words: dict[str, float] = {}
            for word, share in column:
                words[word] = words.get(word, 0.0) + share
                if folded(word) != word:
                    words[folded(word)] = words.get(folded(word), 0.0) + share * _UNACCENTED
            power = np.array(list(words.values())) ** 0.75
            self.first.append(len(self.features))
            self.chances.append(np.cumsum(0.75 * power / power.sum() + 0.25 / len(power)))
            ids, starts = features(list(words))
            self.features += np.split(ids, starts[1:])

    def draw(self, columns: np.ndarray, generator: np.random.Generator) -> list[np.ndarray]:
        """Return the features of one word of each column."""
        drawn = np.empty(len(columns), dtype=np.int64)
        for column, chances in enumerate(self.chances):
            at = np.nonzero(columns == column)[0]
            place = np.searchsorted(chances, generator.random(len(at)))
            drawn[at] = self.first[column] + np.minimum(place, len(chances) - 1)
        return [self.features[number] for number in drawn]


def train(words: Words, mass: np.ndarray) -> np.ndarray:
    """Return the weights, one row for each bucket."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    table = torch.nn.EmbeddingBag(BUCKETS, len(mass), mode="mean")
    torch.nn.init.zeros_(table.weight)
    optimizer = torch.optim.Adagrad(table.parameters(), lr=RATE)
    prior = torch.tensor(np.log(mass), dtype=torch.float32)
    for step in range(STEPS):
        columns = generator.choice(len(mass), size=BATCH, p=mass)
        rows = words.draw(columns, generator)
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])[:-1]])
        scores = table(torch.from_numpy(np.concatenate(rows)), torch.from_numpy(starts)) + prior
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(columns))
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS) + 0.02
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(step, round(loss.item(), 3), flush=True)
    return table.weight.detach().numpy()


def main(out: str) -> None:
    """Train, quantise and write."""
    found = groups()
    names = list(found)
    mass = np.array([_MASS.get(name, 1.0) for name in names])
    weights = train(Words(list(found.values())), mass / mass.sum())
    scale = float(np.percentile(np.abs(weights), 99.95)) / 127
    quantised = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    np.savez_compressed(
        out, weights=quantised, scale=np.float32(scale), names=np.array(names, "S8"), read=len(READ) + 1
    )


if __name__ == "__main__":
    main(sys.argv[1])
