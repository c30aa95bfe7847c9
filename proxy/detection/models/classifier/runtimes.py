"""What runs the model of a Hugging Face folder: torch with safetensors, or ONNX Runtime.

A model is loaded on the CPU and moves to the GPU, if there is one, when ``settle`` is called: in the process that
reads, because CUDA does not survive a fork.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from proxy.detection.models.classifier.spans import Floats

_INPUTS: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_LOGITS: Final = "logits"
_ONNX: Final = ".onnx"
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class Runtime(Protocol):
    """A loaded model."""

    def settle(self) -> None:
        """Move to the GPU, if there is one; once, in the process that reads."""

    def logits(self, ids: list[int]) -> Floats:
        """Return [tokens, labels] of one window, special tokens included."""


def runtime(weights: Path) -> Runtime:
    """Load a file of weights, and what lies beside it.

    Raises:
        ImportError: ``transformers`` or ``onnxruntime`` is not installed.
        ValueError: an ONNX model asks for something other than tokens, or gives something other than logits.

    """
    return OnnxRuntime(weights) if weights.suffix == _ONNX else TorchRuntime(weights.parent)


class TorchRuntime:
    """A model in safetensors, as ``transformers`` builds it; no code of the folder is run."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForTokenClassification  # noqa: PLC0415 -- optional

        loaded: Any = AutoModelForTokenClassification.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
        self._model = loaded.eval()
        self._device = "cpu"

    def settle(self) -> None:
        import torch  # noqa: PLC0415 -- only where a model runs

        if torch.cuda.is_available():
            self._device = "cuda"
            self._model.to(self._device)

    def logits(self, ids: list[int]) -> Floats:
        import torch  # noqa: PLC0415 -- only where a model runs

        with torch.inference_mode():
            rows = self._model(input_ids=torch.tensor([ids], device=self._device)).logits[0]
        scores: Floats = rows.float().cpu().numpy()
        return scores


class OnnxRuntime:
    """A model as an ONNX graph, with its weights inside or in a file beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._session = self._opened(_CPU)
        self._inputs = {input_.name for input_ in self._session.get_inputs()}
        if "input_ids" not in self._inputs or not self._inputs <= _INPUTS:
            raise ValueError(f"{file.name}: inputs {', '.join(sorted(self._inputs))} instead of input_ids")
        outputs = {output.name for output in self._session.get_outputs()}
        if _LOGITS not in outputs:
            raise ValueError(f"{file.name}: outputs {', '.join(sorted(outputs))} instead of {_LOGITS}")

    def _opened(self, *providers: str) -> Any:
        import onnxruntime  # noqa: PLC0415 -- optional

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # threads would not survive a fork
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(str(self._file), options, providers=list(providers))

    def settle(self) -> None:
        import onnxruntime  # noqa: PLC0415 -- optional

        if _CUDA in onnxruntime.get_available_providers():
            self._session = self._opened(_CUDA, _CPU)

    def logits(self, ids: list[int]) -> Floats:
        row = np.array([ids], dtype=np.int64)
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        (scores,) = self._session.run([_LOGITS], {name: inputs[name] for name in self._inputs})
        rows: Floats = scores[0].astype(np.float32)
        return rows
