"""The shipped weights into a model that runs in int8 on a CPU, with the same answer beside any other text.

File format (safetensors, written by ``training.detector.export``): matrices are int8 with one float32 scale per row
(``<name>.scale``), everything else is float32. ``activations.json`` beside it, written by
``training.detector.calibrate``, holds the range [low, high] of what goes into each int8 layer: taken once, over texts
of our own, and never over what happens to be read together.

A value takes eight bits. oneDNN's kernels add them up as whole numbers (AMX and VNNI alike); those of older processors
saturate, so there the float form adds the same integers: sums stay far below the 24 bits that a float32 holds. Scale
and bias are applied by the same operation in both, so all machines get the same bits.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from proxy.detection.models.classifier.encoder import Encoder, Sizes

RANGES: Final = "activations.json"
#: Layers that run in int8, of each layer of the encoder.
PARTS: Final = ("attend", "project", "expand", "contract")
_STEPS: Final = 255
#: Low and high end of what goes into one layer.
Range = Sequence[float]


class Grid:
    """The eight-bit numbers that a layer's input is rounded to: ``step`` apart, ``zero`` of them below nought."""

    def __init__(self, ends: Range) -> None:
        low, high = min(ends[0], 0.0), max(ends[1], 0.0)
        self.step = max(high - low, 1e-6) / _STEPS
        self.zero = round(-low / self.step)

    def steps(self, values: Tensor) -> Tensor:
        """Return how many steps each value is from the low end, uint8; those beyond the grid count as its ends."""
        tensor = torch.quantize_per_tensor(values, self.step, self.zero, torch.quint8)
        steps: Any = torch.empty(0, dtype=torch.uint8)
        same: Tensor = steps.set_(tensor.untyped_storage(), 0, values.shape)  # not copied
        return same


class Int8Linear(nn.Module):
    """A linear layer in int8: weights with a scale per row, input on a grid."""

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor, grid: Grid) -> None:
        super().__init__()
        self._packed = torch.ops.onednn.qlinear_prepack(weight, None)
        self._ones, self._zeros = torch.ones(len(scale)), torch.zeros(len(scale), dtype=torch.int32)
        self._scale, self._bias, self._grid = scale * grid.step, bias, grid
        self._product = torch.ops.onednn.qlinear_pointwise

    def forward(self, values: Tensor) -> Tensor:
        weights = (self._packed, self._ones, self._zeros, None)
        rows = (self._grid.steps(values), 1.0, self._grid.zero)
        sums: Tensor = self._product(*rows, *weights, 1.0, 0, torch.float32, "none", [], "")
        return torch.addcmul(self._bias, sums, self._scale, out=sums)


class WholeLinear(nn.Module):
    """The same layer for a torch without int8 kernels: whole numbers in float32, so the same sums."""

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor, grid: Grid) -> None:
        super().__init__()
        self._weight = weight.float().t().contiguous()
        self._scale, self._bias, self._grid = scale * grid.step, bias, grid

    def forward(self, values: Tensor) -> Tensor:
        steps = self._grid.steps(values).float() - self._grid.zero
        return torch.addcmul(self._bias, steps @ self._weight, self._scale)


class Wide(nn.Module):
    """The last layer in float64, where the order of additions changes far less than any threshold resolves."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self._layer = layer.double()

    def forward(self, values: Tensor) -> Tensor:
        logits: Tensor = self._layer(values.double())
        return logits


class Int8Embedding(nn.Module):
    """A look-up table in int8 with one scale per row."""

    def __init__(self, weight: Tensor, scale: Tensor) -> None:
        super().__init__()
        self._weight, self._scale = weight, scale

    def forward(self, ids: Tensor) -> Tensor:
        return self._weight[ids].float() * self._scale[ids].unsqueeze(-1)


def sizes(tensors: Mapping[str, Tensor]) -> Sizes:
    """Return the dimensions that a weights file is of."""
    layers = {name.split(".")[1] for name in tensors if name.startswith("layers.")}
    return Sizes(
        vocabulary=tensors["words.weight"].shape[0],
        labels=tensors["head.weight"].shape[0],
        hidden=tensors["words.weight"].shape[1],
        layers=len(layers),
        inner=tensors["layers.0.expand.weight"].shape[0],
        positions=tensors["positions.weight"].shape[0],
        shapes=tensors["shapes.weight"].shape[0],
    )


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: value.float() * tensors[f"{name}.scale"][:, None] if f"{name}.scale" in tensors else value
        for name, value in tensors.items()
        if not name.endswith(".scale")
    }


def _narrow(model: Encoder, tensors: dict[str, Tensor], ranges: Mapping[str, Range]) -> None:
    """Swap the wide layers for int8 ones and take their tensors out of the dictionary."""
    words = "words.weight"
    model.words = Int8Embedding(tensors.pop(words), tensors.pop(f"{words}.scale"))
    kind = Int8Linear if _runs_int8() else WholeLinear
    for index, layer in enumerate(model.layers):
        for part in PARTS:
            name = f"layers.{index}.{part}"
            weight, scale = tensors.pop(f"{name}.weight"), tensors.pop(f"{name}.weight.scale")
            setattr(layer, part, kind(weight, scale, tensors.pop(f"{name}.bias"), Grid(ranges[name])))


@cache
def _runs_int8() -> bool:
    """Whether this machine has kernels that add products of eight bits without saturating."""
    most = torch.full((16, 64), float(_STEPS))
    grid = Grid((0.0, float(_STEPS)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch 2.13 announces the end of quantised tensors, once
        grid.steps(most)
    if not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return False
    layer = Int8Linear(torch.full((16, 64), 127, dtype=torch.int8), torch.ones(16), torch.zeros(16), grid)
    return bool((layer(most) == 127 * _STEPS * 64).all())


def read(file: Path) -> Encoder:
    """Load a weights file and the ranges beside it: wide layers in int8, the head in float64.

    Raises:
        FileNotFoundError: one of the two is missing.

    """
    ranges: dict[str, Range] = json.loads((file.parent / RANGES).read_text(encoding="utf-8"))
    tensors = load_file(file)
    model = Encoder(replace(sizes(tensors), vocabulary=1))
    _narrow(model, tensors, ranges)
    model.load_state_dict(_plain(tensors), assign=True)
    model.head = Wide(model.head)
    return model.eval().requires_grad_(requires_grad=False)


def floating(file: Path) -> Encoder:
    """Load a weights file in float32, to take the ranges from."""
    tensors = load_file(file)
    model = Encoder(sizes(tensors))
    model.load_state_dict(_plain(tensors), assign=True)
    return model.eval().requires_grad_(requires_grad=False)
