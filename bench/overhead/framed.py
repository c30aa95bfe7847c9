"""One stream in each framing: what a caller asks, at which path, and what the model API writes.

Each event's text holds a stamp, the time it was written in letters, so that it survives every dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proxy.codecs.framing import Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream

MODEL = "gpt-4o-mini"
_STAMP = re.compile(rb"z([a-j]{10,20})z")
_LETTERS, _DIGITS = str.maketrans("0123456789", "abcdefghij"), bytes.maketrans(b"abcdefghij", b"0123456789")
_aws = AwsEventStream().encoder()


@dataclass(frozen=True)
class Framed:
    """A framing as one dialect uses it. ``event`` writes a text, ``end`` what comes after the last."""

    name: str
    dialect: str  # the target's, by the beginning of its name
    path: str  # at the proxy
    below: str  # what a target's address ends with
    media: str
    ask: Callable[[list[str]], dict[str, Any]]
    event: Callable[[str, int], bytes]
    end: bytes = b""


def stamp(nanoseconds: int) -> str:
    """Return a time as a word."""
    return f"z{str(nanoseconds).translate(_LETTERS)}z"


def stamps(data: bytes) -> list[tuple[int, int]]:
    """Return (time, where it ends) of every stamp in what has come."""
    return [(int(found[1].translate(_DIGITS)), found.end()) for found in _STAMP.finditer(data)]


def _messages(texts: list[str]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text} for text in texts]


def _chat(text: str, _: int) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    event = {"id": "t", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _line(text: str, _: int) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"model": MODEL, "created_at": "2026", "message": message, "done": False}).encode() + b"\n"


def _element(text: str, number: int) -> bytes:
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    return (b",\r\n" if number else b"[") + json.dumps({"candidates": [candidate], "modelVersion": MODEL}).encode()


def _message(text: str, number: int) -> bytes:
    start = _aws(Frame(name="messageStart"), b'{"role":"assistant"}') if not number else b""
    said = json.dumps({"contentBlockIndex": 0, "delta": {"text": text}}).encode()
    return start + _aws(Frame(name="contentBlockDelta"), said)


_AWS_END = (
    _aws(Frame(name="contentBlockStop"), b'{"contentBlockIndex":0}')
    + _aws(Frame(name="messageStop"), b'{"stopReason":"end_turn"}')
    + _aws(
        Frame(name="metadata"),
        b'{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}',
    )
)
_CHAT_END = json.dumps(
    {"id": "t", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
     "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
).encode()  # fmt: skip
_LINE_END = json.dumps({"model": MODEL, "message": {"role": "assistant", "content": ""}, "done": True}).encode()
_ELEMENT_END = {"candidates": [{"content": {"role": "model", "parts": []}, "index": 0, "finishReason": "STOP"}]}

FRAMED = (
    Framed(
        "events (SSE)", "openai", "/v1/chat/completions", "/v1", "text/event-stream",
        lambda texts: {"model": MODEL, "messages": _messages(texts), "stream": True},
        _chat, b"data: " + _CHAT_END + b"\n\ndata: [DONE]\n\n",
    ),
    Framed(
        "lines (NDJSON)", "ollama", "/api/chat", "", "application/x-ndjson",
        lambda texts: {"model": MODEL, "messages": _messages(texts)}, _line, _LINE_END + b"\n",
    ),
    Framed(
        "JSON array", "gemini", f"/v1beta/models/{MODEL}:streamGenerateContent", "/v1beta", "application/json",
        lambda texts: {"contents": [{"role": "user", "parts": [{"text": text} for text in texts]}]},
        _element, b",\r\n" + json.dumps(_ELEMENT_END).encode() + b"]",
    ),
    Framed(
        "AWS event stream", "bedrock", f"/model/{MODEL}/converse-stream", "", "application/vnd.amazon.eventstream",
        lambda texts: {"messages": [{"role": "user", "content": [{"text": text} for text in texts]}]}, _message, _AWS_END,
    ),
    Framed(
        "plain text", "torchserve", f"/predictions/{MODEL}", "", "text/plain",
        lambda texts: {"instances": [{"data": text} for text in texts]}, lambda text, _: text.encode(),
    ),
)  # fmt: skip


def spoken_at(path: str) -> Framed | None:
    """Return the framing that is spoken at a path of the model API."""
    return next((one for one in FRAMED if path.endswith(one.path.rpartition("/")[2])), None)
