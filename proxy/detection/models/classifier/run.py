"""Run the encoder over windows that lie end to end: none sees another, and nothing is padded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from proxy.detection.models import arithmetic
from proxy.detection.models.classifier import weights
from proxy.detection.models.classifier.encoder import Encoder, packed
from proxy.detection.models.classifier.spans import Floats
from proxy.detection.models.classifier.tokens import CLS, LOWER, PAD, SEP

#: Tokens in one pass: enough to fill the kernels, few enough for the processor's cache and a worker's memory.
PASS: Final = 384
#: Passes are filled up to a multiple of this many tokens: kernels are made for each length up to a block, and kept.
TILE: Final = 16

Rows = Sequence[list[int]]


def scorer(file: Path) -> Callable[[Rows, Rows], list[Floats]]:
    """Load the weights and return the function that scores windows with them.

    It is run once for every length of a block, so that processes forked later share the kernels.
    """
    arithmetic.pin()
    model = weights.read(file)
    for length in range(TILE, weights.BLOCK + 1, TILE):
        run(model, [[PAD] * (length - 2)], [[LOWER] * (length - 2)])
    return lambda ids, shapes: run(model, ids, shapes)


def run(model: Encoder, ids: Rows, shapes: Rows, tile: int = TILE) -> list[Floats]:
    """Label probabilities [pieces, labels] of every window, in order; each as if the window were read alone.

    Passes are filled up to a multiple of ``tile`` tokens.
    """
    answers: list[Floats] = []
    with torch.inference_mode(), _one_thread():
        for group in _passes(ids):
            marked = [_marked(CLS, ids[index], SEP) for index in group]
            written = [_marked(LOWER, shapes[index], LOWER) for index in group]
            filler = [PAD] * (-sum(map(len, marked)) % tile)
            lengths = [len(row) for row in (*marked, filler)]
            places = torch.cat([torch.arange(length) for length in lengths])
            logits = model(_joined([*marked, filler]), _joined([*written, filler]), places, packed(lengths))
            answers += [rows[1:-1].numpy() for rows in logits.softmax(-1).float().split(lengths)[:-1]]
    return answers


@contextmanager
def _one_thread() -> Iterator[None]:
    """How a product is shared among threads changes its last bits; one is also the fastest for windows this short."""
    threads = torch.get_num_threads()
    if threads > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if threads > 1:
            torch.set_num_threads(threads)


def _passes(ids: Rows) -> Iterator[range]:
    """Consecutive windows, at most ``PASS`` tokens together (one window at least)."""
    first, total = 0, 0
    for index, row in enumerate(ids):
        if index > first and total + len(row) + 2 > PASS:
            yield range(first, index)
            first, total = index, 0
        total += len(row) + 2
    if first < len(ids):
        yield range(first, len(ids))


def _joined(rows: Rows) -> Tensor:
    return torch.tensor(list(chain.from_iterable(rows)))


def _marked(first: int, row: list[int], last: int) -> list[int]:
    return [first, *row, last]
