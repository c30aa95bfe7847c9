from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from proxy.detection.models.classifier.runtimes import runtime
from testing.local_classifiers import PIECES, described, graph, in_onnx, in_safetensors

pytestmark = pytest.mark.heavy
ROW = [PIECES.index(piece) for piece in ("[CLS]", "anna", "lives", "[SEP]")]


@pytest.mark.parametrize(("made", "file"), [(in_safetensors, "model.safetensors"), (in_onnx, "model.onnx")])
def test_a_window_gets_a_row_of_labels_for_each_token(tmp_path: Path, made, file) -> None:
    made(tmp_path)
    model = runtime(tmp_path / file)
    model.settle()
    logits = model.logits(ROW)
    assert (logits.dtype, logits.shape) == (np.float32, (4, 3))
    assert logits.argmax(-1).tolist()[1:3] == [1, 0]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (graph(("pixels",)), "inputs pixels instead of input_ids"),
        (graph(output="last_hidden_state"), "outputs last_hidden_state instead of logits"),
    ],
)
def test_an_onnx_model_of_another_kind_is_refused_by_its_ends(tmp_path: Path, other, said) -> None:
    described(tmp_path)
    onnx.save(other, tmp_path / "model.onnx")
    with pytest.raises(ValueError, match=rf"model\.onnx: {said}"):
        runtime(tmp_path / "model.onnx")
