"""Bytes of HTTP/1.1 replies and of streamed completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_PIECE = 7  # characters of a streamed event


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Return the head of a reply."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(document: Any, status: int = 200) -> bytes:
    """Return a JSON reply."""
    body = json.dumps(document).encode()
    return head(status, {"Content-Type": "application/json", "Content-Length": str(len(body))}) + body


def completion(text: str, *, call: bool = False) -> dict[str, Any]:
    """Return a completion that says a text, or a call whose arguments hold it."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if call:
        function = {"name": "note", "arguments": json.dumps({"text": text}, ensure_ascii=False)}
        message = {"role": "assistant", "content": None,
                   "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}  # fmt: skip
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "tool_calls" if call else "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip


def event(delta: Mapping[str, Any], reason: str | None = None) -> bytes:
    """Return one event of a streamed completion."""
    piece = {"index": 0, "delta": delta, "finish_reason": reason}
    made = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [piece]}
    return b"data: " + json.dumps(made, ensure_ascii=False).encode() + b"\n\n"


def stream_events(text: str, *, call: bool = False) -> Iterator[bytes]:
    """Yield the events of a stream that says a text, or of one whose call's arguments hold it."""
    shown = json.dumps({"text": text}, ensure_ascii=False) if call else text
    if call:
        function = {"name": "note", "arguments": ""}
        yield event({"role": "assistant", "content": None,
                     "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})  # fmt: skip
    for place in range(0, len(shown), _PIECE):
        part = shown[place : place + _PIECE]
        yield event({"tool_calls": [{"index": 0, "function": {"arguments": part}}]} if call else {"content": part})
    yield event({}, "tool_calls" if call else "stop")
    yield b"data: [DONE]\n\n"
