from __future__ import annotations

import orjson
import pytest

from proxy.codecs.llamacpp import APIS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import FakeDetector

API = {api.name: api for api in APIS}
NAME = "Name_BCDFGHJKLM"


def decode(name, **members):
    return API[f"llamacpp_{name}"].decode(Incoming(orjson.dumps(members)))


def texts(payload):
    return [span.text for span in payload.spans]


def rewritten(name, reply):
    make = ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make
    return orjson.loads(API[f"llamacpp_{name}"].opened(orjson.dumps(reply)).rewritten(make))


def test_a_completion_is_read_with_what_tunes_it():
    payload = decode("completion", prompt="hi", stop=["end"], logit_bias=[["Ada", -1]], grammar="root", n_predict=5)
    assert texts(payload) == ["hi", "end", "Ada", "root"]
    assert (payload.model, payload.operation, payload.features) == ("llama.cpp", Operation.COMPLETION, ())


def test_files_around_a_gap_are_read():
    payload = decode("infill", input_prefix="a", input_suffix="b", input_extra=[{"filename": "of Ada", "text": "c"}])
    assert texts(payload) == ["a", "b", "of Ada", "c"]


@pytest.mark.parametrize("name", ["lora", "id_slot", "image_data", "response_fields"])
def test_what_does_more_than_tune_is_a_feature(name):
    assert decode("completion", prompt="hi", **{name: [1]}).features == (name,)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("completion", {"prompt": [1, 2]}),
        ("completion", {"prompt": ["a", 1]}),
        ("completion", {"prompt": {"prompt_string": "a", "multimodal_data": []}}),
        ("completion", {"prompt": ["a", "b"], "stream": True}),
        ("completion", {}),
        ("infill", {"input_prefix": [1], "input_suffix": "b"}),
        ("embedding", {"content": [[1, 2]]}),
        ("embedding", {"content": "a", "stream": True}),
        ("template", {"messages": "a"}),
    ],
)
def test_what_nobody_can_read_is_refused(name, members):
    with pytest.raises(MalformedRequestError):
        decode(name, **members)


def test_tokens_are_left_out_and_the_echo_comes_back():
    reply = {"content": NAME, "prompt": f"of {NAME}", "tokens": [1], "completion_probabilities": [{"token": "Name_"}]}
    said = {"content": "Ada", "prompt": "of Ada", "tokens": None, "completion_probabilities": None}
    assert rewritten("completion", reply) == said
    assert rewritten("completion", [reply]) == [said]
    assert rewritten("tokenize", {"tokens": [{"id": 1, "piece": NAME}]}) == {"tokens": [{"id": 1, "piece": None}]}
    assert rewritten("template", {"prompt": f"of {NAME}"}) == {"prompt": "of Ada"}
