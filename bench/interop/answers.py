"""Answers where aimock has none, or none that the provider's own SDK can read.

Shapes are those of the SDKs' own models: botocore's of Bedrock's runtime, google-genai's, mistralai's, ollama's. Each SDK reads
them in the direct call, which is what says that they are right.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

GREETING = "Good morning from the provider, and good night."
CALL = ("get_weather", {"city": "Paris", "days": 3})
FORM = '{"city":"Paris","days":3}'
VECTOR = [0.25, -0.5, 0.125, 0.0625]
_BUSY = "be too busy"
_TEXT_HEADER = 7  # the type of a string in an AWS event stream
_EVENT_STREAM = "application/vnd.amazon.eventstream"
_SSE = "text/event-stream"
_JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """A reply."""

    content: bytes
    media: str = _JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def answered(method: str, path: str, body: bytes) -> Answer | None:
    """Return an answer of ours, None where the server behind answers."""
    if method != "POST":
        return None
    return next(
        (found for pattern, answer in _OURS if pattern.fullmatch(path) and (found := answer(body.decode()))), None
    )


def _document(value: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status=status)


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + 9] for at in range(0, len(text), 9))


def _asks_to_call(body: str) -> bool:
    return "look up the weather" in body


def _text_of(body: str) -> str:
    return FORM if "fill in the form" in body else GREETING


# --- Bedrock --------------------------------------------------------------------------------------------------------


def _header(name: str, value: str) -> bytes:
    return struct.pack(f">B{len(name)}sBH", len(name), name.encode(), _TEXT_HEADER, len(value)) + value.encode()


def _message(event: str, document: Any) -> bytes:
    """Return one message of an AWS event stream (Smithy: application/vnd.amazon.eventstream)."""
    fields = {":message-type": "event", ":event-type": event, ":content-type": _JSON}
    headers = b"".join(_header(name, value) for name, value in fields.items())
    payload = json.dumps(document).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _event_stream(events: Iterable[tuple[str, Any]]) -> Answer:
    return Answer(b"".join(_message(event, document) for event, document in events), _EVENT_STREAM)


def _converse_stream(body: str) -> Answer:
    if _asks_to_call(body):
        start: dict[str, Any] = {"toolUse": {"toolUseId": "tooluse_1", "name": CALL[0]}}
        deltas: list[dict[str, Any]] = [{"toolUse": {"input": one}} for one in _pieces(json.dumps(CALL[1]))]
    else:
        start, deltas = {}, [{"text": one} for one in _pieces(_text_of(body))]
    usage = {"inputTokens": 9, "outputTokens": 9, "totalTokens": 18}
    return _event_stream(
        [
            ("messageStart", {"role": "assistant"}),
            *([("contentBlockStart", {"contentBlockIndex": 0, "start": start})] if start else []),
            *(("contentBlockDelta", {"contentBlockIndex": 0, "delta": delta}) for delta in deltas),
            ("contentBlockStop", {"contentBlockIndex": 0}),
            ("messageStop", {"stopReason": "tool_use" if start else "end_turn"}),
            ("metadata", {"usage": usage, "metrics": {"latencyMs": 5}}),
        ]
    )


def _claude_events(body: str) -> list[dict[str, Any]]:
    if _asks_to_call(body):
        block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": CALL[0], "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": one} for one in _pieces(json.dumps(CALL[1]))]
    else:
        block = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": one} for one in _pieces(_text_of(body))]
    usage = {"input_tokens": 9, "output_tokens": 9}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "usage": usage}
    reason = "tool_use" if block["type"] == "tool_use" else "end_turn"
    return [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 9, "outputTokenCount": 9}},
    ]


def _invoke_stream(body: str) -> Answer:
    chunks = (base64.b64encode(json.dumps(event).encode()).decode() for event in _claude_events(body))
    return _event_stream(("chunk", {"bytes": chunk, "p": "abcdef"}) for chunk in chunks)


def _throttled(body: str) -> Answer | None:
    """Return AWS's error of one who asks too much; its class stands in a header alone."""
    content = json.dumps({"message": "slow down"}).encode()
    return Answer(content, status=429, headers={"x-amzn-ErrorType": "ThrottlingException"}) if _BUSY in body else None


def _titan(_: str) -> Answer:
    return _document({"embedding": VECTOR, "embeddingsByType": {"float": VECTOR}, "inputTextTokenCount": 9})


# --- Google, Mistral, Ollama ----------------------------------------------------------------------------------------


def _gemini_embeddings(body: str) -> Answer:
    request = json.loads(body)
    return _document({"embeddings": [{"values": VECTOR} for _ in request["requests"]]})


def _mistral_chat(body: str) -> Answer:
    if _BUSY in body:
        return _document({"object": "error", "message": "slow down", "type": "rate_limited", "code": "1300"}, 429)
    call = {"id": "D681PevKs", "type": "function", "index": 0}
    call |= {"function": {"name": CALL[0], "arguments": json.dumps(CALL[1])}}
    calls = [call] if _asks_to_call(body) else None
    text, reason = ("", "tool_calls") if calls else (_text_of(body), "stop")
    shared = {"id": "cmpl-1", "model": "mistral-small", "created": 1}
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    if not json.loads(body).get("stream"):
        message = {"role": "assistant", "content": text, "tool_calls": calls}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return _document({**shared, "object": "chat.completion", "choices": [choice], "usage": usage})
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": one} for one in _pieces(text))]
    last = {"content": "", **({"tool_calls": calls} if calls else {})}
    chunks = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    chunks.append({"index": 0, "delta": last, "finish_reason": reason})
    events = [{**shared, "object": "chat.completion.chunk", "choices": [chunk]} for chunk in chunks]
    events[-1] |= {"usage": usage}
    written = [f"data: {json.dumps(event)}\n\n" for event in events]
    return Answer("".join([*written, "data: [DONE]\n\n"]).encode(), _SSE)


def _mistral_embeddings(body: str) -> Answer:
    texts = json.loads(body)["input"]
    data = [{"object": "embedding", "index": at, "embedding": VECTOR} for at in range(len(texts))]
    usage = {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}
    return _document({"id": "embd-1", "object": "list", "model": "mistral-embed", "data": data, "usage": usage})


def _ollama_embeddings(body: str) -> Answer:
    request = json.loads(body)
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    took = {"total_duration": 14143917, "load_duration": 1019500, "prompt_eval_count": 9}
    return _document({"model": request["model"], "embeddings": [VECTOR for _ in texts], **took})


_ANSWERS: tuple[tuple[str, Callable[[str], Answer | None]], ...] = (
    (r"/model/[^/]+/(?:converse|invoke)", _throttled),
    (r"/model/[^/]+/converse-stream", _converse_stream),
    (r"/model/[^/]+/invoke-with-response-stream", _invoke_stream),
    (r"/model/amazon\.titan-embed[^/]*/invoke", _titan),
    (r"/v1beta/models/[^/]+:batchEmbedContents", _gemini_embeddings),
    (r"/mistral/v1/chat/completions", _mistral_chat),
    (r"/mistral/v1/embeddings", _mistral_embeddings),
    (r"/api/embed", _ollama_embeddings),
)
_OURS = [(re.compile(pattern), answer) for pattern, answer in _ANSWERS]
