from __future__ import annotations

from pathlib import Path

import gguf

from proxy.embedded import model_server
from training.toy import corpus


def test_shipped_toy_is_what_the_training_writes():
    """Small, ours, and with the chat format that it was trained on."""
    assert model_server.TOY_MODEL.stat().st_size < 1_000_000
    fields = gguf.GGUFReader(model_server.TOY_MODEL).fields
    assert fields["general.license"].contents() == "Apache-2.0"
    assert fields["tokenizer.chat_template"].contents() == corpus.CHAT_TEMPLATE
    assert "toy" in fields["general.name"].contents()


def test_toy_is_a_name_and_anything_else_a_file():
    assert model_server._model("toy") == model_server.TOY_MODEL
    assert model_server._model("/models/a.gguf") == Path("/models/a.gguf")
