from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.apis import COMPLETIONS, EMBEDDINGS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, UpstreamError
from testing.fakes import DONE, SSN, FakeDetector, reply_texts

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'


def decoded(**fields):
    return COMPLETIONS.decode(Incoming(orjson.dumps({"model": "m", **fields})))


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def piece(text, index=0, finish=None, **more):
    choice = {"index": index, "text": text, "logprobs": None, "finish_reason": finish, **more}
    return (
        b"data: "
        + orjson.dumps({"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [choice]})
        + b"\n\n"
    )


def rewritten(raw, cuts=()):
    stream, out, at = COMPLETIONS.stream(make), b"", 0
    for cut in [*sorted(cuts), len(raw)]:
        out += stream.feed(raw[at:cut])
        at = cut
    return out + stream.finish()


def said(out, index=0):
    events = [orjson.loads(block[6:]) for block in out.split(b"\n\n") if block.startswith(b"data: {")]
    return "".join(c["text"] for event in events for c in event["choices"] if c["index"] == index)


@pytest.mark.parametrize("given", ["one", ["one", "two"]])
def test_prompts_are_spans(given):
    payload = decoded(prompt=given, suffix="three", user=SSN, stop=[SSN], max_tokens=16, echo=True, best_of=2)
    assert [span.text for span in payload.spans] == [*([given] if isinstance(given, str) else given), "three", SSN, SSN]
    assert (payload.operation, payload.features, payload.stream) == (Operation.COMPLETION, (), False)
    wire = COMPLETIONS.encode(payload, {0: "X"}, "theirs")
    assert (wire.path, orjson.loads(wire.body)["model"]) == ("/completions", "theirs")


@pytest.mark.parametrize("given", [None, [], [1, 2, 3], [[1, 2]], ["a", 1], 5, {"text": "a"}])
def test_token_ids_are_refused_with_what_to_send_instead(given):
    with pytest.raises(MalformedRequestError, match="send the text"):
        decoded(prompt=given)


@pytest.mark.parametrize("name", ["prompt_embeds", "lora_path", "multi_modal_data"])
def test_what_is_not_known_to_tune_is_a_feature(name):
    assert decoded(prompt="a", **{name: "x"}).features == (name,)


def test_a_reply_is_filtered_and_its_tokens_are_dropped():
    choice = {"text": f"Hi {NAME}", "index": 0, "logprobs": {"tokens": [NAME]}, "finish_reason": "stop"}
    reply = orjson.dumps({"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [choice]})
    assert reply_texts(COMPLETIONS.opened(reply).texts) == [f"Hi {NAME}", NAME]
    assert orjson.loads(COMPLETIONS.opened(reply).rewritten(make))["choices"][0] == choice | {
        "text": f"Hi {ORIGINAL}",
        "logprobs": None,
    }


RAW = b"".join([
    piece("Hi ", 0), piece("Name_BC", 1), piece(NAME[:7], 0), piece(NAME[7:], 0), piece("!", 0, "stop"),
    piece("DFGHJKLM", 1, logprobs={"tokens": ["DFGHJKLM"]}), piece("", 1, "length"),
    b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n', DONE,
])  # fmt: skip


@given(st.lists(st.integers(0, len(RAW)), max_size=6))
def test_choices_are_restored_apart_at_any_cut(cuts):
    out = rewritten(RAW, cuts)
    assert (said(out, 0), said(out, 1)) == (f"Hi {ORIGINAL}!", ORIGINAL)
    assert b'"tokens"' not in out
    assert out.endswith(DONE)


def test_what_is_held_back_goes_out_with_the_end_of_its_choice_or_before_that_of_the_stream():
    assert said(rewritten(piece(NAME[:7]) + piece("", 0, "stop") + DONE)) == NAME[:7]
    assert said(rewritten(piece(NAME[:7]) + DONE)) == NAME[:7]


def test_a_stream_without_its_marker_is_cut_and_an_error_is_the_targets():
    with pytest.raises(ValueError):
        rewritten(piece("a"))
    with pytest.raises(ValueError):
        rewritten(b'data: {"choices": 1}\n\n')
    with pytest.raises(ValueError):
        rewritten(piece("a", []))
    with pytest.raises(UpstreamError):
        rewritten(b'data: {"error": {"message": "m"}}\n\n')


@pytest.mark.parametrize(
    "event",
    [b'data: {"object": "error", "message": "m"}', b'event: error\ndata: {"message": "m"}', b'data: {"detail": "m"}'],
)
def test_an_error_is_known_in_every_shape(event):
    with pytest.raises(UpstreamError):
        rewritten(event + b"\n\n" + DONE)


def test_token_ids_spell_the_text_and_are_dropped():
    reply = orjson.dumps({"choices": [{"index": 0, "text": NAME, "token_ids": [1]}]})
    assert orjson.loads(COMPLETIONS.opened(reply).rewritten(make))["choices"][0]["token_ids"] is None


CODEC = EMBEDDINGS


def body(**fields):
    return orjson.dumps({"model": "m", **fields})


@pytest.mark.parametrize("given", ["one", ["one", "two"], [""]])
def test_texts_are_spans(given):
    payload = CODEC.decode(Incoming(body(input=given)))
    assert payload.operation is Operation.EMBEDDING
    assert [span.text for span in payload.spans] == ([given] if isinstance(given, str) else given)


@pytest.mark.parametrize("given", [None, [], [1, 2, 3], [[1, 2]], ["a", 1], 5, {"text": "a"}, [None]])
def test_what_cannot_be_read_is_refused(given):
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body(input=given)))


def test_missing_input_is_refused():
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body()))


def test_streaming_is_refused():
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body(input="a", stream=True)))


def test_other_strings_are_spans_too():
    payload = CODEC.decode(Incoming(body(input="a", user="Ada", encoding_format="float")))
    assert [span.text for span in payload.spans] == ["a", "Ada"]


def test_texts_replaced_in_place():
    payload = CODEC.decode(Incoming(body(input=["a", "Ada"])))
    assert orjson.loads(CODEC.encode(payload, {1: "X"}, "theirs").body) == {"model": "theirs", "input": ["a", "X"]}


@pytest.mark.parametrize("reply", [b"", b"<html>", b"[]", b'{"ok": 1}', b'{"data": 1}'])
def test_a_reply_of_another_shape_is_the_targets_fault(reply):
    with pytest.raises(ValueError):
        CODEC.opened(reply)


def test_a_reply_holds_no_text_and_passes():
    reply = b'{"object":"list","data":[{"embedding":[0.1],"index":0}]}'
    assert CODEC.opened(reply).texts == []
    assert CODEC.opened(reply).rewritten(lambda _: None) == reply


def test_other_strings_of_a_reply_are_filtered():
    class Blank:
        def feed(self, text):
            return ""

        def flush(self):
            return ""

    reply = b'{"object":"list","data":[{"embedding":"AACAPwAAAEA=","index":0}],"note":"of Ada"}'
    assert reply_texts(CODEC.opened(reply).texts) == ["of Ada"]
    assert CODEC.opened(reply).rewritten(lambda _: Blank()) == reply.replace(b"of Ada", b"")
