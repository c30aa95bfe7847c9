from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxy.detection.models.classifier import load
from proxy.detection.models.classifier.folder import ALIASES, _bare, _columns
from proxy.detection.versions import detector_versions

pytestmark = pytest.mark.heavy


transformers = pytest.importorskip("transformers")

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "anna", "lives", "here", "."]
LABELS = {0: "O", 1: "B-FIRSTNAME", 2: "I-FIRSTNAME"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny BERT whose head says FIRSTNAME for "anna" and O for all else."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=160, id2label=LABELS, label2id={label: i for i, label in LABELS.items()},
    )  # fmt: skip
    torch.manual_seed(1)
    model = transformers.BertForTokenClassification(config).eval()
    with torch.no_grad():
        hidden = model.bert(input_ids=torch.tensor([[2, 4, 5, 6, 7, 3]])).last_hidden_state[0]
        mean = hidden[2:5].mean(0)
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.bias[2] = -20
        model.classifier.weight[1] = 20 * (hidden[1] - mean)
        model.classifier.bias[1] = -20 * ((hidden[1] - mean) @ (hidden[1] + mean)) / 2
    model.save_pretrained(tmp_path)
    return tmp_path


def test_a_local_folder_answers_in_contract_types(folder: Path) -> None:
    classifier = load(folder)
    assert classifier is not None
    (findings,) = classifier.find(["Anna lives here."])
    assert [(f.entity_type, f.start, f.end) for f in findings] == [("PERSON", 0, 4)]


def test_its_version_follows_its_weights(folder: Path) -> None:
    before = load(folder)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes() + b"\0")
    assert before is not None
    assert [one.version for one in detector_versions((), folder) if one.id == "classifier"] != [before.version]


def test_an_incomplete_folder_holds_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "O"}}), encoding="utf-8")
    assert load(tmp_path) is None


def test_prefixes_come_off_and_columns_line_up() -> None:
    assert [_bare(label) for label in ("B-PER", "I-PER", "PER", "BANK")] == ["PER", "PER", "PER", "BANK"]
    assert _columns({0: "O", 1: "B-PER", 2: "I-PER", 3: "MISC"}, ["PER"]) == [0, 1, 2, 0]
    assert ALIASES["PER"] == "PERSON"
