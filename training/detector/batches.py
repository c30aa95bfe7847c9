"""Windows into padded batches, and the loss where several labels would be right."""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch
from torch import Tensor

from proxy.detection.models.classifier.tokens import CLS, LOWER, SEP, batches
from training.detector.examples import Example


def shuffled(rows: list[Example], rng: random.Random, size: int = 1400, pool: int = 600) -> Iterator[list[Example]]:
    """Batches of at most ``size`` padded tokens, from shuffled pools sorted by length."""
    order = rows[:]
    rng.shuffle(order)
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        groups = batches([len(row.ids) + 2 for row in part], size)
        rng.shuffle(groups)
        yield from ([part[index] for index in group] for group in groups)


def tensors(rows: list[Example], device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return int64 ids and shapes, bool presence, int64 rows of right labels (-1: a mark), each [windows, longest]."""
    width = max(len(row.ids) for row in rows) + 2
    ids, shapes = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.long)
    allowed = torch.full((len(rows), width), -1, dtype=torch.long)
    present = torch.zeros(len(rows), width, dtype=torch.bool)
    for index, row in enumerate(rows):
        count = len(row.ids) + 2
        ids[index, :count] = torch.tensor([CLS, *row.ids, SEP])
        shapes[index, :count] = torch.tensor([LOWER, *row.shapes, LOWER])
        allowed[index, 1 : count - 1] = torch.tensor(row.allowed)
        present[index, :count] = True
    return ids.to(device), shapes.to(device), present.to(device), allowed.to(device)


def partial_loss(logits: Tensor, allowed: Tensor, table: Tensor) -> Tensor:
    """Negative log of the probability of all right labels together, over the tokens of the windows."""
    inside = allowed >= 0
    scores = logits[inside].float().log_softmax(-1)
    right = scores.masked_fill(~table[allowed[inside]], -1e9).logsumexp(-1)
    return -right.mean()
