"""Replies of Ollama's chat as replies of a conversation; lines as its documentation has them."""

from __future__ import annotations

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
from proxy.codecs.ollama.conversation_replies import LineReader, LineWriter, from_reply, to_reply

CALLS = [{"function": {"name": "f", "arguments": {"x": 1}}}, {"function": {"name": "g", "arguments": {}}}]


def test_a_reply_is_read_and_calls_get_ids():
    document = {"model": "m", "message": {"role": "assistant", "content": "a", "thinking": "hm", "tool_calls": CALLS},
                "done": True, "done_reason": "stop", "prompt_eval_count": 4, "eval_count": 2}  # fmt: skip
    assert to_reply(document) == AssistantReply(
        (Thinking("hm"), Text("a"), ToolCall("call_1", "f", {"x": 1}), ToolCall("call_2", "g", {})), Stop("calls"), Usage(4, 2), "", "m"
    )  # fmt: skip


def test_a_reply_that_was_cut_says_so():
    made = from_reply(AssistantReply((Text("a"),), Stop("length")), {})
    assert (made["done"], made["done_reason"], made["message"]["content"]) == (True, "length", "a")


def test_lines_are_read():
    reader = LineReader()
    lines = [{"model": "m", "message": {"role": "assistant", "content": "a"}, "done": False},
             {"model": "m", "message": {"role": "assistant", "content": "", "tool_calls": CALLS[:1]}, "done": False},
             {"model": "m", "message": {"role": "assistant", "content": "", "tool_calls": CALLS[1:]}, "done": False},
             {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "eval_count": 2}]  # fmt: skip
    read = [one for line in lines for one in reader.read("", line)]
    text, one, two = Channel("text", 1), Channel("call", 2, "call_1", "f"), Channel("call", 3, "call_2", "g")
    assert read == [Start("", "m"), Delta(text, "a"), Close(text), Delta(one, '{"x":1}'), Close(one), Delta(two, "{}"),
                    Close(two), Stop("calls"), Usage(None, 2)]  # fmt: skip


def test_lines_are_written_and_calls_come_whole():
    writer, call = LineWriter({}), Channel("call", 2, "t", "f")
    events = [Start("i", "m"), Delta(Channel("text", 1), "a"), Delta(call, '{"x"'), Delta(call, ":1}"), Stop("calls")]
    made = [one for event in events for _, one in writer.write(event)] + [one for _, one in writer.end()]
    assert [one["message"].get("content") for one in made] == ["a", "", ""]
    assert made[1]["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": {"x": 1}}
    assert [one["done"] for one in made] == [False, False, True]
