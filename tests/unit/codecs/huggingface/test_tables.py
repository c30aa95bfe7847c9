from __future__ import annotations

import orjson
import pytest

from proxy.codecs.huggingface import APIS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import FakeDetector, reply_texts

API = {api.name: api for api in APIS}
NAME = "Name_BCDFGHJKLM"


def decode(name, model="", **members):
    return API[name].decode(Incoming(orjson.dumps(members), variables={"model": model} if model else {}))


def test_a_prompt_is_read_with_what_stops_it():
    grammar = {"type": "json", "value": {"properties": {"of Ada": {"type": "string"}}}}
    payload = decode("tgi_generate", inputs="hi", parameters={"stop": ["end"], "seed": 12345678, "grammar": grammar})
    assert [span.text for span in payload.spans] == ["hi", "end", "of Ada"]
    assert (payload.model, payload.operation, payload.features) == ("tgi", Operation.COMPLETION, ())


def test_a_model_in_the_path_is_the_one_that_is_asked_for():
    payload = decode("tei_embed", "org/bge", inputs="hi")
    wire = API["tei_embed"].encode(payload, {}, "theirs")
    assert (payload.model, payload.operation) == ("org/bge", Operation.EMBEDDING)
    assert (wire.path, orjson.loads(wire.body)) == ("/embed", {"inputs": "hi"})


def test_a_stream_has_a_path_of_its_own_or_is_asked_for():
    asked = decode("tgi_root", inputs="hi", stream=True)
    assert (asked.stream, API["tgi_root"].encode(asked, {}, "m").path) == (True, "/")
    streamed = API["tgi_generate"].decode(Incoming(b'{"inputs": "hi"}', stream=True))
    assert API["tgi_generate"].encode(streamed, {}, "m").path == "/generate_stream"
    assert decode("tgi_generate", inputs="hi", stream=True).features == ("stream",)


def test_another_model_is_a_feature():
    assert decode("tgi_generate", inputs="hi", parameters={"adapter_id": "a"}).features == ("parameters.adapter_id",)


@pytest.mark.parametrize(
    "prompt", ["![](https://x.test/a.png)", "see ![](data:image/png;base64,AA==)", "![ ] (https://x)"]
)
@pytest.mark.parametrize("name", ["tgi_generate", "tgi_root"])
def test_a_picture_in_a_prompt_is_refused(name, prompt):
    with pytest.raises(MalformedRequestError):
        decode(name, inputs=prompt)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("tgi_root", {"inputs": ["hi"]}),
        ("tgi_root", {"inputs": {"text": "hi"}}),
        ("tei_embed", {"inputs": [1, 2]}),
        ("tei_embed", {"inputs": ["hi", [1, 2]]}),
        ("tei_embed", {}),
        ("tei_predict", {"inputs": [["a", 1]]}),
        ("tei_rerank", {"query": "a", "texts": [[1]]}),
        ("tei_similarity", {"inputs": "a"}),
        ("tei_similarity", {"inputs": {"source_sentence": "a", "sentences": [[1]]}}),
        ("tei_embed", {"inputs": "a", "stream": True}),
    ],
)
def test_what_nobody_can_read_is_refused_or_a_feature(name, members):
    if members.get("stream"):
        assert decode(name, **members).features == ("stream",)
        return
    with pytest.raises(MalformedRequestError):
        decode(name, **members)


def test_tokens_that_spell_the_text_are_left_out():
    make = ReplyFilters({"Name_BCDFGHJKLM": "Ada"}, frozenset(), FakeDetector().scan).make
    details = {"tokens": [{"text": "Name_"}], "prefill": [{"text": "x"}], "finish_reason": "length",
               "best_of_sequences": [{"generated_text": "Name_BCDFGHJKLM", "tokens": [{"text": "Name_"}]}]}  # fmt: skip
    reply = orjson.dumps({"generated_text": "Name_BCDFGHJKLM", "details": details})
    assert orjson.loads(API["tgi_generate"].opened(reply).rewritten(make)) == {
        "generated_text": "Ada",
        "details": {
            "tokens": None,
            "prefill": None,
            "finish_reason": "length",
            "best_of_sequences": [{"generated_text": "Ada", "tokens": None}],
        },
    }


def rewritten(name, reply):
    make = ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make
    return orjson.loads(API[name].opened(orjson.dumps(reply)).rewritten(make))


def test_an_array_stays_an_array():
    assert rewritten("tei_rerank", [{"index": 0, "score": 0.5, "text": f"of {NAME}"}]) == [
        {"index": 0, "score": 0.5, "text": "of Ada"}
    ]
    assert reply_texts(API["tei_rerank"].opened(b' [{"text": "a"}]').texts) == ["a"]
    assert rewritten("tei_embed", [[0.5]]) == [[0.5]]


def test_arrays_and_objects_are_both_read_where_both_are_replies():
    assert rewritten("tgi_root", [{"generated_text": NAME}]) == [{"generated_text": "Ada"}]
    assert rewritten("tgi_root", {"generated_text": NAME}) == {"generated_text": "Ada"}


@pytest.mark.parametrize("reply", [b"{}", b'{"array": 1}', b'"a"', b"[", b"null"])
def test_what_is_no_reply_is_refused(reply):
    with pytest.raises(ValueError):
        API["tei_embed"].opened(reply)
