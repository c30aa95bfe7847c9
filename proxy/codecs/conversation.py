"""A conversation in no particular dialect, between two sides that speak different APIs. Pure.

A dialect that can be translated has one ``ConversationCodec``: two functions for requests, two for replies, a reader
and a writer of streams. What these records cannot express, or the target's dialect cannot, is an
``UntranslatableError``: nothing is dropped silently. ``TranslatableMembers`` lists for every object the members that
are translated, and those omitted with the reason why that is harmless; any other member cannot be translated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Protocol

from proxy.codecs import base64_text, media
from proxy.codecs.framing import Framing
from proxy.codecs.translatable import TranslatableMembers, UntranslatableError, objects, strings, typed
from proxy.core.wire import EVENTS, Incoming

SYSTEM, USER, ASSISTANT, TOOL = "system", "user", "assistant", "tool"


# --- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A text of one speaker."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought before it answered. Only in replies: requests never hand it on, nor its seal."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool; ``arguments`` is a JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes in base64 with their media type; ``name`` is a file's."""

    media: str
    data: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A picture that the target fetches."""

    url: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call."""

    id: str
    parts: tuple[Text | Blob | Link, ...]
    failed: bool = False


Part = Text | ToolCall | Blob | Link | ToolResult


@dataclass(frozen=True, slots=True)
class Turn:
    """The parts that one side says at once. Results stand in turns of the role ``TOOL``, and nothing else does."""

    role: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the caller carries out."""

    name: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether tools are called: "auto", "none", "any" (at least one), or "one", by ``name``."""

    mode: str = "auto"
    name: str = ""
    parallel: bool = True


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How the answer is generated. None: not given."""

    tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence: float | None = None
    frequency: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """The answer is JSON, of this schema if there is one."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str = ""
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One request."""

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    choice: ToolChoice = ToolChoice()
    limits: GenerationOptions = GenerationOptions()
    format: Format | None = None
    stream: bool = False


# --- replies --------------------------------------------------------------------------------------------------------

#: Why a reply ended: completed, a limit, tool calls, a stop sequence, a filter of the target.
END, LENGTH, CALLS, SEQUENCE, FILTERED = "end", "length", "calls", "sequence", "filtered"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a reply ended, and the stop sequence, where the dialect reports it."""

    why: str = END
    word: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the request (including ``cached``) and of the reply. None: not reported."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None

    def after(self, former: Usage) -> Usage:
        """Return the usage known after this follows an earlier report."""
        pairs = ((former.input, self.input), (former.output, self.output), (former.cached, self.cached))
        return Usage(*(old if new is None else new for old, new in pairs))


@dataclass(frozen=True, slots=True)
class AssistantReply:
    """One whole reply: texts, thinking and calls of one turn."""

    parts: tuple[Text | Thinking | ToolCall, ...]
    stop: Stop = Stop()
    usage: Usage = Usage()
    id: str = ""
    model: str = ""


#: Kinds of channels.
TEXT, THINKING, CALL = "text", "thinking", "call"


