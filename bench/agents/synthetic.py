"""A coding agent of our own in four dialects: the shapes that the real programs send, and none of their prompts.

It streams, calls its tools on a real folder, and sends everything back turn by turn, as programs do.
"""

from __future__ import annotations

import asyncio
import json
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.agents.provider import Provider, Record
from bench.agents.scenarios import Scenario
from bench.agents.session import Session, files_in

_STATIC = Path(__file__).parents[1] / "outbound" / "texts" / "agents.toml"
_TEXT = {"type": "string"}


def _tool(name: str, description: str, *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict.fromkeys(required, _TEXT), "required": list(required)}
    return {"name": name, "description": description, "schema": schema}


_TOOLS = (
    _tool("read_file", "Reads a text file. Lines are numbered from 1.", "file_path"),
    _tool("edit", "Replaces one exact text in a file with another.", "file_path", "old_string", "new_string"),
    _tool("bash", "Runs a command in bash and returns its output. Disabled in a read-only sandbox.", "command"),
)
Call = tuple[str, str, Mapping[str, Any]]  # id, name, arguments


@dataclass(frozen=True, slots=True)
class Shape:
    """A dialect: its path, a body of (system, tools, items), what a reply adds and calls, a result and a question as items."""

    path: str
    body: Callable[[str, Sequence[Mapping[str, Any]], list[Any]], dict[str, Any]]
    answer: Callable[[list[Any]], tuple[list[Any], Call | None, str]]
    result: Callable[[Call, str], Any]
    question: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session runs: its folder, the address and key to send to, the provider behind it, and a relay's records."""

    folder: Path
    address: str
    key: str
    provider: Provider
    sent: list[Record]


async def run(shape: Shape, scenario: Scenario, place: Place) -> Session:
    """Play a scenario on a freshly laid folder."""
    folder, provider, sent = place.folder, place.provider, place.sent
    scenario.lay(folder)
    provider.begin(scenario.steps, str(folder))
    sent.clear()
    started, output, code = time.monotonic(), "", None
    system = "\n".join(tomllib.loads(_STATIC.read_text(encoding="utf-8"))["rules"])
    items = [shape.question(f"{scenario.question} The folder is {folder}.")]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {place.key}"}) as session:
        for _ in range(len(scenario.steps) + 2):
            body = shape.body(system, _tools(), items)
            async with session.post(place.address + shape.path, json=body) as reply:
                if reply.status != 200:
                    code, output = 1, await reply.text()
                    break
                events = [json.loads(line[6:]) async for line in reply.content if line.startswith(b"data: {")]
            added, call, text = shape.answer(events)
            items += added
            if call is None:
                code, output = 0, text
                break
            items.append(shape.result(call, await _carried_out(call, folder)))
    seconds = time.monotonic() - started
    return Session(code, output, seconds, files_in(folder), list(sent) or provider.records, provider.records)


def _tools() -> list[dict[str, Any]]:
    """Return the tools that are called, then others that are declared alone."""
    called = {tool["name"] for tool in _TOOLS}
    more = [tool for tool in tomllib.loads(_STATIC.read_text(encoding="utf-8"))["tools"] if tool["name"] not in called]
    return [*_TOOLS, *(tool for tool in more if tool["name"] not in {"read", "shell"})]


