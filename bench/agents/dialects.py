"""The four dialects that coding agents speak: a request as a history, and the model's answer as a reply or its events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.agents.script import Action, History

Body = Mapping[str, Any]
_PIECE = 7  # characters of a delta


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a request, and how many of them the provider has read from its cache."""

    tokens: int
    cached: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one API is read and answered; ``events`` are (event or "", document) in order, ``prefix`` what a cache keys on."""

    history: Callable[[Body], History]
    reply: Callable[[Body, Action, int, Usage], dict[str, Any]]
    events: Callable[[Body, dict[str, Any]], Iterator[tuple[str, Any]]]
    prefix: Callable[[Body], list[Any]]
    ending: str = ""


def flat(content: Any) -> str:
    """Return the texts of a content, whatever its shape."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return next((flat(content[key]) for key in ("text", "content", "output") if content.get(key)), "")
    return "\n".join(flat(part) for part in content or ())


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] or [""]


def _json(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


# --- OpenAI's chat ---------------------------------------------------------------------------------------------------


def _chat_history(body: Body) -> History:
    history = History()
    for message in body["messages"]:
        text = flat(message.get("content"))
        if message["role"] == "tool":
            history.results.append(text)
        else:
            history.texts.append((message["role"], text))
    functions = [tool["function"] for tool in body.get("tools") or ()]
    history.tools = {function["name"]: function.get("parameters") or {} for function in functions}
    return history


def _chat_reply(body: Body, action: Action, number: int, usage: Usage) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": action.text or None}
    if action.tool:
        call = {"name": action.tool, "arguments": _json(action.arguments)}
        message["tool_calls"] = [{"id": f"call_{number:012d}", "type": "function", "function": call}]
    return {
        "id": f"chatcmpl-{number:08d}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if action.tool else "stop"}],
        "usage": {
            "prompt_tokens": usage.tokens,
            "completion_tokens": 10,
            "total_tokens": usage.tokens + 10,
            "prompt_tokens_details": {"cached_tokens": usage.cached},
        },
    }


def _chat_events(body: Body, reply: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    choice = reply["choices"][0]
    message = choice["message"]
    head = {"id": reply["id"], "object": "chat.completion.chunk", "created": reply["created"], "model": reply["model"]}

    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> tuple[str, Any]:
        return "", head | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": None if "tool_calls" in message else ""})
    for call in message.get("tool_calls", ()):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield chunk({"tool_calls": [{"index": 0, "id": call["id"], "type": "function", "function": function}]})
        for piece in _pieces(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    for piece in _pieces(message["content"]) if message["content"] else ():
        yield chunk({"content": piece})
    yield chunk({}, choice["finish_reason"])
    if (body.get("stream_options") or {}).get("include_usage"):
        yield "", head | {"choices": [], "usage": reply["usage"]}


# --- Anthropic's messages --------------------------------------------------------------------------------------------


def _messages_history(body: Body) -> History:
    history = History([("system", flat(body.get("system")))])
    for message in body["messages"]:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        history.results += [flat(part.get("content")) for part in parts if part["type"] == "tool_result"]
        history.texts.append((message["role"], flat([part for part in parts if part["type"] == "text"])))
    history.tools = {tool["name"]: tool.get("input_schema") or {} for tool in body.get("tools") or ()}
    return history


def _messages_reply(body: Body, action: Action, number: int, usage: Usage) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if (body.get("thinking") or {}).get("type") in {"enabled", "adaptive"}:
        signature = f"ErUBCkYIBxgCIkD{'Qk9ab7xZ' * 12}{number:06d}=="
        content.append({"type": "thinking", "thinking": "Let me look at this carefully.", "signature": signature})
    if action.tool:
        content.append(
            {"type": "tool_use", "id": f"toolu_{number:020d}", "name": action.tool, "input": action.arguments}
        )
    else:
        content.append({"type": "text", "text": action.text})
    return {
        "id": f"msg_{number:020d}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": "tool_use" if action.tool else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.tokens - usage.cached,
            "output_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": usage.cached,
        },
    }


def _messages_events(_: Body, reply: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    def event(kind: str, **members: Any) -> tuple[str, Any]:
        return kind, {"type": kind} | members

    yield event("message_start", message=reply | {"content": [], "stop_reason": None})
    for index, block in enumerate(reply["content"]):
        start, deltas = _block(block)
        yield event("content_block_start", index=index, content_block=start)
        for delta in deltas:
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    end = {"stop_reason": reply["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=end, usage=reply["usage"])
    yield event("message_stop")


def _block(block: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return how a block of content starts, and its deltas."""
    if block["type"] == "text":
        start = {"type": "text", "text": ""}
        return start, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    pieces = _pieces(json.dumps(block["input"]))
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


# --- OpenAI's Responses ----------------------------------------------------------------------------------------------


def _responses_history(body: Body) -> History:
    history = History([("system", body.get("instructions") or "")])
    items = body.get("input") or ()
    tools = [*(body.get("tools") or ())]
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        kind = item.get("type", "message")
        tools += item.get("tools", ())
        if kind.endswith("_output"):
            history.results.append(flat(item.get("output")))
        elif kind == "message":
            history.texts.append((item["role"], flat(item.get("content"))))
    for tool in tools:
        history.tools[tool.get("name") or tool["type"]] = tool.get("parameters") or {}
        for inner in tool.get("tools", ()):
            history.tools[inner["name"]] = inner.get("parameters") or {}
    return history


def _responses_reply(body: Body, action: Action, number: int, usage: Usage) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    if "reasoning.encrypted_content" in (body.get("include") or ()):
        sealed = f"gAAAAABo{'x7Kq9Zt2' * 30}{number:06d}"
        items.append({"type": "reasoning", "id": f"rs_{number:040d}", "summary": [], "encrypted_content": sealed})
    call = {"call_id": f"call_{number:024d}", "name": action.tool, "status": "completed"}
    if isinstance(action.arguments, str):
        items.append({"type": "custom_tool_call", "id": f"ctc_{number:040d}", **call, "input": action.arguments})
    elif action.tool:
        arguments = json.dumps(action.arguments)
        items.append({"type": "function_call", "id": f"fc_{number:040d}", **call, "arguments": arguments})
    else:
        part = {"type": "output_text", "text": action.text, "annotations": [], "logprobs": []}
        message = {"type": "message", "id": f"msg_{number:040d}", "role": "assistant", "status": "completed"}
        items.append(message | {"content": [part]})
    return {
        "id": f"resp_{number:040d}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": body["model"],
        "output": items,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": usage.tokens,
            "input_tokens_details": {"cached_tokens": usage.cached},
            "output_tokens": 10,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.tokens + 10,
        },
        "metadata": {},
    }


def _responses_events(_: Body, reply: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    opening = reply | {"status": "in_progress", "output": [], "usage": None}
    bare = [("response.created", {"response": opening}), ("response.in_progress", {"response": opening})]
    for index, item in enumerate(reply["output"]):
        bare += _item_events(index, item)
    bare.append(("response.completed", {"response": reply}))
    for number, (kind, members) in enumerate(bare):
        yield kind, {"type": kind, "sequence_number": number} | members


def _item_events(index: int, item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    at = {"item_id": item["id"], "output_index": index}
    if item["type"] == "message":
        within, part = at | {"content_index": 0}, item["content"][0]
        started = item | {"content": [], "status": "in_progress"}
        middle = [
            ("response.content_part.added", within | {"part": part | {"text": ""}}),
            *(
                ("response.output_text.delta", within | {"delta": piece, "logprobs": []})
                for piece in _pieces(part["text"])
            ),
            ("response.output_text.done", within | {"text": part["text"], "logprobs": []}),
            ("response.content_part.done", within | {"part": part}),
        ]
    elif item["type"] in _GROWING:
        member, event = _GROWING[item["type"]]
        started = item | {member: "", "status": "in_progress"}
        middle = [(f"response.{event}.delta", at | {"delta": piece}) for piece in _pieces(item[member])]
        middle.append((f"response.{event}.done", at | {member: item[member]}))
    else:
        started, middle = item, []
    output = {"output_index": index}
    return [
        ("response.output_item.added", output | {"item": started}),
        *middle,
        ("response.output_item.done", output | {"item": item}),
    ]


_GROWING = {
    "function_call": ("arguments", "function_call_arguments"),
    "custom_tool_call": ("input", "custom_tool_call_input"),
}


# --- Gemini ----------------------------------------------------------------------------------------------------------


def _gemini_history(body: Body) -> History:
    history = History([("system", flat((body.get("systemInstruction") or {}).get("parts")))])
    for content in body["contents"]:
        for part in content["parts"]:
            if "functionResponse" in part:
                response = part["functionResponse"].get("response", {})
                history.results.append(response.get("output") or json.dumps(response, ensure_ascii=False))
            elif "text" in part:
                history.texts.append((content.get("role", "user"), part["text"]))
    declarations = [one for tool in body.get("tools") or () for one in tool.get("functionDeclarations") or ()]
    history.tools = {
        one["name"]: one.get("parametersJsonSchema") or one.get("parameters") or {} for one in declarations
    }
    return history


def _gemini_reply(_: Body, action: Action, number: int, usage: Usage) -> dict[str, Any]:
    part: dict[str, Any] = {"text": action.text}
    if action.tool:
        call = {"id": f"fc{number:08d}", "name": action.tool, "args": action.arguments}
        part = {"functionCall": call, "thoughtSignature": f"CvQBAXLI2nz{'Zk3Lq8Yp' * 12}{number:04d}"}
    return {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0, "finishReason": "STOP"}],
        "usageMetadata": {
            "promptTokenCount": usage.tokens,
            "cachedContentTokenCount": usage.cached,
            "candidatesTokenCount": 10,
            "totalTokenCount": usage.tokens + 10,
        },
        "modelVersion": "gemini",
        "responseId": f"r{number:08d}",
    }


def _gemini_events(_: Body, reply: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    (candidate,) = reply["candidates"]
    (part,) = candidate["content"]["parts"]
    parts = [{"text": piece} for piece in _pieces(part["text"])] if "text" in part else [part]
    for one in parts:
        event = candidate | {"content": {"role": "model", "parts": [one]}}
        if one is not parts[-1]:
            del event["finishReason"]
        yield "", reply | {"candidates": [event]}


# --- all -------------------------------------------------------------------------------------------------------------


def _keys_on(*members: str) -> Callable[[Body], list[Any]]:
    """Return what a provider's cache keys on: these members in order, the last one item by item, without marks of the cache."""

    def prefix(body: Body) -> list[Any]:
        last = body.get(members[-1]) or []
        return _unmarked([*(body.get(name) for name in members[:-1]), *([last] if isinstance(last, str) else last)])

    return prefix


def _unmarked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unmarked(member) for key, member in value.items() if key != "cache_control"}
    return (
        [_unmarked(member) for member in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
    )


CHAT = Dialect(_chat_history, _chat_reply, _chat_events, _keys_on("tools", "messages"), "data: [DONE]\n\n")
MESSAGES = Dialect(_messages_history, _messages_reply, _messages_events, _keys_on("tools", "system", "messages"))
RESPONSES = Dialect(_responses_history, _responses_reply, _responses_events, _keys_on("tools", "instructions", "input"))
GEMINI = Dialect(_gemini_history, _gemini_reply, _gemini_events, _keys_on("tools", "systemInstruction", "contents"))


def dialect_of(path: str) -> Dialect | None:
    """Return the dialect of a path that asks a model, None for every other path."""
    if path.endswith("/chat/completions"):
        return CHAT
    if path.endswith("/messages"):
        return MESSAGES
    if path.endswith("/responses"):
        return RESPONSES
    return GEMINI if path.endswith((":generateContent", ":streamGenerateContent")) else None
