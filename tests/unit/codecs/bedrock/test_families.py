from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.invoke import INVOKE
from proxy.core.replies.reply import ReplyFilters
from testing.fakes import FakeDetector, reply_texts

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B" Byron'


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def rewritten(reply):
    return orjson.loads(INVOKE.opened(orjson.dumps(reply)).rewritten(restored))


@pytest.mark.parametrize(
    "reply",
    [
        {"type": "message", "content": [{"type": "text", "text": NAME}]},
        {"output": {"message": {"content": [{"toolUse": {"input": {"to": NAME}}}]}}},
        {"results": [{"outputText": NAME}]},
        {"generation": NAME, "stop_reason": "stop"},
        {"completions": [{"data": {"text": NAME}}]},
        {"embeddings": [[0.5]], "texts": [NAME]},
    ],
)
def test_a_value_comes_back_in_every_shape(reply):
    assert ORIGINAL in str(rewritten(reply))
    assert NAME in reply_texts(INVOKE.opened(orjson.dumps(reply)).texts)


def test_arguments_stay_json():
    call = {"function": {"name": "mail", "arguments": orjson.dumps({"to": NAME}).decode()}}
    made = rewritten({"choices": [{"message": {"tool_calls": [call]}}]})
    assert orjson.loads(made["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]) == {"to": ORIGINAL}


def test_arguments_of_a_call_are_the_models_own_with_their_keys():
    call = {"name": "mail", "parameters": {"type": NAME, "role": {NAME: "x"}}}
    made = rewritten({"text": "", "tool_calls": [call]})["tool_calls"][0]
    assert made == {"name": "mail", "parameters": {"type": ORIGINAL, "role": {ORIGINAL: "x"}}}


def test_what_spells_the_text_is_left_out():
    made = rewritten({"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"token": "x"}]}}]})
    assert made["choices"][0]["logprobs"] is None


@pytest.mark.parametrize("reply", [{"images": ["aGVsbG8="]}, {"message": "no"}, {}])
def test_another_kind_of_result_is_no_reply(reply):
    with pytest.raises(ValueError):
        INVOKE.opened(orjson.dumps(reply))
