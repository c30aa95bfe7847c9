"""``generateContent`` as a conversation, and a conversation as ``generateContent``: requests.

A signature seals what a model thought: that of past turns is omitted, as Google's documentation of thought signatures
allows; that of the current turn has no translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.call_ids import CallIds, with_call_names
from proxy.codecs.calls import render_arguments
from proxy.codecs.conversation import (
    ASSISTANT,
    SYSTEM,
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
    blob,
    instructions,
    read_options,
    turns_of,
    write_options,
)
from proxy.codecs.gemini.schemas import json_schema
from proxy.codecs.translatable import UntranslatableError, flag, objects, takes, typed, without_none

REQUEST = takes(
    "contents systemInstruction generationConfig tools toolConfig",
    {
        "labels": "labels for the provider's own billing",
        "serviceTier": translatable.SCHEDULING,
        "safetySettings": "tunes filters specific to this provider",
    },
)
CONFIG = takes(
    """
    temperature topP topK maxOutputTokens stopSequences seed presencePenalty frequencyPenalty responseMimeType
    responseSchema responseJsonSchema
    """,
    {"thinkingConfig": translatable.EFFORT, "mediaResolution": "tunes how closely pictures are looked at"},
    candidateCount=(1,),
    responseModalities=(["TEXT"],),
    presencePenalty=(0,),
)
CONTENT = takes("role parts")
FIRST = takes("parts", {"role": "its place determines who speaks"})
_SEAL = {"thoughtSignature": "seals thinking of a past turn, which the next does not need"}
PARTS = {
    "text": takes("text thought", _SEAL),
    "inlineData": takes("inlineData", _SEAL),
    "fileData": takes("fileData", _SEAL),
    "functionCall": takes("functionCall", _SEAL),
    "functionResponse": takes("functionResponse", _SEAL),
}
INLINE, REMOTE = takes("mimeType data displayName"), takes("mimeType fileUri")
CALLED, ANSWERED = takes("id name args"), takes("id name response")
TOOLS = takes("functionDeclarations")
FUNCTION = takes(
    "name description parameters parametersJsonSchema",
    {"response responseJsonSchema": "describes what comes back, which the result itself shows"},
    behavior=("BLOCKING", "UNSPECIFIED"),
)
CALLING = takes("functionCallingConfig")
CHOICE = takes("mode allowedFunctionNames")
_CONFIG = "generationConfig"
#: All of these, by place.
KNOWN = (
    ("", REQUEST),
    ("generationConfig", CONFIG),
    ("contents", CONTENT),
    ("systemInstruction", FIRST),
    *(("contents.parts", members) for members in PARTS.values()),
    ("contents.parts.inlineData", INLINE),
    ("contents.parts.fileData", REMOTE),
    ("contents.parts.functionCall", CALLED),
    ("contents.parts.functionResponse", ANSWERED),
    ("tools", TOOLS),
    ("tools.functionDeclarations", FUNCTION),
    ("toolConfig", CALLING),
    ("toolConfig.functionCallingConfig", CHOICE),
)
_OPTIONS = {
    "tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "presence": "presencePenalty",
    "frequency": "frequencyPenalty",
    "stop": "stopSequences",
}
PATHS = {
    **{option: f"{_CONFIG}.{name}" for option, name in _OPTIONS.items()},
    "format": f"{_CONFIG}.responseMimeType",
    "choice": "toolConfig.functionCallingConfig",
    "turns": "contents.parts",
}
_ROLES = {"": USER, "user": USER, "function": USER, "tool": USER, "model": ASSISTANT, "system": SYSTEM}
_JSON, _PLAIN = "application/json", ("", "text/plain")
_MODES = {"AUTO": "auto", "MODE_UNSPECIFIED": "auto", "NONE": "none", "ANY": "any"}
#: Keys of a call's result: the first by Google's documentation; its own SDK uses "result".
_OUTPUT, _ERROR, _RESULT = "output", "error", "result"


def to_conversation(document: Mapping[str, Any]) -> Conversation:
    REQUEST.check(document)
    config = typed(document.get(_CONFIG) or {}, dict, _CONFIG)
    CONFIG.check(config, _CONFIG)
    instruction = document.get("systemInstruction") or {}
    first = (
        {"parts": [{"text": instruction}]}
        if isinstance(instruction, str)
        else typed(instruction, dict, "systemInstruction")
    )
    contents = objects(document.get("contents"), "contents")
    return Conversation(
        turns=turns_of([*_instructions(first), *_contents(contents)], "contents"),
        tools=tuple(_tools(objects(document.get("tools"), "tools"))),
        choice=_read_choice(typed(document.get("toolConfig") or {}, dict, "toolConfig")),
        limits=read_options({**config, "topK": _whole(config.get("topK"))}, _OPTIONS, f"{_CONFIG}."),
        format=_read_format(config),
    )


def _whole(number: Any) -> Any:
    """Return a number without its fraction where that is zero: this dialect writes whole numbers with one."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _instructions(content: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Part]]]:
    FIRST.check(content, "systemInstruction")
    for part in objects(content.get("parts"), "systemInstruction.parts"):
        PARTS["text"].check(part, "systemInstruction.parts")
        yield SYSTEM, [Text(typed(part.get("text"), str, "systemInstruction.parts.text"))]


