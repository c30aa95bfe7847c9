"""Requests as programs send them: a text in a message or in a tool's result, in three dialects."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.outbound.material import TOOLS, Document

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
DIALECTS = (CHAT, MESSAGES, RESPONSES)
_ASKED = "Go on."
_MODEL = "gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Request:
    """A body with its path, and where the text stands in it."""

    path: str
    body: Mapping[str, Any]
    place: tuple[str | int, ...]

    def text(self, body: Any) -> str:
        """Return the text as it stands in a body."""
        for step in self.place:
            body = body[step]
        return str(body)


def of(document: Document) -> Request:
    """Return the request for a document; its name decides on the dialect."""
    path = DIALECTS[zlib.crc32(document.name.encode()) % len(DIALECTS)]
    kind = document.kind.split()[0]
    return result(path, document.text) if kind in TOOLS else message(path, document.text)


def message(path: str, text: str) -> Request:
    """Return a request whose user says a text."""
    if path == RESPONSES:
        items = [{"role": "user", "content": [{"type": "input_text", "text": text}]}]
        return Request(path, {"model": _MODEL, "store": False, "input": items}, ("input", 0, "content", 0, "text"))
    more = {"max_tokens": 100} if path == MESSAGES else {}
    body = {"model": _MODEL, **more, "messages": [{"role": "user", "content": text}]}
    return Request(path, body, ("messages", 0, "content"))


def result(path: str, text: str) -> Request:
    """Return a request in which a tool's result is a text."""
    return conversation(path, "", (), [("user", _ASKED), ("call", "fetch", {"id": 7}), ("result", text)])


def conversation(
    path: str, system: str, tools: Sequence[Mapping[str, Any]], turns: Sequence[tuple[Any, ...]]
) -> Request:
    """Return an agent's request: what each turn is stands first in it (user, assistant, call, result).

    ``tools`` are (name, description, schema) by these keys. The place is that of the last turn's text.
    """
    return _BUILDERS[path](system, tools, turns)


def _chat(system: str, tools: Sequence[Mapping[str, Any]], turns: Sequence[tuple[Any, ...]]) -> Request:
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for number, (kind, *more) in enumerate(turns):
        if kind == "call":
            called = {"name": more[0], "arguments": json.dumps(more[1])}
            calls = [{"id": f"call_{number}", "type": "function", "function": called}]
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        elif kind == "result":
            messages.append({"role": "tool", "tool_call_id": f"call_{number - 1}", "content": more[0]})
        else:
            messages.append({"role": kind, "content": more[0]})
    declared = [
        {
            "type": "function",
            "function": {"name": t["name"], "description": t["description"], "parameters": t["schema"]},
        }
        for t in tools
    ]
    body = {"model": _MODEL, "messages": messages, **({"tools": declared} if declared else {})}
    return Request(CHAT, body, ("messages", len(messages) - 1, "content"))


def _messages(system: str, tools: Sequence[Mapping[str, Any]], turns: Sequence[tuple[Any, ...]]) -> Request:
    messages: list[dict[str, Any]] = []
    place: tuple[str | int, ...] = ()
    for number, (kind, *more) in enumerate(turns):
        if kind == "call":
            block = {"type": "tool_use", "id": f"toolu_{number:02}", "name": more[0], "input": more[1]}
            messages.append({"role": "assistant", "content": [block]})
        elif kind == "result":
            block = {"type": "tool_result", "tool_use_id": f"toolu_{number - 1:02}", "content": more[0]}
            messages.append({"role": "user", "content": [block]})
            place = ("messages", len(messages) - 1, "content", 0, "content")
        else:
            messages.append({"role": kind, "content": [{"type": "text", "text": more[0]}]})
            place = ("messages", len(messages) - 1, "content", 0, "text")
    declared = [{"name": t["name"], "description": t["description"], "input_schema": t["schema"]} for t in tools]
    blocks = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    body = {
        "model": _MODEL, "max_tokens": 4096, **({"system": blocks} if system else {}), "messages": messages,
        **({"tools": declared} if declared else {}),
    }  # fmt: skip
    return Request(MESSAGES, body, place)


def _responses(system: str, tools: Sequence[Mapping[str, Any]], turns: Sequence[tuple[Any, ...]]) -> Request:
    items: list[dict[str, Any]] = []
    place: tuple[str | int, ...] = ()
    for number, (kind, *more) in enumerate(turns):
        if kind == "call":
            items.append(
                {
                    "type": "function_call",
                    "call_id": f"call_{number}",
                    "name": more[0],
                    "arguments": json.dumps(more[1]),
                }
            )
        elif kind == "result":
            items.append({"type": "function_call_output", "call_id": f"call_{number - 1}", "output": more[0]})
            place = ("input", len(items) - 1, "output")
        else:
            part = "input_text" if kind == "user" else "output_text"
            items.append({"role": kind, "content": [{"type": part, "text": more[0]}]})
            place = ("input", len(items) - 1, "content", 0, "text")
    declared = [
        {
            "type": "function",
            "name": t["name"],
            "description": t["description"],
            "parameters": t["schema"],
            "strict": False,
        }
        for t in tools
    ]
    body = {
        "model": _MODEL, "store": False, **({"instructions": system} if system else {}), "input": items,
        **({"tools": declared} if declared else {}),
    }  # fmt: skip
    return Request(RESPONSES, body, place)


_BUILDERS = {CHAT: _chat, MESSAGES: _messages, RESPONSES: _responses}
