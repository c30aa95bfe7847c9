"""The Responses API as a conversation, and a conversation as Responses: requests.

Encrypted reasoning is sealed by the model that produced it: that of past turns is omitted, as OpenAI's documentation of
reasoning allows; that of the current turn has no translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.calls import render_arguments
from proxy.codecs.conversation import (
    ASSISTANT,
    OPTIONS,
    SYSTEM,
    TOOL,
    USER,
    Blob,
    Conversation,
    Link,
    Part,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    blob_of_url,
    content_parts,
    picture,
    read_options,
    result_parts,
    tool_of,
    turns_of,
    write_options,
)
from proxy.codecs.media import data_url
from proxy.codecs.openai import conversation as chat
from proxy.codecs.translatable import UntranslatableError, objects, takes, typed, without_none

REQUEST = takes(
    """
    model input instructions stream tools tool_choice parallel_tool_calls text max_output_tokens temperature top_p top_k
    seed stop presence_penalty frequency_penalty
    """,
    {
        "user safety_identifier": translatable.WHOSE,
        "metadata": "labels what a provider keeps, and nothing is kept",
        "prompt_cache_key prompt_cache_retention prompt_cache_options": translatable.CACHE,
        "service_tier priority request_id": translatable.SCHEDULING,
        "reasoning": translatable.EFFORT,
        "stream_options": "pads events against traffic analysis",
    },
    include=(["reasoning.encrypted_content"],),
    truncation=("disabled",),
    parallel_tool_calls=(True,),
    top_logprobs=(0,),
    presence_penalty=(0,),
    frequency_penalty=(0,),
)
TEXT = takes("format", {"verbosity": translatable.EFFORT})
FORMATS = {
    "text": takes("type"),
    "json_object": takes("type"),
    "json_schema": takes("type name description schema strict"),
}
_ITSELF = {"id status phase": "identifies an item of a former reply; its content is translated"}
_CACHED = {"prompt_cache_breakpoint": translatable.CACHE}
ITEMS = {
    "message": takes("type role content", _ITSELF),
    "function_call": takes(
        "type call_id name arguments", {**_ITSELF, "parsed_arguments": "repeats the arguments as an object"}
    ),
    "function_call_output": takes("type call_id output", {**_ITSELF, "name": "the answered call has the name"}),
    "reasoning": takes(
        "type", {**_ITSELF, "summary content encrypted_content": "thinking of a past turn, which is not needed"}
    ),
}
PARTS = {
    "input_text": takes("type text", _CACHED),
    "output_text": takes(
        "type text", {**_CACHED, "annotations": translatable.CITED, "logprobs parsed": "repeat the text in other forms"}
    ),
    "text": takes("type text", _CACHED),
    "refusal": takes("type refusal", _CACHED),
    "input_image": takes("type image_url", {**_CACHED, "detail": "tunes how closely a picture is looked at"}),
    "input_file": takes("type file_data filename", {**_CACHED, "detail": "tunes how closely a file is looked at"}),
}
TOOLS = takes("type name description parameters strict")
CHOSEN = takes("type name")
#: All of these, by place.
KNOWN = (
    ("", REQUEST),
    ("text", TEXT),
    *(("text.format", members) for members in FORMATS.values()),
    *((f"input={kind}", members) for kind, members in ITEMS.items()),
    *(("input.content", members) for members in PARTS.values()),
    ("tools", TOOLS),
    ("tool_choice", CHOSEN),
)
_OPTIONS = {**OPTIONS, "tokens": "max_output_tokens"}
PATHS = {
    **_OPTIONS,
    "format": "text.format",
    "parallel": "parallel_tool_calls",
    "choice": "tool_choice",
    "turns": "input.content",
}
_ROLES = {"user": USER, "assistant": ASSISTANT, "system": SYSTEM, "developer": SYSTEM}


def to_conversation(document: Mapping[str, Any]) -> Conversation:
    REQUEST.check(document)
    value, text = document.get("input"), typed(document.get("text") or {}, dict, "text")
    TEXT.check(text, "text")
    items = [{"role": "user", "content": value}] if isinstance(value, str) else objects(value, "input")
    first = typed(document.get("instructions") or "", str, "instructions")
    return Conversation(
        turns=turns_of([(SYSTEM, [Text(first)] if first else []), *_join(_items(items))], "input"),
        tools=tuple(_read_tool(tool) for tool in objects(document.get("tools"), "tools")),
        choice=chat.read_choice(document, _read_chosen),
        limits=read_options(document, _OPTIONS),
        format=chat.read_format(text.get("format"), "text.format", FORMATS),
        stream=document.get("stream") is True,
    )


def _join(items: Iterator[tuple[str, list[Part]]]) -> list[tuple[str, list[Part]]]:
    """Return messages in which everything a model said and called at once is one."""
    joined: list[tuple[str, list[Part]]] = []
    for role, parts in items:
        if joined and joined[-1][0] == role == ASSISTANT:
            joined[-1][1].extend(parts)
        else:
            joined.append((role, parts))
    return joined


def _items(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Part]]]:
    questions = [number for number, item in enumerate(items) if item.get("role") == "user"]
    for number, item in enumerate(items):
        kind = str(item.get("type") or "message")
        if kind not in ITEMS:
            raise UntranslatableError("input", "has an item of a type that other dialects do not have")
        ITEMS[kind].check(item, "input")
        if kind == "reasoning":
            if item.get("encrypted_content") and not (questions and number < questions[-1]):
                raise UntranslatableError("input.encrypted_content", "is sealed by its model for this very turn")
        elif kind == "message":
            role = _ROLES.get(str(item.get("role")))
            if role is None:
                raise UntranslatableError("input.role", "has no counterpart in other dialects")
            yield role, list(_content(item.get("content"), "input.content"))
        elif kind == "function_call":
            yield ASSISTANT, [chat.read_call(item.get("call_id"), item, "input")]
        else:
            parts = result_parts(_content(item.get("output"), "input.output"), "input.output")
            yield TOOL, [ToolResult(str(item.get("call_id")), parts)]


def _content(content: Any, path: str) -> Iterator[Part]:
    for part in content_parts(content, path):
        kind = str(part.get("type"))
        if kind not in PARTS:
            raise UntranslatableError(path, "has a part of a type that other dialects do not have")
        PARTS[kind].check(part, path)
        if kind == "input_image":
            yield picture(part.get("image_url"), f"{path}.image_url")
        elif kind == "input_file":
            yield blob_of_url(part.get("file_data"), f"{path}.file_data", str(part.get("filename") or ""))
        else:
            member = "refusal" if kind == "refusal" else "text"
            yield Text(typed(part.get(member), str, f"{path}.{member}"))


def _read_tool(tool: Mapping[str, Any]) -> Tool:
    if tool.get("type") != "function":
        raise UntranslatableError("tools", "holds a tool that other dialects do not have")
    TOOLS.check(tool, "tools")
    return tool_of(tool, "tools")


def _read_chosen(choice: Any) -> Any:
    if not isinstance(choice, dict) or choice.get("type") != "function":
        raise UntranslatableError("tool_choice", "has no counterpart in other dialects")
    CHOSEN.check(choice, "tool_choice")
    return choice.get("name")


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    choice = conversation.choice
    form = chat.write_format(conversation.format, "")
    document = {
        "input": [item for turn in conversation.turns for item in _write_items(turn)],
        **write_options(conversation.limits, {name: _OPTIONS[name] for name in ("tokens", "temperature", "top_p")}),
        # by default this API takes every schema for a strict one
        "tools": [{"type": "function", "strict": False, **chat.write_function(tool)} for tool in conversation.tools]
        or None,
        "tool_choice": chat.CHOSEN_BY.get(choice.mode, {"type": "function", "name": choice.name}),
        "parallel_tool_calls": None if choice.parallel else False,
        "text": None if form is None else {"format": form},
        "stream": conversation.stream or None,
    }
    return without_none(document)


def _write_items(turn: Turn) -> Iterator[dict[str, Any]]:
    pending: list[dict[str, Any]] = []
    kind = "output_text" if turn.role == ASSISTANT else "input_text"
    for part in turn.parts:
        if isinstance(part, ToolCall | ToolResult):
            if pending:
                yield {"type": "message", "role": turn.role, "content": pending}
                pending = []
            yield write_call(part) if isinstance(part, ToolCall) else _write_result(part)
        else:
            pending.append(_write_part(part, kind))
    if pending:
        yield {"type": "message", "role": turn.role, "content": pending}


def write_call(part: ToolCall) -> dict[str, Any]:
    text = render_arguments(part.arguments)
    return {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": text}


def _write_result(part: ToolResult) -> dict[str, Any]:
    alone = part.parts[0].text if len(part.parts) == 1 and isinstance(part.parts[0], Text) else ""
    output = alone or [_write_part(parts, "input_text") for parts in part.parts]
    return {"type": "function_call_output", "call_id": part.id, "output": output}


def _write_part(part: Part, kind: str) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": kind, "text": part.text}
    if isinstance(part, Link):
        return {"type": "input_image", "image_url": part.url}
    if isinstance(part, Blob) and part.media.startswith("image/"):
        return {"type": "input_image", "image_url": data_url(part.media, part.data)}
    if isinstance(part, Blob) and part.media in chat.FILES:
        named = {"filename": part.name} if part.name else {}
        return {"type": "input_file", "file_data": data_url(part.media, part.data), **named}
    raise UntranslatableError("turns", "holds a recording or file that this target does not support")
