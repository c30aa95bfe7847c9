"""Chat completions as a conversation, and a conversation as chat completions: requests.

Limits are written as ``max_tokens``, which every server of this dialect knows; OpenAI's newest models accept limits
through the Responses API alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.calls import parse_arguments, render_arguments
from proxy.codecs.conversation import (
    ASSISTANT,
    OPTIONS,
    SYSTEM,
    TOOL,
    USER,
    Blob,
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
from proxy.codecs.translatable import (
    TranslatableMembers,
    UntranslatableError,
    flag,
    objects,
    takes,
    typed,
    without_none,
)

REQUEST = takes(
    """
    model messages stream stream_options tools tool_choice parallel_tool_calls response_format max_tokens
    max_completion_tokens temperature top_p top_k seed stop presence_penalty frequency_penalty
    """,
    {
        "user safety_identifier": translatable.WHOSE,
        "metadata": "labels what a provider keeps, and nothing is kept",
        "prompt_cache_key prompt_cache_retention prompt_cache_options": translatable.CACHE,
        "service_tier priority request_id": translatable.SCHEDULING,
        "reasoning_effort verbosity": translatable.EFFORT,
    },
    n=(1,),
    parallel_tool_calls=(True,),
    modalities=(["text"],),
    top_logprobs=(0,),
    logit_bias=({},),
    presence_penalty=(0,),
)
STREAM = takes("include_usage", {"include_obfuscation": "pads events against traffic analysis"})
_CACHED = {"cache_control prompt_cache_breakpoint": translatable.CACHE}
MESSAGES = {
    "system": takes("role content", _CACHED),
    "developer": takes("role content", _CACHED),
    "user": takes("role content", _CACHED),
    "assistant": takes(
        "role content refusal tool_calls",
        {
            **_CACHED,
            "reasoning reasoning_content": "thinking of a past turn, which the next does not need",
            "annotations": translatable.CITED,
        },
    ),
    "tool": takes("role content tool_call_id", {**_CACHED, "name": "the answered call has the name"}),
}
PARTS = {
    "text": takes("type text", _CACHED),
    "refusal": takes("type refusal", _CACHED),
    "image_url": takes("type image_url", _CACHED),
    "input_audio": takes("type input_audio", _CACHED),
    "file": takes("type file", _CACHED),
}
PICTURE = takes("url", {"detail": "tunes how closely a picture is looked at"})
AUDIO, FILE = takes("data format"), takes("file_data filename")
CALL = takes("id function", {"index": "follows from the order of calls"}, type=("function",))
FUNCTION_CALLED = takes("name arguments")
TOOLS = takes("function", _CACHED, type=("function",))
FUNCTION = takes("name description parameters strict", _CACHED)
FORMATS = {
    "text": takes("type"),
    "json_object": takes("type"),
    "json_schema": takes("type json_schema"),
}
SCHEMA = takes("name description schema strict")
CHOSEN, CHOSEN_FUNCTION = takes("function", type=("function",)), takes("name")
#: All of these, by place.
KNOWN = (
    ("", REQUEST),
    ("stream_options", STREAM),
    *(("messages", members) for members in MESSAGES.values()),
    *(("messages.content", members) for members in PARTS.values()),
    ("messages.content.image_url", PICTURE),
    ("messages.content.input_audio", AUDIO),
    ("messages.content.file", FILE),
    ("messages.tool_calls", CALL),
    ("messages.tool_calls.function", FUNCTION_CALLED),
    ("tools", TOOLS),
    ("tools.function", FUNCTION),
    *(("response_format", members) for members in FORMATS.values()),
    ("response_format.json_schema", SCHEMA),
    ("tool_choice", CHOSEN),
    ("tool_choice.function", CHOSEN_FUNCTION),
)
_OPTIONS = {**OPTIONS, "tokens": "max_tokens"}
#: Member of the records -> its place in a request.
PATHS = {
    **_OPTIONS,
    "format": "response_format",
    "parallel": "parallel_tool_calls",
    "choice": "tool_choice",
    "turns": "messages",
}
_AUDIO = {"audio/wav": "wav", "audio/mp3": "mp3", "audio/mpeg": "mp3"}
#: Files that models of this provider read.
FILES = frozenset({"application/pdf", "text/plain", "text/markdown", "text/csv", "text/html"})
_CHOICES = {"auto": "auto", "none": "none", "required": "any"}
#: Mode of the records -> its word here, except for "one".
CHOSEN_BY = {"auto": None, "none": "none", "any": "required"}


def to_conversation(document: Mapping[str, Any]) -> Conversation:
    REQUEST.check(document)
    STREAM.check(typed(document.get("stream_options") or {}, dict, "stream_options"), "stream_options")
    newer = document.get("max_completion_tokens")
    return Conversation(
        turns=turns_of(_messages(objects(document.get("messages"), "messages")), "messages"),
        tools=read_tools(document.get("tools"), TOOLS, FUNCTION),
        choice=read_choice(document, _read_chosen),
        limits=read_options(document if newer is None else {**document, "max_tokens": newer}, _OPTIONS),
        format=read_format(document.get("response_format"), "response_format", FORMATS, "json_schema"),
        stream=document.get("stream") is True,
    )


def _messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sequence[Part]]]:
    for message in messages:
        role = str(message.get("role"))
        if role not in MESSAGES:
            raise UntranslatableError("messages.role", "has no counterpart in other dialects")
        MESSAGES[role].check(message, "messages")
        parts = list(_content(message.get("content"), "messages.content"))
        if role == "tool":
            yield TOOL, [ToolResult(str(message.get("tool_call_id", "")), result_parts(parts, "messages.content"))]
        elif role == "assistant":
            refused = [Text(message["refusal"])] if message.get("refusal") else []
            yield ASSISTANT, [*parts, *refused, *_calls(message)]
        else:
            yield USER if role == "user" else SYSTEM, parts


def _content(content: Any, path: str) -> Iterator[Part]:
    for part in content_parts(content, path):
        kind = str(part.get("type"))
        if kind not in PARTS:
            raise UntranslatableError(path, "has a part of a type that other dialects do not have")
        PARTS[kind].check(part, path)
        yield _read_part(kind, part, path)


def _read_part(kind: str, part: Mapping[str, Any], path: str) -> Part:
    if kind in {"text", "refusal"}:
        return Text(typed(part.get(kind), str, f"{path}.{kind}"))
    content = typed(part.get(kind), dict, f"{path}.{kind}")
    if kind == "image_url":
        PICTURE.check(content, f"{path}.image_url")
        return picture(content.get("url"), f"{path}.image_url.url")
    if kind == "input_audio":
        AUDIO.check(content, f"{path}.input_audio")
        return blob(f"audio/{content.get('format')}", content.get("data"), f"{path}.input_audio")
    FILE.check(content, f"{path}.file")
    return blob_of_url(content.get("file_data"), f"{path}.file.file_data", str(content.get("filename") or ""))


def _calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    for call in objects(message.get("tool_calls"), "messages.tool_calls"):
        CALL.check(call, "messages.tool_calls")
        path = "messages.tool_calls.function"
        function = typed(call.get("function"), dict, path)
        FUNCTION_CALLED.check(function, path)
        yield read_call(call.get("id"), function, path)


def read_call(identity: Any, function: Mapping[str, Any], path: str) -> ToolCall:
    """Return a call whose arguments are text; raises UntranslatableError if they are not a JSON object."""
    try:
        parsed = parse_arguments(str(function.get("arguments") or ""))
    except ValueError as error:
        raise UntranslatableError(f"{path}.arguments", "is not a JSON object that every dialect can express") from error
    return ToolCall(str(identity or ""), typed(function.get("name"), str, f"{path}.name"), parsed)


def read_tools(tools: Any, members: TranslatableMembers, below: TranslatableMembers) -> tuple[Tool, ...]:
    """Return declared functions, of these members and with these below ``function``; raises as ``typed``."""
    functions = []
    for tool in objects(tools, "tools"):
        members.check(tool, "tools")
        functions.append(typed(tool.get("function"), dict, "tools.function"))
        below.check(functions[-1], "tools.function")
    return tuple(tool_of(function, "tools.function") for function in functions)


def read_choice(document: Mapping[str, Any], named: Callable[[Any], Any]) -> ToolChoice:
    """Return whether tools are called; ``named`` returns the name of a required one."""
    choice = document.get("tool_choice")
    parallel = flag(document.get("parallel_tool_calls"), "parallel_tool_calls", usual=True)
    if choice is None:
        return ToolChoice(parallel=parallel)
    if isinstance(choice, str) and choice in _CHOICES:
        return ToolChoice(_CHOICES[choice], parallel=parallel)
    return ToolChoice("one", str(named(choice)), parallel=parallel)


def _read_chosen(choice: Any) -> Any:
    function = choice.get("function") if isinstance(choice, dict) else None
    if not isinstance(function, dict):
        raise UntranslatableError("tool_choice", "has no counterpart in other dialects")
    CHOSEN.check(choice, "tool_choice")
    CHOSEN_FUNCTION.check(function, "tool_choice.function")
    return function.get("name")


def read_format(form: Any, path: str, formats: Mapping[str, TranslatableMembers], inside: str = "") -> Format | None:
    """Return the format of an answer; ``inside`` is the member that holds the schema, "" for none."""
    if form is None:
        return None
    kind = str(typed(form, dict, path).get("type"))
    if kind not in formats:
        raise UntranslatableError(f"{path}.type", "has no counterpart in other dialects")
    formats[kind].check(form, path)
    if kind != "json_schema":
        return Format() if kind == "json_object" else None
    if inside:
        path = f"{path}.{inside}"
        form = typed(form.get(inside), dict, path)
        SCHEMA.check(form, path)
    schema = typed(form.get("schema"), dict, f"{path}.schema")
    return Format(schema, str(form.get("name") or ""), str(form.get("description") or ""), form.get("strict"))


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    choice = conversation.choice
    document = {
        "messages": [message for turn in conversation.turns for message in _write_messages(turn)],
        **write_options(conversation.limits, _OPTIONS),
        "tools": [{"type": "function", "function": write_function(tool)} for tool in conversation.tools] or None,
        "tool_choice": CHOSEN_BY.get(choice.mode, {"type": "function", "function": {"name": choice.name}}),
        "parallel_tool_calls": None if choice.parallel else False,
        "response_format": write_format(conversation.format, "json_schema"),
        "stream": conversation.stream or None,
        "stream_options": {"include_usage": True} if conversation.stream else None,
    }
    return without_none(document)


def write_function(tool: Tool) -> dict[str, Any]:
    """Return a function as OpenAI's dialects describe it."""
    optional = {"description": tool.description or None, "parameters": tool.schema, "strict": tool.strict}
    return without_none({"name": tool.name, **optional})


