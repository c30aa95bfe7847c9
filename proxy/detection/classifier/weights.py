"""The shipped weights into a model that runs: int8 on a CPU, half precision on a GPU.

File format (safetensors, written by ``training.detector.export``): matrices are int8 with one float32 scale per row
(``<name>.scale``), everything else is float32.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from proxy.detection.classifier.encoder import Encoder, Sizes


class Int8Linear(nn.Module):
    """A linear layer whose weights are int8 and whose input is quantised as it comes, per tensor."""

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor) -> None:
        super().__init__()
        zero = torch.zeros(weight.shape[0], dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch 2.13 announces the end of quantised tensors for a later release
            quantised = torch._make_per_channel_quantized_tensor(weight, scale.double(), zero, 0)  # noqa: SLF001
            self._packed: Any = torch.ops.quantized.linear_prepack(quantised, bias)
        # without VNNI the 8-bit product saturates, so the input gets seven bits
        self._narrow = not torch.cpu._is_vnni_supported()  # noqa: SLF001

    def forward(self, values: Tensor) -> Tensor:
        product: Tensor = torch.ops.quantized.linear_dynamic(values, self._packed, self._narrow)
        return product


class Int8Embedding(nn.Module):
    """A look-up table in int8 with one scale per row."""

    def __init__(self, weight: Tensor, scale: Tensor) -> None:
        super().__init__()
        self._weight, self._scale = weight, scale

    def forward(self, ids: Tensor) -> Tensor:
        return self._weight[ids].float() * self._scale[ids].unsqueeze(-1)


def _sizes(tensors: dict[str, Tensor]) -> Sizes:
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


def _narrow(model: Encoder, tensors: dict[str, Tensor]) -> None:
    """Swap the wide layers for int8 ones and take their tensors out of the dictionary."""
    words = "words.weight"
    model.words = Int8Embedding(tensors.pop(words), tensors.pop(f"{words}.scale"))
    for index, layer in enumerate(model.layers):
        for part in ("attend", "project", "expand", "contract"):
            name = f"layers.{index}.{part}"
            weight, scale = tensors.pop(f"{name}.weight"), tensors.pop(f"{name}.weight.scale")
            setattr(layer, part, Int8Linear(weight, scale, tensors.pop(f"{name}.bias")))


def _runs_int8() -> bool:
    return bool(set(torch.backends.quantized.supported_engines) & {"fbgemm", "x86", "onednn", "qnnpack"})


def read(file: Path) -> tuple[Encoder, torch.device]:
    """Load a weights file. A model on the CPU runs in int8 where torch can, else in float32."""
    tensors = load_file(file)
    gpu = torch.cuda.is_available()
    narrow = not gpu and _runs_int8()
    sizes = _sizes(tensors)
    model = Encoder(replace(sizes, vocabulary=1) if narrow else sizes)
    if narrow:
        _narrow(model, tensors)
    model.load_state_dict(_plain(tensors), assign=True)
    model.eval().requires_grad_(requires_grad=False)
    return (model.half().to("cuda"), torch.device("cuda")) if gpu else (model, torch.device("cpu"))
