from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.detection.models.classifier import load
from proxy.detection.models.classifier.folder import ALIASES, _bare, _columns
from proxy.detection.versions import detector_versions
from testing.local_classifiers import in_onnx, in_onnx_with_data_beside, in_safetensors

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("made", [in_safetensors, in_onnx, in_onnx_with_data_beside])
def test_a_local_folder_answers_in_contract_types(tmp_path: Path, made: Any) -> None:
    made(tmp_path)
    classifier = load(tmp_path)
    assert classifier is not None
    classifier.settle()
    (findings,) = classifier.find(["Anna lives here."])
    assert [(f.entity_type, f.start, f.end) for f in findings] == [("PERSON", 0, 4)]


@pytest.mark.parametrize(
    ("made", "file"),
    [
        (in_safetensors, "model.safetensors"),
        (in_onnx, "model.onnx"),
        (in_onnx_with_data_beside, "onnx/model.onnx_data"),
    ],
)
def test_its_version_follows_its_weights(tmp_path: Path, made: Any, file: str) -> None:
    made(tmp_path)
    before = load(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes() + b"\0")
    assert before is not None
    assert [one.version for one in detector_versions((), tmp_path) if one.id == "classifier"] != [before.version]


def test_an_incomplete_folder_holds_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "O"}}), encoding="utf-8")
    assert load(tmp_path) is None


def test_prefixes_come_off_and_columns_line_up() -> None:
    assert [_bare(label) for label in ("B-PER", "I-PER", "PER", "BANK")] == ["PER", "PER", "PER", "BANK"]
    assert _columns({0: "O", 1: "B-PER", 2: "I-PER", 3: "MISC"}, ["PER"]) == [0, 1, 2, 0]
    assert ALIASES["PER"] == "PERSON"
