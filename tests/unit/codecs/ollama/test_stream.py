from __future__ import annotations

import orjson
import pytest

from proxy.codecs.ollama import CHAT, EMBED, GENERATE
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import FakeDetector

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
ENDS = {"done": True, "done_reason": "stop", "eval_count": 7}


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def line(**members):
    return orjson.dumps({"model": "toy", "created_at": "2026-11-26T10:00:00Z", **members}) + b"\n"


def chat(content="", **members):
    return line(message={"role": "assistant", "content": content, **members}, done=False)


def rewritten(api, raw, size, factory=restored):
    stream = api.stream(factory)
    out = b"".join(stream.feed(raw[at : at + size]) for at in range(0, len(raw), size))
    return [orjson.loads(one) for one in (out + stream.finish()).splitlines()]


CHATS = chat("", thinking=NAME[:4]) + chat("", thinking=NAME[4:]) + chat(f"I am {NAME[:9]}") + chat(NAME[9:])


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_pieces_of_a_chat_make_the_filtered_whole(size):
    raw = CHATS + line(message={"role": "assistant", "content": ""}, **ENDS)
    lines = rewritten(CHAT, raw, size)
    assert "".join(one["message"]["content"] for one in lines) == f"I am {ORIGINAL}"
    assert "".join(one["message"].get("thinking", "") for one in lines) == ORIGINAL
    assert [one["done"] for one in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["eval_count"] == 7
    assert all(one["model"] == "toy" for one in lines)


@pytest.mark.parametrize("size", [1, 50, 100_000])
def test_what_is_held_back_comes_with_the_last_line(size):
    raw = line(response=f"I am {NAME[:-1]}", done=False) + line(response="", **ENDS)
    assert "".join(one["response"] for one in rewritten(GENERATE, raw, size)) == f"I am {NAME[:-1]}"
    bare = line(response=f"I am {NAME[:-1]}", done=False) + line(**ENDS)
    assert "".join(one.get("response", "") for one in rewritten(GENERATE, bare, size)) == f"I am {NAME[:-1]}"


def test_calls_are_filtered_whole():
    call = {"function": {"name": "look_up", "arguments": {NAME: [NAME, 5]}}}
    lines = rewritten(CHAT, chat(tool_calls=[call]) + line(message={"role": "assistant", "content": ""}, **ENDS), 9)
    assert lines[0]["message"]["tool_calls"][0]["function"]["arguments"][ORIGINAL][0] == ORIGINAL


def test_an_unfiltered_stream_keeps_its_bytes():
    raw = CHATS + line(message={"role": "assistant", "content": ""}, **ENDS)
    stream = CHAT.stream(None)
    assert stream.feed(raw) + stream.finish() == raw


@pytest.mark.parametrize("factory", [None, restored])
def test_a_stream_without_its_last_line_is_cut(factory):
    stream = CHAT.stream(factory)
    stream.feed(CHATS)
    assert not stream.complete
    with pytest.raises(ValueError, match="end marker"):
        stream.finish()


@pytest.mark.parametrize("factory", [None, restored])
def test_an_error_inside_a_stream_is_the_targets(factory):
    with pytest.raises(UpstreamError):
        CHAT.stream(factory).feed(chat("I am") + b'{"error": "out of memory"}\n')


@pytest.mark.parametrize("factory", [None, restored])
def test_a_line_of_another_server_is_refused(factory):
    with pytest.raises(ValueError, match="another server"):
        CHAT.stream(factory).feed(line(message={"role": "assistant", "content": "Hi"}, remote_host="https://x"))


@pytest.mark.parametrize("raw", [b"[]\n", b'{"message": 5}\n', b'{"message": {"content": ["a"]}}x\n'])
def test_what_is_no_line_is_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        CHAT.stream(restored).feed(raw)


def test_embeddings_do_not_stream():
    with pytest.raises(ValueError, match="not stream"):
        EMBED.stream(restored)
