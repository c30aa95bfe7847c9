"""Quantise a trained encoder: int8 per row with one scale a row, in a safetensors file (no pickle)."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from proxy.detection.models.classifier.encoder import Encoder


def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric int8 in [-127, 127] and the float32 scale of every row."""
    scale = weight.abs().amax(1).clamp(min=1e-8) / 127
    return (weight / scale[:, None]).round().clamp(-127, 127).to(torch.int8), scale.float()


def write(model: Encoder, to: Path) -> int:
    """Write the weights and return the file's size in bytes.

    Matrices of the layers, the word embeddings and the positions are int8 with ``<name>.scale``; all else is float32.
    """
    narrow = {
        f"{name}.weight" for name, part in model.named_modules() if isinstance(part, nn.Linear) and name != "head"
    }
    narrow |= {"words.weight", "positions.weight"}
    tensors: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        if name in narrow:
            tensors[name], tensors[f"{name}.scale"] = quantise(value)
        else:
            tensors[name] = value.float().contiguous()
    save_file(tensors, to, metadata={"format": "pt"})
    to.chmod(0o644)
    return to.stat().st_size
