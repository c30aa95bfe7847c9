"""Anthropic's Messages as a conversation, and a conversation as Messages: requests.

Thinking is sealed by the model that produced it: that of past turns is omitted, as Anthropic's documentation of
extended thinking allows; that of the current turn has no translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.conversation import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Conversation,
    Format,
    Link,
    Part,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
    blob,
    content_parts,
    instructions,
    read_options,
    result_parts,
    tool_of,
    turns_of,
    write_options,
)
from proxy.codecs.translatable import UntranslatableError, flag, objects, takes, typed, without_none

_CACHE = {"cache_control": translatable.CACHE}
_CITED = {"citations": translatable.CITED}
REQUEST = takes(
    """
    model messages system max_tokens stream stop_sequences temperature top_p top_k tools tool_choice output_config
    """,
    {
        "metadata": translatable.WHOSE,
        "service_tier speed": translatable.SCHEDULING,
        "context_management": "tunes what the model sees again of a long conversation; all of it is sent",
        "thinking": "tunes how long the model thinks; the answer then comes without thinking",
        **_CACHE,
    },
)
OUTPUT = takes("format", {"effort": translatable.EFFORT})
FORMAT = takes("schema", type=("json_schema",))
MESSAGE = takes("role content")
SYSTEM_PART = takes("type text", {**_CACHE, **_CITED})
BLOCKS = {
    "text": takes("type text", {**_CACHE, **_CITED}),
    "image": takes("type source", _CACHE),
    "document": takes("type source title context", {**_CACHE, **_CITED}),
    "search_result": takes("type source title content", {**_CACHE, **_CITED}),
    "tool_use": takes("type id name input", _CACHE, caller=({"type": "direct"},)),
    "tool_result": takes("type tool_use_id content is_error", _CACHE, caller=({"type": "direct"},)),
}
#: Types of blocks sealed by a model.
SEALED = frozenset({"thinking", "redacted_thinking"})
SOURCES = {
    "base64": takes("type media_type data"),
    "url": takes("type url"),
    "text": takes("type data", {"media_type": "marks plain text, as all text is"}),
    "content": takes("type content"),
}
TOOLS = takes(
    "type name description input_schema strict",
    {
        **_CACHE,
        "input_examples": "illustrate what the schema says",
        "defer_loading": "tunes when a definition is read; all are sent",
        "eager_input_streaming": "tunes in how many pieces arguments come",
    },
)
CHOICE = takes("type name disable_parallel_tool_use")
#: All of these, by place.
KNOWN = (
    ("", REQUEST),
    ("output_config", OUTPUT),
    ("output_config.format", FORMAT),
    ("messages", MESSAGE),
    ("system", SYSTEM_PART),
    *(("messages.content", members) for members in BLOCKS.values()),
    *(("messages.content.source", members) for members in SOURCES.values()),
    ("tools", TOOLS),
    ("tool_choice", CHOICE),
)
_OPTIONS = {
    **{name: name for name in ("temperature", "top_p", "top_k")},
    "tokens": "max_tokens",
    "stop": "stop_sequences",
}
PATHS = {
    **_OPTIONS,
    "format": "output_config.format",
    "choice": "tool_choice",
    "parallel": "tool_choice.disable_parallel_tool_use",
    "turns": "messages.content",
}
_MODES = {"auto": "auto", "any": "any", "none": "none", "tool": "one"}
#: ``max_tokens`` where the caller gives none: this API has no default.
_TOKENS = 4096
_PDF = "application/pdf"


def to_conversation(document: Mapping[str, Any]) -> Conversation:
    REQUEST.check(document)
    output = typed(document.get("output_config") or {}, dict, "output_config")
    OUTPUT.check(output, "output_config")
    messages = objects(document.get("messages"), "messages")
    choice = typed(document.get("tool_choice") or {}, dict, "tool_choice")
    CHOICE.check(choice, "tool_choice")
    return Conversation(
        turns=turns_of([*_instructions(document.get("system")), *_messages(messages)], "messages"),
        tools=tuple(_read_tool(tool) for tool in objects(document.get("tools"), "tools")),
        choice=ToolChoice(
            _MODES[choice.get("type", "auto")],
            str(choice.get("name") or ""),
            parallel=not flag(choice.get("disable_parallel_tool_use"), PATHS["parallel"], usual=False),
        ),
        limits=read_options(document, _OPTIONS),
        format=_read_format(output.get("format")),
        stream=document.get("stream") is True,
    )


def _instructions(system: Any) -> Iterator[tuple[str, Sequence[Part]]]:
    if isinstance(system, str):
        yield SYSTEM, [Text(system)] if system else []
        return
    parts = objects(system, "system")
    for part in parts:
        SYSTEM_PART.check(part, "system")
    yield SYSTEM, [Text(typed(part.get("text"), str, "system.text")) for part in parts]


def _messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sequence[Part]]]:
    questions = [number for number, message in enumerate(messages) if message.get("role") == USER and _asks(message)]
    for number, message in enumerate(messages):
        MESSAGE.check(message, "messages")
        role = message.get("role")
        if role not in {USER, ASSISTANT, SYSTEM}:
            raise UntranslatableError("messages.role", "has no counterpart in other dialects")
        past = bool(questions) and number < questions[-1]
        yield str(role), list(_parts(message.get("content"), "messages.content", past=past))


def _asks(message: Mapping[str, Any]) -> bool:
    """Whether a user's message holds more than results of calls: it then begins a turn."""
    content = message.get("content")
    return isinstance(content, str) or any(block.get("type") != "tool_result" for block in objects(content, "messages"))


