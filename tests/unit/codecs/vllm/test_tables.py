from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.vllm import APIS, DIALECT
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

API = {api.name: api for api in APIS}


def decode(name, **members):
    return API[name].decode(Incoming(orjson.dumps({"model": "m", **members})))


@pytest.mark.parametrize(
    "pair", [("text_1", "text_2"), ("data_1", "data_2"), ("queries", "documents")], ids=lambda pair: pair[0]
)
def test_what_is_compared_is_read(pair):
    payload = decode("vllm_score", **{pair[0]: "a", pair[1]: ["b", "c"]})
    assert [span.text for span in payload.spans] == ["a", "b", "c"]
    assert (payload.operation, payload.features) == (Operation.RERANK, ())


def test_a_reranking_is_coheres_at_another_path():
    payload = decode("vllm_rerank", query="a", documents=["b"], top_n=1)
    wire = API["vllm_rerank"].encode(payload, {}, "theirs")
    assert (wire.path, orjson.loads(wire.body)["model"]) == ("/v1/rerank", "theirs")
    assert TABLE.find("POST", "/v1/rerank", {}).dialect is DIALECT


@pytest.mark.parametrize("name", ["prompt_embeds", "messages", "data", "mm_processor_kwargs"])
def test_what_nobody_reads_is_a_feature(name):
    assert decode("vllm_pooling", input="a", **{name: ["x"]}).features == (name,)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("vllm_score", {}),
        ("vllm_score", {"text_1": "a", "text_2": [1, 2]}),
        (
            "vllm_score",
            {"data_1": {"content": [{"type": "image_url", "image_url": {"url": "https://x"}}]}, "data_2": "b"},
        ),
        ("vllm_classify", {"input": [1, 2]}),
        ("vllm_pooling", {"input": [[1]]}),
        ("vllm_pooling", {}),
        ("vllm_tokenize", {}),
        ("vllm_tokenize", {"prompt": [1, 2]}),
        ("vllm_tokenize", {"messages": []}),
        ("vllm_rerank", {"query": "a", "documents": [{"content": [{"type": "text", "text": "b"}]}]}),
    ],
)
def test_what_nobody_can_read_is_refused(name, members):
    with pytest.raises(MalformedRequestError):
        decode(name, **members)


@pytest.mark.parametrize(
    "path",
    ["/sleep", "/wake_up", "/collective_rpc", "/v1/load_lora_adapter", "/update_weights", "/inference/v1/generate",
     "/detokenize", "/v1/chat/completions/render", "/reset_prefix_cache"],
)  # fmt: skip
def test_what_shows_or_changes_the_server_is_not_served(path):
    assert TABLE.find("POST", path, {}).served is None


def test_what_is_counted_is_a_text_or_a_chat():
    assert [span.text for span in decode("vllm_tokenize", prompt="a").spans] == ["a"]
    said = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}]}
    payload = decode("vllm_tokenize", messages=[{"role": "system", "content": "a"}, said], add_generation_prompt=True)
    assert ([span.text for span in payload.spans], payload.features) == (["a"], ())
    assert "image" in {part.input for part in payload.opaque}
    assert decode("vllm_tokenize", prompt="a", chat_template="x").features == ("chat_template",)


def test_tokens_in_letters_are_left_out_of_a_reply_that_is_changed():
    reply = orjson.dumps({"count": 2, "max_model_len": 9, "tokens": [1, 2], "token_strs": ["Na", "me"]})
    changed = orjson.loads(API["vllm_tokenize"].opened(reply).rewritten(lambda _: None))
    assert changed == {"count": 2, "max_model_len": 9, "tokens": [1, 2], "token_strs": None}


@pytest.mark.parametrize("path", ["/v1/score", "/score", "/v1/reranking", "/reranking", "/openai/v1/rerank"])
def test_further_paths_lead_to_the_same(path):
    assert TABLE.find("POST", path, {}).dialect is DIALECT


@pytest.mark.parametrize(
    "path", ["/detokenize", "/sleep", "/collective_rpc", "/v1/load_lora_adapter", "/inference/v1/generate"]
)
def test_token_ids_and_the_servers_own_business_are_not_served(path):
    assert TABLE.find("POST", path, {}).served is None
