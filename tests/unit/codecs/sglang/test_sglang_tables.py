from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.sglang import APIS, DIALECT
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import reply_texts

[GENERATE] = APIS


def decode(**members):
    return GENERATE.decode(Incoming(orjson.dumps(members)))


def test_a_text_and_what_steers_it_is_read():
    payload = decode(text=["a", "b"], sampling_params={"stop": ["c"], "max_new_tokens": 4, "regex": "d"})
    assert [span.text for span in payload.spans] == ["a", "b", "c", "d"]
    assert (payload.model, payload.features, payload.stream) == ("sglang", (), False)
    wire = GENERATE.encode(payload, {0: "x"}, "theirs")
    assert (wire.path, orjson.loads(wire.body)["text"]) == ("/generate", ["x", "b"])


@pytest.mark.parametrize(
    "name", ["image_data", "input_embeds", "custom_logit_processor", "lora_path", "bootstrap_host", "session_params"]
)
def test_what_nobody_reads_and_what_leads_elsewhere_is_a_feature(name):
    assert decode(text="a", **{name: ["x"]}).features == (name,)


@pytest.mark.parametrize(
    "members", [{}, {"input_ids": [1, 2]}, {"text": [1]}, {"text": []}, {"text": "a", "stream": True}]
)
def test_what_nobody_can_read_is_refused(members):
    with pytest.raises(MalformedRequestError):
        decode(**members)


def test_replies_are_one_text_or_several():
    said = {
        "text": "Yes.",
        "output_ids": [1],
        "meta_info": {"id": "a1", "finish_reason": {"type": "stop", "matched": "end"}},
    }
    assert reply_texts(GENERATE.opened(orjson.dumps(said)).texts) == ["Yes.", "end"]
    assert reply_texts(GENERATE.opened(orjson.dumps([said, said])).texts) == ["Yes.", "end", "Yes.", "end"]
    spelled = {**said, "meta_info": {"output_token_logprobs": [[-0.5, 1, "Yes"]]}}
    kept = Kept()
    assert orjson.loads(GENERATE.opened(orjson.dumps([spelled])).rewritten(lambda _: kept)) == [
        {"text": "Yes.", "output_ids": None, "meta_info": {"output_token_logprobs": None}}
    ]


class Kept:
    def feed(self, text):
        return text

    def flush(self):
        return ""


@pytest.mark.parametrize("path", ["/encode", "/separate_reasoning", "/flush_cache", "/update_weights_from_disk"])
def test_the_servers_own_business_is_not_served(path):
    assert TABLE.find("POST", path, {}).served is None
    assert DIALECT.stateful_paths == ()