def _parts(content: Any, path: str, *, past: bool = False) -> Iterator[Part]:
    for block in content_parts(content, path):
        kind = str(block.get("type"))
        if kind in SEALED and past:
            continue
        if kind in SEALED:
            raise UntranslatableError(f"{path}.{kind}", "is sealed by its model for this very turn")
        if kind not in BLOCKS:
            raise UntranslatableError(path, "has a block of a type that other dialects do not have")
        BLOCKS[kind].check(block, path)
        yield from _block(kind, block, path)


def _block(kind: str, block: Mapping[str, Any], path: str) -> Iterator[Part]:
    if kind == "text":
        yield Text(typed(block.get("text"), str, f"{path}.text"))
    elif kind == "tool_use":
        call_input = typed(block.get("input") or {}, dict, f"{path}.input")
        yield ToolCall(str(block.get("id")), typed(block.get("name"), str, f"{path}.name"), call_input)
    elif kind == "tool_result":
        parts = result_parts(_parts(block.get("content"), f"{path}.content"), f"{path}.content")
        yield ToolResult(
            str(block.get("tool_use_id")), parts, flag(block.get("is_error"), f"{path}.is_error", usual=False)
        )
    elif kind == "search_result":
        yield from (Text(block[name]) for name in ("source", "title") if block.get(name))
        yield from _parts(block.get("content"), f"{path}.content")
    else:
        yield from _from_source(kind, block, path)


def _from_source(kind: str, block: Mapping[str, Any], path: str) -> Iterator[Part]:
    source_path = f"{path}.source"
    source = typed(block.get("source"), dict, source_path)
    how, title = str(source.get("type")), str(block.get("title") or "")
    if how not in SOURCES or (kind == "image" and how in {"text", "content"}):
        raise UntranslatableError(source_path, "is of a type that other dialects do not have")
    SOURCES[how].check(source, source_path)
    context = [Text(block["context"])] if block.get("context") else []
    if how in {"text", "content"}:
        yield from [*([Text(title)] if title else []), *context]
        content = source.get("data") if how == "text" else source.get("content")
        yield from _parts(content, source_path)
    elif how == "base64":
        yield from context
        yield blob(source.get("media_type"), source.get("data"), source_path, title)
    elif kind == "image":
        yield Link(typed(source.get("url"), str, f"{source_path}.url"))
    else:
        raise UntranslatableError(f"{source_path}.url", "is the address of a file, which the target would fetch")


def _read_tool(tool: Mapping[str, Any]) -> Tool:
    if tool.get("type") not in {None, "custom"}:
        raise UntranslatableError("tools", "holds a tool specific to this provider's models")
    TOOLS.check(tool, "tools")
    return tool_of(tool, "tools", "input_schema")


def _read_format(form: Any) -> Format | None:
    if form is None:
        return None
    FORMAT.check(typed(form, dict, "output_config.format"), "output_config.format")
    return Format(typed(form.get("schema"), dict, "output_config.format.schema"))


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    options, form = write_options(conversation.limits, _OPTIONS), conversation.format
    if form is not None and form.schema is None:
        raise UntranslatableError("format", "requests JSON without a schema")
    system, turns = instructions(conversation, "turns")
    document: dict[str, Any] = {"max_tokens": _TOKENS, "messages": list(_write_messages(turns))}
    optional = {
        "system": [write_part(part) for part in system if part.text] or None,
        **options,
        "tools": [_write_tool(tool) for tool in conversation.tools] or None,
        "tool_choice": _write_choice(conversation.choice),
        "output_config": None if form is None else {"format": {"type": "json_schema", "schema": form.schema}},
        "stream": conversation.stream or None,
    }
    return document | without_none(optional)


def _write_tool(tool: Tool) -> dict[str, Any]:
    described: dict[str, Any] = {"name": tool.name, "input_schema": tool.schema}
    if tool.description:
        described["description"] = tool.description
    return described if tool.strict is None else {**described, "strict": tool.strict}


def _write_choice(choice: ToolChoice) -> dict[str, Any] | None:
    kinds = {mode: kind for kind, mode in _MODES.items()}
    if choice == ToolChoice():
        return None
    chosen = {"type": kinds[choice.mode]}
    chosen |= {"name": choice.name} if choice.mode == "one" else {}
    return chosen if choice.parallel else {**chosen, "disable_parallel_tool_use": True}


def _write_messages(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    """Yield messages: results and what the user adds to them are one; empty texts are dropped."""
    results: list[dict[str, Any]] = []
    for turn in turns:
        blocks = [write_part(part) for part in turn.parts if not (isinstance(part, Text) and not part.text)]
        if turn.role == TOOL:
            results += blocks
            continue
        if turn.role != USER and results:
            yield {"role": USER, "content": results}
            results = []
        if blocks:
            yield {"role": turn.role, "content": [*results, *blocks]}
            results = []
    if results:
        yield {"role": USER, "content": results}


def write_part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Link):
        return {"type": "image", "source": {"type": "url", "url": part.url}}
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
    if isinstance(part, ToolResult):
        result = {"type": "tool_result", "tool_use_id": part.id, "content": [write_part(inner) for inner in part.parts]}
        return {**result, "is_error": True} if part.failed else result
    source = {"type": "base64", "media_type": part.media, "data": part.data}
    if part.media.startswith("image/"):
        return {"type": "image", "source": source}
    if part.media == _PDF:
        return {"type": "document", "source": source, **({"title": part.name} if part.name else {})}
    raise UntranslatableError("turns", "holds a recording or file that this target does not support")
