"""Replies of chat completions as replies of a conversation; servers number calls in ways of their own."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import (
    AssistantReply,
    Channel,
    Close,
    Delta,
    Start,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from proxy.codecs.openai.conversation_replies import ChatReader, ChatWriter, from_reply, to_reply

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def whole(message, reason="stop"):
    return {"id": "i", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def test_a_reply_is_read():
    document = whole({"content": "a", "reasoning_content": "hm", "tool_calls": [CALL]})
    document["usage"] = {"prompt_tokens": 4, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}}
    wanted = (Thinking("hm"), Text("a"), ToolCall("call_1", "f", {"x": 1}))
    assert to_reply(document) == AssistantReply(wanted, Stop("calls"), Usage(4, 2, 1), "i", "m")


@pytest.mark.parametrize(
    "document",
    [
        {"choices": []},
        {"choices": [{}, {}]},
        whole({"content": None, "audio": {"data": "x"}}),
        whole({"tool_calls": [{**CALL, "function": {"name": "f", "arguments": "{"}}]}),
    ],
)
def test_what_has_no_translation_is_refused(document):
    with pytest.raises(ValueError):
        to_reply(document)


def test_a_reply_is_written():
    made = from_reply(
        AssistantReply((Thinking("hm"), Text("a"), ToolCall("t", "f", {"x": 1})), Stop("filtered"), Usage(4, 2)), {}
    )
    [choice] = made["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["reasoning_content"] == "hm"
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"x":1}'
    assert made["usage"] == {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}


def read(*deltas, reason="tool_calls"):
    """Return what the calls of a stream come to: (id, name, arguments) in the order in which they began."""
    reader, found, order = ChatReader(), {}, []
    for delta in [*deltas, {}]:
        last = reason if delta == {} else None
        for event in reader.read("", {"id": "i", "model": "m", "choices": [{"delta": delta, "finish_reason": last}]}):
            if isinstance(event, Delta):
                if event.channel not in found:
                    order.append(event.channel)
                found[event.channel] = found.get(event.channel, "") + event.text
    return [(one.id, one.name, found[one]) if one.kind == "call" else found[one] for one in order]


def piece(text, index=None, identity=None, name=None):
    made = {"function": {"arguments": text} | ({"name": name} if name else {})}
    return made | ({} if index is None else {"index": index}) | ({"id": identity} if identity else {})


@pytest.mark.parametrize(
    "calls",
    [
        [piece("", 0, "a", "f"), piece('{"x"', 0), piece(":1}", 0), piece("", 1, "b", "g"), piece("{}", 1)],
        [piece('{"x":1}', 0, "a", "f"), piece("{}", 0, "b", "g")],
        [piece('{"x":1}', None, "a", "f"), piece("{}", None, "b", "g")],
        [piece('{"x"', 0, "a", "f"), piece("{", 1, "b", "g"), piece(":1}", 0, "a"), piece("}", 1, "b")],
        [piece('{"x"', 0, "a", "f"), piece(":1}", 0, "a", "f"), piece("{}", 1, "b", "g")],
    ],
)
def test_calls_are_told_apart_however_a_server_numbers_them(calls):
    said = read({"content": "t"}, *({"tool_calls": [one]} for one in calls))
    assert said == ["t", ("a", "f", '{"x":1}'), ("b", "g", "{}")]


def test_calls_without_ids_get_some_and_late_ones_change_nothing():
    said = read(*({"tool_calls": [one]} for one in (piece('{"x":1}', 0, None, "f"), piece("{", 0, None, "g"), piece("}", 0, "late"))))  # fmt: skip
    assert said == [("call_1", "f", '{"x":1}'), ("call_2", "g", "{}")]


def test_a_stream_begins_with_the_first_chunk_that_says_something():
    reader = ChatReader()
    events = [
        {"id": "", "model": "", "choices": [], "prompt_filter_results": []},
        {"id": "i", "model": "m", "choices": []},
    ]
    assert [one for event in events for one in reader.read("", event)] == [Start("i", "m")]


def test_a_call_ends_where_another_begins_and_says_nothing_more():
    reader = ChatReader()
    events = [{"tool_calls": [piece("{}", 0, "a", "f")]}, {"content": "b"}]
    made = [one for delta in events for one in reader.read("", {"choices": [{"delta": delta}]})]
    assert [type(one) for one in made] == [Start, Delta, Close, Delta]
    with pytest.raises(ValueError):
        list(reader.read("", {"choices": [{"delta": {"tool_calls": [piece("x", 0)]}}]}))


@pytest.mark.parametrize(
    "event",
    [{"choices": [{"index": 1, "delta": {"content": "x"}}]}, {"choices": [{"delta": {"audio": {"data": "x"}}}]}],
)
def test_events_without_a_translation_are_refused(event):
    with pytest.raises(ValueError):
        list(ChatReader().read("", event))


@pytest.mark.parametrize(("asked", "told"), [({}, False), ({"stream_options": {"include_usage": True}}, True)])
def test_tokens_are_told_to_whom_asked_for_them(asked, told):
    writer, call = ChatWriter(asked), Channel("call", 2, "t", "f")
    events = [Start("i", "m"), Delta(Channel("text", 1), "a"), Delta(call, ""), Delta(call, "{}"), Stop("calls"), Usage(4, 2)]  # fmt: skip
    made = [one for event in events for _, one in writer.write(event)] + [one for _, one in writer.end()]
    assert [one["choices"][0]["delta"] for one in made if one["choices"]] == [
        {"role": "assistant", "content": ""}, {"content": "a"},
        {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, {}]  # fmt: skip
    assert [one["usage"]["total_tokens"] for one in made if "usage" in one] == [6] * told
