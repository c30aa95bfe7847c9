"""Requests of Anthropic's Messages as conversations; shapes of its SDK."""

from __future__ import annotations

import pytest

from proxy.codecs.anthropic.conversation import from_conversation, to_conversation
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
from proxy.codecs.translatable import UntranslatableError

THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "EqoB"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"who": "x"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found", "is_error": True}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}


def asked(*messages, **more):
    return {"model": "m", "max_tokens": 9, "messages": list(messages), **more}


def user(*content):
    return {"role": "user", "content": list(content)}


def text(said):
    return {"type": "text", "text": said}


def test_a_request_is_read():
    document = asked(
        user(text("a"), PICTURE, {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}}),
        {"role": "assistant", "content": [text("b"), CALL]},
        user(RESULT, text("c")),
        system=[{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        tools=[{"name": "look_up", "description": "d", "input_schema": {"type": "object", "title": "t"}}],
        tool_choice={"type": "tool", "name": "look_up", "disable_parallel_tool_use": True},
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": {"title": "u"}}},
        stop_sequences=["end"], temperature=0.5, top_k=3, metadata={"user_id": "u"}, thinking={"type": "adaptive"},
    )  # fmt: skip
    assert to_conversation(document) == Conversation(
        (
            Turn("system", (Text("s"),)),
            Turn("user", (Text("a"), Blob("image/png", "AAAA"), Link("https://x.example/a.png"))),
            Turn("assistant", (Text("b"), ToolCall("toolu_1", "look_up", {"who": "x"}))),
            Turn("tool", (ToolResult("toolu_1", (Text("found"),), failed=True),)),
            Turn("user", (Text("c"),)),
        ),
        (Tool("look_up", "d", {"type": "object", "title": "t"}),),
        ToolChoice("one", "look_up", parallel=False),
        GenerationOptions(tokens=9, temperature=0.5, top_k=3, stop=("end",)),
        Format({"title": "u"}),
    )


def test_documents_and_search_results_are_texts_where_they_hold_some():
    plain = {"type": "document", "title": "t", "context": "c", "source": {"type": "text", "media_type": "text/plain", "data": "d"}}  # fmt: skip
    parts = {"type": "document", "source": {"type": "content", "content": [text("e"), PICTURE]}}
    found = {"type": "search_result", "source": "f", "title": "g", "content": [text("h")]}
    pdf = {
        "type": "document",
        "title": "i",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"},
    }
    [turn] = to_conversation(asked(user(plain, parts, found, pdf))).turns
    assert [getattr(part, "text", part) for part in turn.parts] == [
        "t", "c", "d", "e", Blob("image/png", "AAAA"), "f", "g", "h", Blob("application/pdf", "AAAA", "i")]  # fmt: skip


def test_thinking_of_a_past_turn_is_left_out_and_that_of_this_one_has_no_translation():
    turn = {"role": "assistant", "content": [THOUGHT, {"type": "redacted_thinking", "data": "x"}, CALL]}
    past = to_conversation(asked(user(text("a")), turn, user(RESULT), user(text("b"))))
    assert past.turns[1] == Turn("assistant", (ToolCall("toolu_1", "look_up", {"who": "x"}),))
    with pytest.raises(UntranslatableError) as refused:
        to_conversation(asked(user(text("a")), turn, user(RESULT)))
    assert refused.value.detail.path == "messages.content.thinking"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (asked(user({"type": "server_tool_use", "id": "x", "name": "n", "input": {}})), "messages.content"),
        (asked(user({"type": "image", "source": {"type": "file", "file_id": "f"}})), "messages.content.source"),
        (asked(user({"type": "document", "source": {"type": "url", "url": "https://x.example"}})), "messages.content.source.url"),
        (asked(user(text("a")), tools=[{"type": "bash_20250124", "name": "bash"}]), "tools"),
        (asked(user(text("a")), container="c"), "container"),
        (asked(user(text("a")), stop_sequences={"x": 1}), "stop_sequences"),
        (asked(user(text("a")), {"role": "assistant", "content": "b"}), "messages"),
        (asked(user({**RESULT, "content": [CALL]})), "messages.content.content"),
    ],
)  # fmt: skip
def test_what_has_no_translation_is_named(document, path):
    with pytest.raises(UntranslatableError) as refused:
        to_conversation(document)
    assert refused.value.detail.path == path


def test_results_and_what_the_user_says_to_them_are_one_message():
    turns = (
        Turn("user", (Text("a"),)),
        Turn("assistant", (Text(""), ToolCall("1", "f", {}), ToolCall("2", "f", {}))),
        Turn("tool", (ToolResult("1", (Text("x"),)), ToolResult("2", (), failed=True))),
        Turn("user", (Text("b"),)),
    )
    made = from_conversation(Conversation(turns))
    assert made == {"max_tokens": 4096, "messages": [
        {"role": "user", "content": [text("a")]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}, {"type": "tool_use", "id": "2", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [text("x")]},
                                     {"type": "tool_result", "tool_use_id": "2", "content": [], "is_error": True}, text("b")]},
    ]}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "path"),
    [({"limits": GenerationOptions(seed=1)}, "seed"), ({"limits": GenerationOptions(presence=0.5)}, "presence"), ({"format": Format()}, "format")],
)  # fmt: skip
def test_what_this_api_does_not_take_is_refused(more, path):
    with pytest.raises(UntranslatableError) as refused:
        from_conversation(Conversation((Turn("user", (Text("a"),)),), **more))
    assert refused.value.detail.path == path