def _contents(contents: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sequence[Part]]]:
    parts_of = [objects(content.get("parts"), "contents.parts") for content in contents]
    roles = [str(content.get("role") or "") for content in contents]
    calls = (part["functionCall"] for parts in parts_of for part in parts if isinstance(part.get("functionCall"), dict))
    ids = CallIds(str(call.get("id")) for call in calls if call.get("id"))
    questions = [
        at for at, role in enumerate(roles) if _ROLES.get(role) == USER and any("text" in part for part in parts_of[at])
    ]
    for number, (content, role) in enumerate(zip(contents, roles, strict=True)):
        CONTENT.check(content, "contents")
        if role not in _ROLES:
            raise UntranslatableError("contents.role", "has no counterpart in other dialects")
        past = bool(questions) and number < questions[-1]
        yield _ROLES[role], [converted for part in parts_of[number] for converted in _part(part, ids, past=past)]


def _part(part: Mapping[str, Any], ids: CallIds, *, past: bool) -> Iterator[Part]:
    path = "contents.parts"
    kinds = [name for name in PARTS if name in part]
    if len(kinds) != 1:
        raise UntranslatableError(path, "has a part of a type that other dialects do not have")
    PARTS[kinds[0]].check(part, path)
    if part.get("thoughtSignature") and not past:
        raise UntranslatableError(f"{path}.thoughtSignature", "seals the model's thinking for this very turn")
    part_path = f"{path}.{kinds[0]}"
    if kinds[0] == "text":
        if not flag(part.get("thought"), f"{path}.thought", usual=False):
            yield Text(typed(part["text"], str, part_path))
        return
    content = typed(part[kinds[0]], dict, part_path)
    if kinds[0] == "inlineData":
        INLINE.check(content, part_path)
        yield blob(content.get("mimeType"), content.get("data"), part_path, str(content.get("displayName") or ""))
    elif kinds[0] == "fileData":
        REMOTE.check(content, part_path)
        if not str(content.get("mimeType")).startswith("image/"):
            raise UntranslatableError(f"{part_path}.fileUri", "is the address of something other than a picture")
        yield Link(typed(content.get("fileUri"), str, f"{part_path}.fileUri"))
    else:
        yield (
            _read_call(content, ids, part_path) if kinds[0] == "functionCall" else _read_result(content, ids, part_path)
        )


def _read_call(call: Mapping[str, Any], ids: CallIds, path: str) -> ToolCall:
    CALLED.check(call, path)
    name = typed(call.get("name"), str, f"{path}.name")
    return ToolCall(
        ids.of_call(name, str(call.get("id") or "")), name, typed(call.get("args") or {}, dict, f"{path}.args")
    )


def _read_result(result: Mapping[str, Any], ids: CallIds, path: str) -> ToolResult:
    ANSWERED.check(result, path)
    response = typed(result.get("response") or {}, dict, f"{path}.response")
    identity = ids.of_result(str(result.get("name") or ""), str(result.get("id") or ""), path)
    [(key, value)] = response.items() if len(response) == 1 else [("", None)]
    texts = [value] if isinstance(value, str) else value
    if (
        key in {_OUTPUT, _ERROR, _RESULT}
        and isinstance(texts, list)
        and texts
        and all(isinstance(text, str) for text in texts)
    ):
        return ToolResult(identity, tuple(Text(text) for text in texts), failed=key == _ERROR)
    return ToolResult(identity, (Text(render_arguments(response)),) if response else ())


