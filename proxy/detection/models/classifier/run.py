"""Run the encoder over windows that lie end to end: none sees another, and nothing is padded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from proxy.detection.models import arithmetic
from proxy.detection.models.classifier import weights
from proxy.detection.models.classifier.encoder import Encoder, Packed
from proxy.detection.models.classifier.spans import Floats
from proxy.detection.models.classifier.tokens import CLS, LOWER, PAD, SEP

#: Tokens in one pass: the more, the less often the weights are fetched; few enough for a worker's memory.
PASS: Final = 448
#: Passes are filled up to one of these lengths: kernels of a megabyte and a half are made for each, and kept.
LENGTHS: Final = (16, 32, 48, 64, 80, 96, 128, 160, 192, 224, 256, 288, 320, 384, PASS)

#: Pieces that are put around a window.
_MARKS: Final = 2

#: Tokens of the windows that kernels are made with; every length is a multiple.
_SHORT: Final = 16

Rows = Sequence[list[int]]


def scorer(file: Path) -> Callable[[Rows, Rows], list[Floats]]:
    """Load the weights and return the function that scores windows with them."""
    arithmetic.pin()
    model = weights.read(file)
    _make_kernels(model)
    return lambda ids, shapes: run(model, ids, shapes)


def _make_kernels(model: Encoder) -> None:
    """Make the kernels of every length now, so that processes forked later share them: one layer has those of all."""
    with torch.inference_mode(), _one_thread():
        for length in LENGTHS:
            model.layers[0](torch.zeros(length, *model.norm.normalized_shape), Packed([_SHORT] * (length // _SHORT)))


def run(model: Encoder, ids: Rows, shapes: Rows, lengths: Sequence[int] = LENGTHS) -> list[Floats]:
    """Label probabilities [pieces, labels] of every window, in order; each as if the window were read alone.

    Passes are filled up to the next of ``lengths``, those that are longer stay as they are.
    """
    answers: dict[int, Floats] = {}
    with torch.inference_mode(), _one_thread():
        for group in _passes([len(row) + _MARKS for row in ids]):
            marked = [_marked(CLS, ids[index], SEP) for index in group]
            written = [_marked(LOWER, shapes[index], LOWER) for index in group]
            filler = [PAD] * _lacking(sum(map(len, marked)), lengths)
            sizes = [len(row) for row in (*marked, filler)]
            places = _joined([range(size) for size in sizes])
            logits = model(_joined([*marked, filler]), _joined([*written, filler]), places, Packed(sizes))
            probabilities = logits.softmax(-1).float().split(sizes)
            answers |= {index: rows[1:-1].numpy() for index, rows in zip(group, probabilities[:-1], strict=True)}
    return [answers[index] for index in range(len(ids))]


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


def _passes(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Share windows out among passes of at most ``PASS`` tokens (one window at least), the longest first.

    What room a pass has left is filled with the shortest.
    """
    left = deque(sorted(range(len(sizes)), key=lambda index: -sizes[index]))
    while left:
        group = [left.popleft()]
        room = PASS - sizes[group[0]]
        for take, end in ((left.popleft, 0), (left.pop, -1)):
            while left and sizes[left[end]] <= room:
                group.append(take())
                room -= sizes[group[-1]]
        yield group


def _lacking(total: int, lengths: Sequence[int]) -> int:
    """Return how many tokens a pass lacks of the next length."""
    return next((length - total for length in lengths if length >= total), 0)


def _joined(rows: Sequence[Sequence[int]]) -> Tensor:
    return torch.tensor(list(chain.from_iterable(rows)))


def _marked(first: int, row: list[int], last: int) -> list[int]:
    return [first, *row, last]
