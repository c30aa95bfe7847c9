"""Write the trained model as a 32-bit GGUF file that llama.cpp loads, with numpy and gguf alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from tokenizers import Tokenizer

from training.toy.corpus import CHAT_TEMPLATE, END
from training.toy.model import Llama


def write_gguf(model: Llama, tokenizer: Tokenizer, out: Path) -> None:
    """Write weights, vocabulary and chat template to ``out``."""
    writer = gguf.GGUFWriter(out, "llama")
    _describe(writer, model)
    _vocabulary(writer, json.loads(tokenizer.to_str()))
    for name, weights in model.state_dict().items():
        writer.add_tensor(name, np.ascontiguousarray(weights.numpy(), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter, model: Llama) -> None:
    shape = model.shape
    writer.add_name("compliance-proxy toy")
    writer.add_description("A toy of 0.15 million parameters that shows the in-region path; not a language model")
    writer.add_license("Apache-2.0")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _vocabulary(writer: gguf.GGUFWriter, tokenizer: dict[str, Any]) -> None:
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    ids = {**tokenizer["model"]["vocab"], **special}
    tokens = sorted(ids, key=lambda token: ids[token])
    merges = tokenizer["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(ids["<s>"])
    writer.add_eos_token_id(ids[END])
    writer.add_unk_token_id(ids["<unk>"])
    writer.add_add_bos_token(value=False)
    writer.add_chat_template(CHAT_TEMPLATE)
