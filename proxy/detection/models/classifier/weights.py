"""The shipped weights into a model that runs in int8 on a CPU, with the same answer beside any other text.

File format (safetensors, written by ``training.detector.export``): matrices are int8 with one float32 scale per row
(``<name>.scale``), everything else is float32. ``activations.json`` beside it, written by
``training.detector.calibrate``, holds the range [low, high] of what goes into each int8 layer: taken once, over texts
of our own, and never over what happens to be read together.

A value takes eight bits. oneDNN's kernels add them up as whole numbers (AMX and VNNI alike); those of older processors
saturate, so there the float form adds the same integers: sums stay far below the 24 bits that a float32 holds. Both
then multiply by the scale, add the bias and add what the product is added to, rounding each time, so all machines get
the same bits. GELU is oneDNN's own in both; its forms for AVX-512 and for AVX2 differ in the last bit.
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
from torch.nn import functional

from proxy.detection.models.classifier.encoder import WHOLE, Encoder, Packed, Sizes, steps_in_one

RANGES: Final = "activations.json"
#: Layers that run in int8, of each layer of the encoder.
PARTS: Final = ("attend", "project", "expand", "contract")
_STEPS: Final = 255
#: Low and high end of what goes into one layer.
Range = Sequence[float]


class Grid:
    """The eight-bit numbers that a layer's input is rounded to: ``step`` apart, ``zero`` of them below nought.

    Values may come multiplied by ``unit``, a power of two.
    """

    def __init__(self, ends: Range, unit: int = 1) -> None:
        low, high = min(ends[0], 0.0), max(ends[1], 0.0)
        self.step = max(high - low, 1e-6) / _STEPS
        self.zero = round(-low / self.step)
        self._apart = self.step * unit

    def steps(self, values: Tensor) -> Tensor:
        """Return how many steps each value is from the low end, uint8; those beyond the grid count as its ends.

        Steps are returned as they are.
        """
        if values.dtype is torch.uint8:
            return values
        tensor = torch.quantize_per_tensor(values, self._apart, self.zero, torch.quint8)
        steps: Any = torch.empty(0, dtype=torch.uint8)
        same: Tensor = steps.set_(tensor.untyped_storage(), 0, values.shape)  # not copied
        return same


class Int8Linear(nn.Module):
    """A linear layer in int8: weights with a scale per row, input on a grid.

    With a grid ``behind`` it, GELU follows, and what is returned are the steps of that grid, uint8.
    """

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor, grid: Grid, behind: Grid | None = None) -> None:
        super().__init__()
        packed = torch.ops.onednn.qlinear_prepack(weight, None)
        self._weights = (packed, scale * grid.step, torch.zeros(len(scale), dtype=torch.int32))
        self._bias, self._grid = bias, grid
        plain = (1.0, 0, torch.float32, "none")
        self._form = plain if behind is None else (behind.step, behind.zero, torch.uint8, "gelu")

    def forward(self, values: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return the product of values, or of their steps; ``onto`` is added to, and overwritten."""
        rows = (self._grid.steps(values), 1.0, self._grid.zero, *self._weights)
        product = torch.ops.onednn.qlinear_pointwise
        result: Tensor = (
            product(*rows, self._bias, *self._form, [], "none")
            if onto is None
            else product.binary(*rows, onto, self._bias, 1.0, 0, torch.float32, 1.0, 0, "sum", 1.0, "none", [], "none")
        )
        return result


class WholeLinear(nn.Module):
    """The same layer for a torch without int8 kernels: whole numbers in float32, so the same sums."""

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor, grid: Grid, behind: Grid | None = None) -> None:
        super().__init__()
        self._weight = weight.float().t().contiguous()
        self._scale, self._bias, self._grid, self._behind = scale * grid.step, bias, grid, behind

    def forward(self, values: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return the product of values, or of their steps; ``onto`` is added to it."""
        steps = self._grid.steps(values).float() - self._grid.zero
        product = (steps @ self._weight).mul_(self._scale).add_(self._bias)
        if self._behind is not None:
            return self._behind.steps(functional.gelu(product))
        return product if onto is None else product.add_(onto)


class Int8Layer(nn.Module):
    """A layer of the encoder (``Layer``) with its products in int8; its input is overwritten."""

    def __init__(self, layer: Any, products: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.heads: int = layer.heads
        self.norm_attention, self.norm_output = layer.norm_attention, layer.norm_output
        self.attend, self.project, self.expand, self.contract = (products[part] for part in PARTS)

    def forward(self, hidden: Tensor, attention: Packed) -> Tensor:
        mixed = attention.mixed(self.attend(hidden), self.heads)
        hidden = self.norm_attention(self.project(mixed, hidden))
        normed: Tensor = self.norm_output(self.contract(self.expand(hidden), hidden))
        return normed


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
        return self._weight.index_select(0, ids).float().mul_(self._scale.index_select(0, ids).unsqueeze(-1))


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
        grids = {part: Grid(ranges[f"layers.{index}.{part}"], WHOLE if part == "project" else 1) for part in PARTS}
        products = {}
        for part in PARTS:
            name = f"layers.{index}.{part}"
            weight, scale, bias = (tensors.pop(f"{name}.{end}") for end in ("weight", "weight.scale", "bias"))
            if part == "attend":  # in the steps that attention takes
                unit = steps_in_one(len(weight) // 3, layer.heads)
                scale, bias = scale * unit, bias * unit
            behind = grids["contract"] if part == "expand" else None
            products[part] = kind(weight, scale, bias, grids[part], behind)
        model.layers[index] = Int8Layer(layer, products)


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
    with torch.device("meta"):  # every value comes from the file
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