class Channel(NamedTuple):
    """One text of a stream by its number; for a call, its arguments as JSON."""

    kind: str
    number: int
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """A streamed reply begins."""

    id: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """More of a channel; the first one opens it, and may be empty."""

    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a channel."""

    channel: Channel


Event = Start | Delta | Close | Stop | Usage


class ReplyReader(Protocol):
    """Reads the events of one streamed reply."""

    def read(self, name: str, event: dict[str, Any]) -> Iterable[Event]:
        """Return what an event says; ``name`` is the framing's name for it.

        Raises:
            ValueError: it is not an event of this dialect, or cannot be translated.

        """
        ...


class ReplyWriter(Protocol):
    """Writes one streamed reply: names and contents of events."""

    def write(self, event: Event) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the events that say this.

        Raises:
            ValueError: the arguments of a call are not a JSON object.

        """
        ...

    def end(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the last events."""
        ...


# --- one dialect ----------------------------------------------------------------------------------------------------


def _usual(_incoming: Incoming) -> str:
    return EVENTS


@dataclass(frozen=True, slots=True)
class ConversationCodec:
    """How one API expresses a conversation.

    ``to_conversation`` and ``from_conversation`` raise UntranslatableError, ``to_reply`` and readers ValueError.
    ``from_reply`` and ``from_events`` take the request being answered, as its caller wrote it: the shape of the answer
    follows from it, and none of its text is repeated. ``paths`` maps members of the records to their names in the API;
    ``omitted`` are members that the API cannot express, with the reason why leaving them out is harmless. ``known`` are
    the translatable members of its requests, by the place of the object. ``rank``: where a target speaks several APIs,
    the lowest is tried first; the fewer options of a chat an API takes, the higher its rank.
    """

    to_conversation: Callable[[Mapping[str, Any]], Conversation]
    from_conversation: Callable[[Conversation], dict[str, Any]]
    to_reply: Callable[[Mapping[str, Any]], AssistantReply]
    from_reply: Callable[[AssistantReply, Mapping[str, Any]], dict[str, Any]]
    to_events: Callable[[], ReplyReader]
    from_events: Callable[[Mapping[str, Any]], ReplyWriter]
    framings: tuple[Framing, ...]
    media: Callable[[Incoming], str] = _usual  # of the streams that this caller expects
    marks: Mapping[str, tuple[bytes, bytes]] = field(
        default_factory=dict
    )  # media type -> what begins a stream, and ends it
    headers: Mapping[str, str] = field(default_factory=dict)  # of every request
    query: Mapping[str, str] = field(default_factory=dict)  # of every request for a stream
    paths: Mapping[str, str] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)
    translatable: Sequence[tuple[str, TranslatableMembers]] = ()
    rank: int = 9


# --- what every dialect needs -----------------------------------------------------------------------------------------


def turns_of(items: Iterable[tuple[str, Sequence[Part]]], path: str) -> tuple[Turn, ...]:
    """Return turns from the parts of each message: results stand in a turn of their own, right behind their calls.

    Raises:
        UntranslatableError: there is nothing to answer, or it ends with a partial answer, which some APIs continue and
            others answer.

    """
    turns: list[Turn] = []
    after = 0  # the number of turns up to the last of the assistant: results stand there, whatever is said before them
    for role, parts in items:
        results = tuple(part for part in parts if isinstance(part, ToolResult))
        others = tuple(part for part in parts if not isinstance(part, ToolResult))
        if results and after < len(turns) and turns[after].role == TOOL:
            turns[after] = Turn(TOOL, (*turns[after].parts, *results))
        elif results:
            turns.insert(after, Turn(TOOL, results))
        if others:
            turns.append(Turn(role, others))
        after = len(turns) if role == ASSISTANT else after
    if next((turn.role for turn in reversed(turns) if turn.role != SYSTEM), "") not in {USER, TOOL}:
        raise UntranslatableError(path, "must end with a message to answer")
    return tuple(turns)


def blob(media_type: Any, data: Any, path: str, name: str = "") -> Blob:
    """Return bytes of a media type that names nobody.

    Raises:
        UntranslatableError: the media type is unknown, or the bytes are not base64.

    """
    if (
        not isinstance(media_type, str)
        or media.policy_media(media_type) != media_type
        or media_type == media.UNSPECIFIED
    ):
        raise UntranslatableError(path, "is of an unknown media type")
    if not isinstance(data, str) or not base64_text.is_base64(data):
        raise UntranslatableError(path, "is not base64")
    return Blob(media_type, base64_text.standard(data), name)


def blob_of_url(url: Any, path: str, name: str = "") -> Blob:
    """Return the bytes in a data URL; raises as ``blob``."""
    content = media.data_url_content(url) if isinstance(url, str) else None
    if content is None:
        raise UntranslatableError(path, "is not a data URL in base64")
    return blob(*content, path, name)


def picture(url: Any, path: str) -> Blob | Link:
    """Return a picture: its bytes, or the address from which the target fetches it."""
    plain = isinstance(url, str) and not url.lstrip().lower().startswith("data:")
    return Link(url) if plain else blob_of_url(url, path)


def instructions(conversation: Conversation, path: str) -> tuple[list[Text], tuple[Turn, ...]]:
    """Return the leading instructions and the other turns, for an API that has a place of its own for them.

    Raises:
        UntranslatableError: an instruction stands in the middle, or holds more than text.

    """
    turns = conversation.turns
    first = next((number for number, turn in enumerate(turns) if turn.role != SYSTEM), len(turns))
    if any(turn.role == SYSTEM for turn in turns[first:]):
        raise UntranslatableError(path, "has an instruction in the middle of the conversation")
    parts = [part for turn in turns[:first] for part in turn.parts]
    texts = [part for part in parts if isinstance(part, Text)]
    if len(texts) != len(parts):
        raise UntranslatableError(path, "has an instruction that is not text")
    return texts, turns[first:]


def content_parts(content: Any, path: str) -> list[dict[str, Any]]:
    """Return the parts of a message, a plain string as one; raises as ``typed``."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return objects(content, path)


def result_parts(parts: Iterable[Part], path: str) -> tuple[Text | Blob | Link, ...]:
    """Return the parts of a call's result.

    Raises:
        UntranslatableError: a part is not allowed in a result.

    """
    listed = tuple(parts)
    allowed = tuple(part for part in listed if isinstance(part, Text | Blob | Link))
    if len(allowed) != len(listed):
        raise UntranslatableError(path, "holds a part that a result cannot have")
    return allowed


#: Options by the names that most APIs give them.
OPTIONS: Mapping[str, str] = {
    **{name: name for name in ("temperature", "top_p", "top_k", "seed", "stop")},
    "presence": "presence_penalty",
    "frequency": "frequency_penalty",
}


def read_options(members: Mapping[str, Any], names: Mapping[str, str], path: str = "") -> GenerationOptions:
    """Return the options at a path by their names there; a penalty of zero is none. Raises as ``strings``."""
    options: dict[str, Any] = {option: members.get(name) for option, name in names.items()}
    options |= {option: options.get(option) or None for option in ("presence", "frequency")}
    return GenerationOptions(**{**options, "stop": strings(options["stop"], f"{path}{names['stop']}")})


def write_options(options: GenerationOptions, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the options by their names in an API; None for those not set.

    Raises:
        UntranslatableError: the API does not have one that is set.

    """
    values = {each.name: getattr(options, each.name) for each in fields(options)}
    for option in values.keys() - names.keys():
        if values[option] not in (None, ()):
            raise UntranslatableError(option, "is not supported by this target")
    return {name: list(options.stop) or None if option == "stop" else values[option] for option, name in names.items()}


def tool_of(function: Mapping[str, Any], path: str, schema: str = "parameters") -> Tool:
    """Return a function; ``schema`` is the member that describes its arguments. Raises as ``typed``."""
    return Tool(
        name=typed(function.get("name"), str, f"{path}.name"),
        description=str(function.get("description") or ""),
        schema=typed(function.get(schema) or {"type": "object"}, dict, f"{path}.{schema}"),
        strict=function.get("strict"),
    )
