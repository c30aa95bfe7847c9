"""Folders as ``PROXY_CLASSIFIER`` takes them: models in miniature that know one given name, "Anna"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, external_data_helper, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

if TYPE_CHECKING:
    import transformers

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "anna", "lives", "here", "."]
LABELS = {0: "O", 1: "B-FIRSTNAME", 2: "I-FIRSTNAME"}
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def described(folder: Path, **sizes: int) -> transformers.BertConfig:
    """Write the tokenizer and the labels of a model that knows "Anna lives here."."""
    import transformers  # late: Presidio, imported after it, would load all of it

    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=len(PIECES), max_position_embeddings=160, id2label=LABELS,
        label2id={label: i for i, label in LABELS.items()}, **sizes,
    )  # fmt: skip
    config.save_pretrained(folder)
    return config


def in_safetensors(folder: Path) -> None:
    """A tiny BERT whose head says FIRSTNAME for "anna" and O for all else."""
    import torch
    import transformers

    config = described(folder, **SIZES)
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
    model.save_pretrained(folder)


def graph(
    inputs: tuple[str, ...] = ("input_ids", "attention_mask"), *, output: str = "logits", beside: str = ""
) -> onnx.ModelProto:
    """A graph that looks the labels of each piece up, and counts only what the mask lets through."""
    table = np.tile(np.array([8.0, 0.0, 0.0], dtype=np.float32), (len(PIECES), 1))
    table[PIECES.index("anna")] = (0.0, 8.0, 0.0)
    stored = numpy_helper.from_array(table, "table")
    nodes = [helper.make_node("Gather", ["table", inputs[0]], ["rows" if inputs[1:] else output])]
    if inputs[1:]:
        nodes.append(helper.make_node("Cast", [inputs[1]], ["shown"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Unsqueeze", ["shown", "last"], ["column"]))
        nodes.append(helper.make_node("Mul", ["rows", "column"], [output]))
    last = numpy_helper.from_array(np.array([2], dtype=np.int64), "last")
    shape: list[Any] = ["batch", "tokens"]
    made = helper.make_graph(
        nodes,
        "labels",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [*shape, len(LABELS)])],
        [stored, last],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    if beside:
        external_data_helper.convert_model_to_external_data(model, location=beside, size_threshold=0)
    return model


def in_onnx(folder: Path) -> None:
    described(folder)
    onnx.save(graph(), folder / "model.onnx")


def in_onnx_with_data_beside(folder: Path) -> None:
    """As large models are exported: in a folder of its own, weights in a second file."""
    described(folder)
    (folder / "onnx").mkdir()
    onnx.save(graph(("input_ids",), beside="model.onnx_data"), folder / "onnx" / "model.onnx")