def _tools(tools: Sequence[Mapping[str, Any]]) -> Iterator[Tool]:
    for tool in tools:
        TOOLS.check(tool, "tools")
        for declaration in objects(tool.get("functionDeclarations"), "tools.functionDeclarations"):
            path = "tools.functionDeclarations"
            FUNCTION.check(declaration, path)
            schema = json_schema(typed(declaration.get("parameters") or {}, dict, f"{path}.parameters"))
            if schema and declaration.get("parametersJsonSchema"):
                raise UntranslatableError(f"{path}.parameters", "come with another schema")
            yield Tool(
                typed(declaration.get("name"), str, f"{path}.name"),
                str(declaration.get("description") or ""),
                typed(declaration.get("parametersJsonSchema") or schema or {"type": "object"}, dict, path),
            )


def _read_choice(config: Mapping[str, Any]) -> ToolChoice:
    CALLING.check(config, "toolConfig")
    path = "toolConfig.functionCallingConfig"
    calling = typed(config.get("functionCallingConfig") or {}, dict, path)
    CHOICE.check(calling, path)
    mode, allowed = _MODES.get(str(calling.get("mode") or "AUTO")), calling.get("allowedFunctionNames") or []
    if mode is None or len(allowed) > 1 or (allowed and mode != "any"):
        raise UntranslatableError(path, "has no counterpart in other dialects")
    return ToolChoice("one", str(allowed[0])) if allowed else ToolChoice(mode)


def _read_format(config: Mapping[str, Any]) -> Format | None:
    media = str(config.get("responseMimeType") or "")
    schema = json_schema(typed(config.get("responseSchema") or {}, dict, f"{_CONFIG}.responseSchema"))
    if schema and config.get("responseJsonSchema"):
        raise UntranslatableError(f"{_CONFIG}.responseSchema", "comes with another schema")
    schema = typed(config.get("responseJsonSchema") or schema, dict, f"{_CONFIG}.responseJsonSchema")
    if media not in {_JSON, *_PLAIN}:
        raise UntranslatableError(f"{_CONFIG}.responseMimeType", "has no counterpart in other dialects")
    return Format(schema or None) if media == _JSON or schema else None


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    form = conversation.format
    system, turns = instructions(conversation, "turns")
    config = {
        **write_options(conversation.limits, _OPTIONS),
        "responseMimeType": None if form is None else _JSON,
        "responseJsonSchema": None if form is None else form.schema,
    }
    optional = {
        "systemInstruction": {"parts": [{"text": part.text} for part in system]} if system else None,
        "generationConfig": without_none(config) or None,
        "tools": [{"functionDeclarations": [_write_tool(tool) for tool in conversation.tools]}]
        if conversation.tools
        else None,
        "toolConfig": _write_choice(conversation.choice),
    }
    contents = [
        {
            "role": "model" if turn.role == ASSISTANT else "user",
            "parts": [write_part(part, called) for part in turn.parts],
        }
        for turn, called in with_call_names(turns)
    ]
    return {"contents": contents} | without_none(optional)


def _write_tool(tool: Tool) -> dict[str, Any]:
    return without_none(
        {"name": tool.name, "description": tool.description or None, "parametersJsonSchema": tool.schema}
    )


def _write_choice(choice: ToolChoice) -> dict[str, Any] | None:
    if not choice.parallel:
        raise UntranslatableError("parallel", "is not supported by this target")
    if choice.mode == "auto":
        return None
    calling: dict[str, Any] = {"mode": "NONE" if choice.mode == "none" else "ANY"}
    return {"functionCallingConfig": calling | ({"allowedFunctionNames": [choice.name]} if choice.name else {})}


def write_part(part: Part, called: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, Blob):
        named = {"displayName": part.name} if part.name else {}
        return {"inlineData": {"mimeType": part.media, "data": part.data, **named}}
    if isinstance(part, ToolCall):
        return {"functionCall": {"id": part.id, "name": part.name, "args": part.arguments}}
    if isinstance(part, Link):
        raise UntranslatableError("turns", "has the address of a picture, whose media type this target requires")
    texts = [inner.text for inner in part.parts if isinstance(inner, Text)]
    if len(texts) != len(part.parts) or part.id not in called:
        raise UntranslatableError("turns", "has a result that this target does not support")
    key = _ERROR if part.failed else _OUTPUT
    response: dict[str, Any] = {key: texts[0] if len(texts) == 1 else texts} if texts else {}
    return {"functionResponse": {"id": part.id, "name": called[part.id], "response": response}}
