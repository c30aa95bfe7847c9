"""Requests of the Responses API as conversations."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import (
    Blob,
    Conversation,
    Format,
    GenerationOptions,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from proxy.codecs.openai.responses_conversation import from_conversation, to_conversation
from proxy.codecs.translatable import UntranslatableError

ASK = {"role": "user", "content": "a"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "f",
    "arguments": '{"x": 1}',
    "status": "completed",
}
RESULT = {"type": "function_call_output", "call_id": "call_1", "output": "found"}


def test_a_text_is_a_request():
    assert to_conversation({"model": "m", "input": "a", "store": False, "include": []}).turns == (
        Turn("user", (Text("a"),)),
    )


def test_a_request_is_read():
    document = {
        "model": "m", "instructions": "s", "max_output_tokens": 5, "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {"title": "u"}}},
        "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}],
        "tool_choice": {"type": "function", "name": "f"}, "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"},
        "input": [ASK, THOUGHT, {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                                 "content": [{"type": "output_text", "text": "b", "annotations": []}]},
                  CALL, RESULT, {"role": "developer", "content": "t"},
                  {"role": "user", "content": [{"type": "input_text", "text": "c"}, {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]}],
    }  # fmt: skip
    assert to_conversation(document) == Conversation(
        (
            Turn("system", (Text("s"),)),
            Turn("user", (Text("a"),)),
            Turn("assistant", (Text("b"), ToolCall("call_1", "f", {"x": 1}))),
            Turn("tool", (ToolResult("call_1", (Text("found"),)),)),
            Turn("system", (Text("t"),)),
            Turn("user", (Text("c"), Blob("image/png", "AAAA"))),
        ),
        (Tool("f", "d", strict=True),),
        ToolChoice("one", "f"),
        GenerationOptions(tokens=5),
        Format({"title": "u"}, "n"),
    )


def test_reasoning_of_this_turn_that_is_sealed_has_no_translation():
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"input": [ASK, THOUGHT, CALL, RESULT]})
    assert refused.value.detail.path == "input.encrypted_content"
    plain = {key: value for key, value in THOUGHT.items() if key != "encrypted_content"}
    assert len(to_conversation({"input": [ASK, plain, CALL, RESULT]}).turns) == 3


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"store": True}, "store"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"truncation": "auto"}, "truncation"),
        ({"input": [ASK, {"type": "computer_call"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}, "input.content.file_id"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
    ],
)
def test_what_has_no_translation_is_named(more, path):
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"input": [ASK], **more})
    assert refused.value.detail.path == path


@pytest.mark.parametrize(
    "limits", [GenerationOptions(stop=("x",)), GenerationOptions(seed=1), GenerationOptions(top_k=1)]
)
def test_what_this_api_does_not_take_is_refused(limits):
    with pytest.raises(UntranslatableError):
        from_conversation(Conversation((Turn("user", (Text("a"),)),), limits=limits))


def test_tools_are_not_taken_for_strict_ones():
    made = from_conversation(Conversation((Turn("user", (Text("a"),)),), (Tool("f"),)))
    assert made["tools"] == [{"type": "function", "strict": False, "name": "f", "parameters": {"type": "object"}}]
