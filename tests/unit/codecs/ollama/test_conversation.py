"""Requests of Ollama's chat as conversations; shapes of its client and its documentation."""

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
from proxy.codecs.ollama.conversation import from_conversation, to_conversation
from proxy.codecs.translatable import UntranslatableError

ASK = {"role": "user", "content": "a"}


def test_a_request_is_read_as_its_python_client_writes_it():
    document = {"model": "m", "stream": False, "options": {"num_predict": 5, "num_ctx": 4096, "stop": "x"}, "format": {"title": "t"},
        "keep_alive": "5m", "think": True, "messages": [
        {"role": "system", "content": "s"}, {"role": "user", "content": "a", "images": ["iVBORw0KGgoA", "/9j/4AAA"]},
        {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
            {"function": {"name": "f", "arguments": {"x": 1}}}, {"function": {"name": "g", "arguments": {}}}]},
        {"role": "tool", "tool_name": "g", "content": "second"}, {"role": "tool", "tool_name": "f", "content": "first"}],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}]}  # fmt: skip
    assert to_conversation(document) == Conversation(
        (
            Turn("system", (Text("s"),)),
            Turn("user", (Text("a"), Blob("image/png", "iVBORw0KGgoA"), Blob("image/jpeg", "/9j/4AAA"))),
            Turn("assistant", (ToolCall("call_1", "f", {"x": 1}), ToolCall("call_2", "g", {}))),
            Turn("tool", (ToolResult("call_2", (Text("second"),)), ToolResult("call_1", (Text("first"),)))),
        ),
        (Tool("f", "d"),),
        limits=GenerationOptions(tokens=5, stop=("x",)),
        format=Format({"title": "t"}),
    )


@pytest.mark.parametrize(("stream", "wanted"), [({}, True), ({"stream": True}, True), ({"stream": False}, False)])
def test_it_streams_unless_the_caller_says_otherwise(stream, wanted):
    assert to_conversation({"messages": [ASK], **stream}).stream is wanted


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"format": "yaml"}, "format"),
        ({"options": {"mirostat": 1}}, "options.mirostat"),
        ({"context": [1]}, "context"),
        ({"messages": [{**ASK, "images": ["AAAA"]}]}, "messages.images"),
        ({"messages": [ASK, {"role": "tool", "content": "x", "tool_name": "f"}]}, "messages.tool_name"),
    ],
)
def test_what_has_no_translation_is_named(more, path):
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"messages": [ASK], **more})
    assert refused.value.detail.path == path


@pytest.mark.parametrize(
    ("more", "path"), [({"choice": ToolChoice("any")}, "choice"), ({"choice": ToolChoice(parallel=False)}, "parallel")]
)
def test_what_this_api_does_not_take_is_refused(more, path):
    with pytest.raises(UntranslatableError) as refused:
        from_conversation(Conversation((Turn("user", (Text("a"),)),), **more))
    assert refused.value.detail.path == path


def test_no_limit_is_no_limit():
    assert to_conversation({"messages": [ASK], "options": {"num_predict": -1}}).limits == GenerationOptions()
