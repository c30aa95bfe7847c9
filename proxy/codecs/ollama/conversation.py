"""Ollama's ``/api/chat`` as a conversation, and a conversation as ``/api/chat``: requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import conversation as talk
from proxy.codecs import translatable
from proxy.codecs.call_ids import CallIds, with_call_names
from proxy.codecs.conversation import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Blob,
    Conversation,
    Format,
    Part,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    blob,
    read_options,
    turns_of,
    write_options,
)
from proxy.codecs.openai.conversation import read_tools
from proxy.codecs.translatable import UntranslatableError, objects, takes, typed, without_none

_SERVER = "tunes how this server runs its model, which others decide themselves"
REQUEST = takes(
    "model messages stream format options tools",
    {"keep_alive": _SERVER, "think": translatable.EFFORT},
    top_logprobs=(0,),
    truncate=(True,),
    shift=(True,),
)
OPTIONS = takes(
    "num_predict temperature top_p top_k seed presence_penalty frequency_penalty stop",
    {
        """
        numa num_ctx num_batch num_gpu main_gpu low_vram f16_kv use_mmap use_mlock num_thread num_keep
        """: _SERVER
    },
    presence_penalty=(0,),
)
_THOUGHT = {"thinking": "thinking of a past turn, which the next does not need"}
MESSAGES = {
    "system": takes("role content"),
    "user": takes("role content images"),
    "assistant": takes("role content tool_calls", _THOUGHT),
    "tool": takes("role content tool_call_id", {"tool_name": "names the answered call, as its id does"}),
}
CALL = takes("id function", type=("function",))
CALLED = takes("name arguments", {"index": "follows from the order of calls"})
TOOLS, FUNCTION = takes("function", type=("function",)), takes("name description parameters strict")
#: All of these, by place.
KNOWN = (
    ("", REQUEST),
    ("options", OPTIONS),
    *(("messages", members) for members in MESSAGES.values()),
    ("messages.tool_calls", CALL),
    ("messages.tool_calls.function", CALLED),
    ("tools", TOOLS),
    ("tools.function", FUNCTION),
)
_OPTIONS = {**talk.OPTIONS, "tokens": "num_predict"}
PATHS = {**{option: f"options.{name}" for option, name in _OPTIONS.items()}, "turns": "messages"}
_ROLES = {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}
#: Beginnings of base64 of pictures, which come without a media type.
_PICTURES = {"iVBORw0KGg": "image/png", "/9j/": "image/jpeg", "R0lGOD": "image/gif", "UklGR": "image/webp"}


def to_conversation(document: Mapping[str, Any]) -> Conversation:
    REQUEST.check(document)
    options = typed(document.get("options") or {}, dict, "options")
    OPTIONS.check(options, "options")
    form = document.get("format")
    if isinstance(form, str) and form not in {"", "json"}:
        raise UntranslatableError("format", "has no counterpart in other dialects")
    tokens = options.get("num_predict")
    if tokens is not None and tokens <= 0:  # no limit
        options = {**options, "num_predict": None}
    return Conversation(
        turns=turns_of(_messages(objects(document.get("messages"), "messages")), "messages"),
        tools=read_tools(document.get("tools"), TOOLS, FUNCTION),
        limits=read_options(options, _OPTIONS, "options."),
        format=Format(None if form == "json" else typed(form, dict, "format")) if form else None,
        stream=document.get("stream", True) is True,
    )


def _messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sequence[Part]]]:
    path = "messages.tool_calls"
    calls_of = [objects(message.get("tool_calls"), path) for message in messages]
    ids = CallIds(str(call["id"]) for calls in calls_of for call in calls if call.get("id"))
    for message, calls in zip(messages, calls_of, strict=True):
        role = str(message.get("role"))
        if role not in MESSAGES:
            raise UntranslatableError("messages.role", "has no counterpart in other dialects")
        MESSAGES[role].check(message, "messages")
        text = typed(message.get("content") or "", str, "messages.content")
        parts: list[Any] = [Text(text)] if text else []
        if role == "tool":
            name, call_id = str(message.get("tool_name") or ""), str(message.get("tool_call_id") or "")
            yield TOOL, [ToolResult(ids.of_result(name, call_id, "messages.tool_name"), tuple(parts))]
        else:
            parts += [_picture(element) for element in typed(message.get("images") or [], list, "messages.images")]
            yield _ROLES[role], [*parts, *(_read_call(call, ids) for call in calls)]


def _picture(data: Any) -> Blob:
    begins = str(data).lstrip()
    media_types = [media for start, media in _PICTURES.items() if begins.startswith(start)]
    return blob(media_types[0] if media_types else None, data, "messages.images")


def _read_call(call: Mapping[str, Any], ids: CallIds) -> ToolCall:
    path = "messages.tool_calls.function"
    CALL.check(call, "messages.tool_calls")
    function = typed(call.get("function"), dict, path)
    CALLED.check(function, path)
    name = typed(function.get("name"), str, f"{path}.name")
    call_arguments = typed(function.get("arguments") or {}, dict, f"{path}.arguments")
    return ToolCall(ids.of_call(name, str(call.get("id") or "")), name, call_arguments)


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    form = conversation.format
    for name, usual in (("mode", "auto"), ("parallel", True)):
        if getattr(conversation.choice, name) != usual:
            raise UntranslatableError("choice" if name == "mode" else name, "is not supported by this target")
    document = {
        "messages": [
            message for turn, called in with_call_names(conversation.turns) for message in _write_messages(turn, called)
        ],
        "stream": conversation.stream,
        "options": without_none(write_options(conversation.limits, _OPTIONS)) or None,
        "tools": [{"type": "function", "function": _write_tool(tool)} for tool in conversation.tools] or None,
        "format": None if form is None else form.schema or "json",
    }
    return without_none(document)


def _write_tool(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.schema}


def _write_messages(turn: Turn, called: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if turn.role == TOOL:
        for part in turn.parts:
            if isinstance(part, ToolResult):
                texts = [inner.text for inner in part.parts if isinstance(inner, Text)]
                if len(texts) != len(part.parts) or len(texts) > 1:
                    raise UntranslatableError("turns", "has a result that is not one text")
                named = {"tool_name": called[part.id]} if part.id in called else {}
                yield {"role": "tool", "content": "".join(texts), "tool_call_id": part.id, **named}
        return
    texts = [part.text for part in turn.parts if isinstance(part, Text)]
    pictures = [part.data for part in turn.parts if isinstance(part, Blob) and part.media.startswith("image/")]
    calls = [write_call(part) for part in turn.parts if isinstance(part, ToolCall)]
    if len(texts) + len(pictures) + len(calls) != len(turn.parts):
        raise UntranslatableError("turns", "holds a part that messages of this target cannot have")
    message: dict[str, Any] = {"role": turn.role, "content": "\n\n".join(texts)}
    yield message | ({"images": pictures} if pictures else {}) | ({"tool_calls": calls} if calls else {})


def write_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
