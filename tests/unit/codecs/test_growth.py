"""What reading a reply costs grows with the reply, whatever it has many of."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.codecs.openai.apis import CHAT
from proxy.codecs.openai.responses import RESPONSES
from testing.fakes import DONE, delta
from testing.growth import check_linear


class Idle:
    def __init__(self, _position):
        self.held = ""

    def feed(self, text):
        held, self.held = self.held + text[:-1], text[-1:]
        return held

    def flush(self):
        return self.held


def event(kind, **more):
    return b"data: " + orjson.dumps({"type": kind, **more}) + b"\n\n"


def calls(count):
    """Return calls at one index of which none is finished."""
    pieces = [{"index": 0, "id": f"call_{n}", "function": {"name": "f", "arguments": '{"a":"'}} for n in range(count)]
    return [delta(tool_calls=[piece]) for piece in pieces]


def kinds(count):
    """Return content of two kinds in turn, beside many open texts."""
    content = [{"type": "text", "text": "ab"}], "cd"
    return [*calls(count), *(delta(content=content[n % 2]) for n in range(count))]


def blocks(count):
    start = event("message_start", message={"id": "m", "type": "message", "role": "assistant", "content": []})
    said = [event("content_block_delta", index=n, delta={"type": "text_delta", "text": "ab"}) for n in range(count)]
    return [start, *said, *(event("content_block_stop", index=n) for n in range(count))]


def items(count):
    said = [
        event("response.output_text.delta", output_index=0, content_index=n, item_id="m", delta="ab")
        for n in range(count)
    ]
    ended = [event("response.output_text.done", output_index=0, content_index=n, text="ab") for n in range(count)]
    return [*said, *ended]


@pytest.mark.parametrize("make", [Idle, None])
@pytest.mark.parametrize(
    ("api", "events", "end"),
    [
        (CHAT, calls, DONE), (CHAT, kinds, DONE), (APIS[0], blocks, event("message_stop")),
        (RESPONSES, items, event("response.completed")),
    ],
)  # fmt: skip
def test_open_texts_of_a_stream(api, events, end, make):
    def stream(parts):
        rewriter = api.stream(make)
        for part in parts:
            rewriter.feed(part)
        rewriter.feed(end)
        rewriter.finish()

    def prepared(times):
        parts = events(40 * times)
        return lambda: stream(parts)

    check_linear(prepared)


@pytest.mark.parametrize("many", ["keys", "texts", "numbers", "calls", "spelled"])
def test_whole_replies(many):
    def reply(count):
        message = {
            "keys": {"parsed": {f"key {n}": n for n in range(count)}},
            "texts": {"content": [{"type": "text", "text": f"word {n}"} for n in range(count)]},
            "numbers": {"parsed": [10_000_000 + n for n in range(count)]},
            "calls": {"tool_calls": [{"function": {"name": "f", "arguments": {"a": str(n)}}} for n in range(count)]},
            "spelled": {"parsed": ["4111", "1111", "1111", "1111"] * count},
        }[many]
        return orjson.dumps({"choices": [{"index": 0, "message": message}]})

    def prepared(times):
        body = reply(100 * times)
        return lambda: (CHAT.opened(body).texts, CHAT.opened(body).rewritten(Idle))

    check_linear(prepared)
