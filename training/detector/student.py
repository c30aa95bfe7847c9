"""A classifier with fewer layers, and how far it is from its teacher."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from proxy.detection.models.classifier import weights
from proxy.detection.models.classifier.encoder import Encoder, Packed, padded
from training.detector.batches import shuffled, tensors
from training.detector.examples import Example

_CPU = torch.device("cpu")


def student(teacher: Mapping[str, Tensor], kept: tuple[int, ...]) -> Encoder:
    """Return an encoder with the teacher's embeddings and head, and the layers whose numbers are ``kept``."""
    model = Encoder(replace(weights.sizes(teacher), layers=len(kept)))
    model.load_state_dict({own: value.clone() for name, value in teacher.items() if (own := _renamed(name, kept))})
    return model.eval().requires_grad_(requires_grad=True)  # eval: no dropout, there is text enough


def restored(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint, or of the weights in a folder, in float32."""
    if path.is_dir():
        return weights.floating(path / "model.safetensors").state_dict()
    stored: dict[str, Tensor] = torch.load(path, weights_only=True)
    return stored


def _renamed(name: str, kept: tuple[int, ...]) -> str:
    """Return the name of a teacher's tensor in the student, "" where the student has none."""
    room, _, rest = name.partition(".")
    if room != "layers":
        return name
    number, _, rest = rest.partition(".")
    return f"layers.{kept.index(int(number))}.{rest}" if int(number) in kept else ""


def scored(model: Encoder, rows: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return log-probabilities [windows, longest, labels] of padded ids, shapes and presence."""
    ids, shapes, present = rows
    places = torch.arange(ids.shape[1]).expand(ids.shape)
    return model(ids, shapes, places, padded(present)).float().log_softmax(-1)


def taught(teacher: Encoder, rows: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the same of a teacher, to learn from; it reads windows end to end, as it does where it ships."""
    ids, shapes, present = rows
    places = torch.arange(ids.shape[1]).expand(ids.shape)
    with torch.inference_mode():
        attention = Packed(present.sum(1).tolist())
        logits = teacher(ids[present], shapes[present], places[present], attention)
        answer = torch.zeros(*ids.shape, logits.shape[-1])
        answer[present] = logits.float().log_softmax(-1)
    return answer.clone()


def divergence(teacher: Tensor, learner: Tensor) -> Tensor:
    """Kullback-Leibler divergence per token, nats, of [tokens, labels] log-probabilities."""
    return (teacher.exp() * (teacher - learner)).sum(-1).mean()


def agreement(teacher: Encoder, learner: Encoder, windows: list[Example]) -> str:
    """Say how far the student is from the teacher on windows that it has not seen."""
    apart = tokens = differs = 0.0
    for batch in shuffled(windows, random.Random(0)):
        *rows, right = tensors(batch, _CPU)
        inside = right >= 0
        theirs = taught(teacher, (rows[0], rows[1], rows[2]))[inside]
        own = taught(learner, (rows[0], rows[1], rows[2]))[inside]
        apart += float(divergence(theirs, own)) * len(own)
        differs += int((theirs.argmax(-1) != own.argmax(-1)).sum())
        tokens += len(own)
    return f"divergence {apart / tokens:.4f}, another label on {100 * differs / tokens:.2f} % of the tokens"
