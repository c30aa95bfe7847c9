"""Requests of chat completions as conversations."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import (
    Blob,
    Conversation,
    Format,
    GenerationOptions,
    Link,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from proxy.codecs.openai.conversation import from_conversation, to_conversation
from proxy.codecs.translatable import UntranslatableError

ASK = {"role": "user", "content": "a"}
FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "title": "t"}, "strict": True}


def test_a_request_is_read():
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    document = {
        "model": "m", "max_completion_tokens": 5, "stop": "x", "seed": 7, "user": "u", "n": 1, "stream": True, "reasoning_effort": "low",
        "parallel_tool_calls": False, "tool_choice": {"type": "function", "function": {"name": "f"}},
        "tools": [{"type": "function", "function": FUNCTION}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"title": "u"}, "strict": True}},
        "messages": [
            {"role": "developer", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
                                         {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                                         {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                                         {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "x.pdf"}}]},
            {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm"},
            {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "found"}]},
        ],
    }  # fmt: skip
    assert to_conversation(document) == Conversation(
        (
            Turn("system", (Text("s"),)),
            Turn("user", (Text("a"), Link("https://x.example/a.png"), Blob("image/png", "AAAA"), Blob("audio/wav", "AAAA"), Blob("application/pdf", "AAAA", "x.pdf"))),
            Turn("assistant", (ToolCall("call_1", "f", {"x": 1}),)),
            Turn("tool", (ToolResult("call_1", (Text("found"),)),)),
        ),
        (Tool("f", "d", {"type": "object", "title": "t"}, strict=True),),
        ToolChoice("one", "f", parallel=False),
        GenerationOptions(tokens=5, seed=7, stop=("x",)),
        Format({"title": "u"}, "n", strict=True),
        stream=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"functions": [FUNCTION]}, "functions"),
        ({"min_p": 0.1}, "min_p"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools.type"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"messages": [{**ASK, "name": "somebody"}]}, "messages.name"),
        ({"messages": [{"role": "user", "content": [{"type": "video_url"}]}]}, "messages.content"),
        ({"stop": {"x": 1}}, "stop"),
        ({"stop": [5]}, "stop"),
        ({"messages": [{"role": "function", "content": "x"}, ASK]}, "messages.role"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "x"}}]}, ASK]}, "messages.tool_calls.function.arguments"),
    ],
)  # fmt: skip
def test_what_has_no_translation_is_named(more, path):
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"messages": [ASK], **more})
    assert refused.value.detail.path == path


@pytest.mark.parametrize("more", [{}, {"max_completion_tokens": None}, {"max_completion_tokens": 5, "max_tokens": 9}])
def test_a_limit_by_its_older_name_counts_where_the_newer_one_says_nothing(more):
    assert to_conversation({"messages": [ASK], "max_tokens": 5, **more}).limits == GenerationOptions(tokens=5)


def test_a_request_is_written_as_every_server_of_this_dialect_reads_it():
    turns = (
        Turn("system", (Text("s"),)),
        Turn("user", (Text("a"), Blob("image/png", "AAAA"))),
        Turn("assistant", (Text("b"), ToolCall("1", "f", {"x": 1}))),
        Turn("tool", (ToolResult("1", (Text("x"),)), ToolResult("2", ()))),
    )
    made = from_conversation(Conversation(turns, limits=GenerationOptions(tokens=5), format=Format(), stream=True))
    assert made == {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
            {"role": "assistant", "content": "b", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}]},
            {"role": "tool", "tool_call_id": "1", "content": "x"},
            {"role": "tool", "tool_call_id": "2", "content": ""},
        ],
        "max_tokens": 5, "response_format": {"type": "json_object"}, "stream": True, "stream_options": {"include_usage": True},
    }  # fmt: skip


@pytest.mark.parametrize("media", ["video/mp4", "audio/ogg", "application/zip"])
def test_bytes_that_servers_of_this_dialect_do_not_take_are_refused(media):
    with pytest.raises(UntranslatableError):
        from_conversation(Conversation((Turn("user", (Blob(media, "AAAA"),)),)))
