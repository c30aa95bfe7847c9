"""Run the encoder over windows, end to end on a CPU, in padded batches on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from proxy.detection.classifier import weights
from proxy.detection.classifier.encoder import Encoder, packed, padded
from proxy.detection.classifier.spans import Floats
from proxy.detection.classifier.tokens import CLS, LOWER, PAD, SEP, batches

#: Tokens in one pass on a CPU: enough to fill the kernels, small enough to stay in the processor's cache.
PASS: Final = 768
_GPU_PASS: Final = 24_576

Rows = Sequence[list[int]]


def scorer(file: Path) -> Callable[[Rows, Rows], list[Floats]]:
    """Load the weights and return the function that scores windows with them."""
    model, device = weights.read(file)
    run = on_cpu if device.type == "cpu" else on_gpu
    return lambda ids, shapes: run(model, ids, shapes)


def on_cpu(model: Encoder, ids: Rows, shapes: Rows) -> list[Floats]:
    """Label probabilities [pieces, labels] of every window, in order. Nothing is padded."""
    answers: list[Floats] = []
    with torch.inference_mode():
        for group in _passes(ids):
            marked = [_marked(CLS, ids[index], SEP) for index in group]
            written = [_marked(LOWER, shapes[index], LOWER) for index in group]
            lengths = [len(row) for row in marked]
            places = torch.cat([torch.arange(length) for length in lengths])
            logits = model(_joined(marked), _joined(written), places, packed(lengths))
            answers += [rows[1:-1].numpy() for rows in logits.softmax(-1).split(lengths)]
    return answers


def on_gpu(model: Encoder, ids: Rows, shapes: Rows) -> list[Floats]:
    """As ``on_cpu``, in padded batches of windows of similar length."""
    device = next(model.parameters()).device
    answers: list[Floats] = [np.empty((0, 0), dtype=np.float32)] * len(ids)
    with torch.inference_mode():
        for group in batches([len(row) + 2 for row in ids], _GPU_PASS):
            width = max(len(ids[index]) for index in group) + 2
            tokens = torch.tensor([_marked(CLS, ids[index], SEP, width, PAD) for index in group])
            written = torch.tensor([_marked(LOWER, shapes[index], LOWER, width, LOWER) for index in group])
            lengths = torch.tensor([len(ids[index]) + 2 for index in group])
            present = (torch.arange(width)[None, :] < lengths[:, None]).to(device)
            places = torch.arange(width, device=device).expand(len(group), width)
            logits = model(tokens.to(device), written.to(device), places, padded(present))
            for index, rows in zip(group, logits.float().softmax(-1).cpu().numpy(), strict=True):
                answers[index] = rows[1 : len(ids[index]) + 1]
    return answers


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


def _marked(first: int, row: list[int], last: int, width: int = 0, fill: int = 0) -> list[int]:
    return [first, *row, last, *[fill] * (width - len(row) - 2)]