def write_format(form: Format | None, inside: str) -> dict[str, Any] | None:
    """Return the format of an answer; ``inside`` is the member that holds the schema, "" for none."""
    if form is None:
        return None
    if form.schema is None:
        return {"type": "json_object"}
    more = {"schema": form.schema, "description": form.description or None, "strict": form.strict}
    schema = without_none({"name": form.name or "answer", **more})
    return {"type": "json_schema", **({inside: schema} if inside else schema)}


def _write_messages(turn: Turn) -> Iterator[dict[str, Any]]:
    if turn.role == TOOL:
        for part in turn.parts:
            if isinstance(part, ToolResult):
                yield {"role": "tool", "tool_call_id": part.id, "content": _write_content(part.parts, "turns")}
        return
    parts = [part for part in turn.parts if not isinstance(part, ToolCall | ToolResult)]
    message: dict[str, Any] = {"role": turn.role, "content": _write_content(parts, "turns") if parts else None}
    calls = [write_call(call) for call in turn.parts if isinstance(call, ToolCall)]
    yield message | ({"tool_calls": calls} if calls else {})


def write_call(call: ToolCall) -> dict[str, Any]:
    """Return a call as it stands in a message."""
    function = {"name": call.name, "arguments": render_arguments(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _write_content(parts: Sequence[Part], path: str) -> str | list[dict[str, Any]]:
    """Return content: a string if it is a single text."""
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_write_part(part, path) for part in parts]


def _write_part(part: Part, path: str) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Link):
        return {"type": "image_url", "image_url": {"url": part.url}}
    if isinstance(part, Blob) and part.media.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": data_url(part.media, part.data)}}
    if isinstance(part, Blob) and part.media in _AUDIO:
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": _AUDIO[part.media]}}
    if isinstance(part, Blob) and part.media in FILES:
        named = {"filename": part.name} if part.name else {}
        return {"type": "file", "file": {"file_data": data_url(part.media, part.data), **named}}
    raise UntranslatableError(path, "holds a recording or file that this target does not support")