async def _carried_out(call: Call, folder: Path) -> str:
    _, name, arguments = call
    if name == "bash":
        process = await asyncio.create_subprocess_shell(
            arguments["command"], cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        return (await process.communicate())[0].decode(errors="replace")
    path = Path(arguments["file_path"])
    if name == "read_file":
        return "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(path.read_text().split("\n"), 1))
    text = path.read_text()
    if arguments["old_string"] not in text:
        return "String to replace not found in file."
    path.write_text(text.replace(arguments["old_string"], arguments["new_string"], 1))
    return f"The file {path} has been updated."


# --- OpenAI's chat ---------------------------------------------------------------------------------------------------


def _chat_body(system: str, tools: Sequence[Mapping[str, Any]], items: list[Any]) -> dict[str, Any]:
    functions = [
        {"name": tool["name"], "description": tool["description"], "parameters": tool["schema"]} for tool in tools
    ]
    return {
        "model": "gpt-5.1",
        "messages": [{"role": "system", "content": system}, *items],
        "tools": [{"type": "function", "function": function} for function in functions],
        "stream": True,
    }


def _chat_answer(events: list[Any]) -> tuple[list[Any], Call | None, str]:
    deltas = [event["choices"][0]["delta"] for event in events if event["choices"]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    pieces = [piece for delta in deltas for piece in delta.get("tool_calls") or ()]
    if not pieces:
        return [{"role": "assistant", "content": text}], None, text
    identity, name = pieces[0]["id"], pieces[0]["function"]["name"]
    arguments = "".join(piece["function"].get("arguments") or "" for piece in pieces)
    called = {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    return [message], (identity, name, json.loads(arguments)), ""


def _chat_result(call: Call, text: str) -> Any:
    return {"role": "tool", "tool_call_id": call[0], "content": text}


# --- Anthropic's messages --------------------------------------------------------------------------------------------


def _messages_body(system: str, tools: Sequence[Mapping[str, Any]], items: list[Any]) -> dict[str, Any]:
    marked = {"cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-opus-4-5",
        "max_tokens": 32000,
        "system": [{"type": "text", "text": system, **marked}],
        "messages": items,
        "tools": [
            {"name": tool["name"], "description": tool["description"], "input_schema": tool["schema"]} for tool in tools
        ],
        "thinking": {"type": "enabled", "budget_tokens": 4000},
        "stream": True,
    }


def _messages_answer(events: list[Any]) -> tuple[list[Any], Call | None, str]:
    blocks: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "content_block_start":
            blocks.append({**event["content_block"], "json": ""})
        elif event["type"] == "content_block_delta":
            for member, piece in event["delta"].items():
                name = "json" if member == "partial_json" else member
                if member != "type":
                    blocks[event["index"]][name] = blocks[event["index"]].get(name, "") + piece
    for block in blocks:
        arguments = block.pop("json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(arguments)
    call = next(((block["id"], block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"), None)
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    return [{"role": "assistant", "content": blocks}], call, text


def _messages_result(call: Call, text: str) -> Any:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call[0], "content": text}]}


# --- OpenAI's Responses ----------------------------------------------------------------------------------------------


def _responses_body(system: str, tools: Sequence[Mapping[str, Any]], items: list[Any]) -> dict[str, Any]:
    functions = [
        {"name": tool["name"], "description": tool["description"], "parameters": tool["schema"]} for tool in tools
    ]
    return {
        "model": "gpt-5.1",
        "instructions": system,
        "input": items,
        "tools": [{"type": "function", "strict": False, **function} for function in functions],
        "include": ["reasoning.encrypted_content"],
        "store": False,
        "stream": True,
    }


def _responses_answer(events: list[Any]) -> tuple[list[Any], Call | None, str]:
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    calls = [
        (item["call_id"], item["name"], json.loads(item["arguments"]))
        for item in items
        if item["type"] == "function_call"
    ]
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    return items, next(iter(calls), None), text


def _responses_result(call: Call, text: str) -> Any:
    return {"type": "function_call_output", "call_id": call[0], "output": text}


# --- Gemini ----------------------------------------------------------------------------------------------------------


def _gemini_body(system: str, tools: Sequence[Mapping[str, Any]], items: list[Any]) -> dict[str, Any]:
    declared = [
        {"name": tool["name"], "description": tool["description"], "parametersJsonSchema": tool["schema"]}
        for tool in tools
    ]
    return {
        "systemInstruction": {"role": "user", "parts": [{"text": system}]},
        "contents": items,
        "tools": [{"functionDeclarations": declared}],
    }


def _gemini_answer(events: list[Any]) -> tuple[list[Any], Call | None, str]:
    parts = [part for event in events for part in event["candidates"][0]["content"]["parts"]]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    call = (calls[0]["id"], calls[0]["name"], calls[0]["args"]) if calls else None
    return [{"role": "model", "parts": parts}], call, "".join(part.get("text", "") for part in parts)


def _gemini_result(call: Call, text: str) -> Any:
    response = {"id": call[0], "name": call[1], "response": {"output": text}}
    return {"role": "user", "parts": [{"functionResponse": response}]}


SHAPES = {
    "chat": Shape("/v1/chat/completions", _chat_body, _chat_answer, _chat_result, lambda text: {"role": "user", "content": text}),
    "messages": Shape(
        "/v1/messages", _messages_body, _messages_answer, _messages_result,
        lambda text: {"role": "user", "content": [{"type": "text", "text": text}]},
    ),
    "responses": Shape(
        "/v1/responses", _responses_body, _responses_answer, _responses_result,
        lambda text: {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]},
    ),
    "gemini": Shape(
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", _gemini_body, _gemini_answer, _gemini_result,
        lambda text: {"role": "user", "parts": [{"text": text}]},
    ),
}  # fmt: skip
