"""A conversation in no dialect: what a request asks and a reply says where two sides speak different APIs. Pure.

A dialect that can be translated has one ``Speech``: two functions for requests, two for replies, a reader and a writer
of streams. What cannot be said in these records, or not in the target's dialect, is ``UntranslatableError``: it is
never left out silently. ``TranslatableMembers`` lists for every object the members that are translated, and those that
are left out with the reason why that is harmless; any other member that asks for something cannot be translated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from proxy.codecs import base64_text, media
from proxy.codecs.framing import Framing
from proxy.codecs.translatable import TranslatableMembers, UntranslatableError, objects, of_type
from proxy.core.wire import EVENTS, Incoming

SYSTEM, USER, ASSISTANT, TOOL = "system", "user", "assistant", "tool"


# --- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody says."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought before it answered. Only replies hold it: no request hands it on, and no seal."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool is called; ``arguments`` is a JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes in base64, of a media type. ``name`` is a file's."""

    media: str
    data: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A picture that the target fetches."""

    url: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to."""

    id: str
    parts: tuple[Text | Blob | Link, ...]
    failed: bool = False


Part = Text | ToolCall | Blob | Link | ToolResult


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says at once. Results stand in turns of the role ``TOOL``, and nothing else does."""

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
    """Whether tools are called: "auto", "none", "any" (one has to be), or "one", by ``name``."""

    mode: str = "auto"
    name: str = ""
    parallel: bool = True


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How the answer is made. None: nothing is said of it."""

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
    """The answer is JSON; of this schema where there is one."""

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

#: Why a reply ended: all is said, a limit, tools are called, a word at which to stop, a filter of the target's.
END, LENGTH, CALLS, SEQUENCE, FILTERED = "end", "length", "calls", "sequence", "filtered"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a reply ended, and the word at which it stopped, where the dialect tells."""

    why: str = END
    word: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens: of the request (``cached`` are among them) and of the reply. None: not told."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None

    def after(self, former: Usage) -> Usage:
        """Return what is known after one event has told something and another this."""
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
    """One text of a stream by its number; that of a call is its arguments, as JSON."""

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
    """Nothing more comes in a channel."""

    channel: Channel


Event = Start | Delta | Close | Stop | Usage


class ReplyReader(Protocol):
    """Reads the events of one streamed reply."""

    def read(self, name: str, event: dict[str, Any]) -> Iterable[Event]:
        """Return what an event says; ``name`` is the framing's own name for it.

        Raises:
            ValueError: it is none of this dialect, or nothing that can be said in another.

        """
        ...


class ReplyWriter(Protocol):
    """Writes one streamed reply: names and contents of events."""

    def write(self, event: Event) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the events that say this."""
        ...

    def end(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the last events: all is said."""
        ...


# --- one dialect ----------------------------------------------------------------------------------------------------


def _usual(_incoming: Incoming) -> str:
    return EVENTS


@dataclass(frozen=True, slots=True)
class Speech:
    """How one API says a conversation.

    ``to_conversation`` and ``from_conversation`` raise UntranslatableError, ``to_reply`` and readers ValueError.
    ``from_reply`` and ``from_events`` take the request that is answered, as its caller wrote it: they read of it what
    shape the answer has, and say no text of it. ``paths`` names members of the records as the API's callers do;
    ``unsaid`` are those for which the API has no word, with the reason why it is harmless that they are left out.
    ``known`` is what is known of its requests, by the place of the objects. ``rank``: an API with a lower one is asked
    before others that a target has; the fewer of a chat's limits an API takes, the higher.
    """

    to_conversation: Callable[[Mapping[str, Any]], Conversation]
    from_conversation: Callable[[Conversation], dict[str, Any]]
    to_reply: Callable[[Mapping[str, Any]], AssistantReply]
    from_reply: Callable[[AssistantReply, Mapping[str, Any]], dict[str, Any]]
    to_events: Callable[[], ReplyReader]
    from_events: Callable[[Mapping[str, Any]], ReplyWriter]
    framings: tuple[Framing, ...]
    media: Callable[[Incoming], str] = _usual  # of the streams that this caller awaits
    marks: Mapping[str, tuple[bytes, bytes]] = field(
        default_factory=dict
    )  # by media: what begins a stream, and ends it
    headers: Mapping[str, str] = field(default_factory=dict)  # that a request has
    query: Mapping[str, str] = field(default_factory=dict)  # that a request for a stream has
    paths: Mapping[str, str] = field(default_factory=dict)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[tuple[str, TranslatableMembers]] = ()
    rank: int = 9


# --- what every dialect needs -----------------------------------------------------------------------------------------


def turns_of(found: Iterable[tuple[str, Sequence[Part]]], path: str) -> tuple[Turn, ...]:
    """Return turns from what each message of a request holds: results stand in turns of their own.

    Raises:
        UntranslatableError: there is nothing to answer; an answer that the caller began is continued by some APIs and
            answered by others.

    """
    made: list[Turn] = []
    for role, parts in found:
        for number, part in enumerate(parts):
            own = TOOL if isinstance(part, ToolResult) else role
            if made and made[-1].role == own and (number or own == TOOL):
                made[-1] = Turn(own, (*made[-1].parts, part))
            else:
                made.append(Turn(own, (part,)))
    if not made or made[-1].role not in {USER, TOOL}:
        raise UntranslatableError(path, "must end with what is to be answered")
    return tuple(made)


def blob(said: Any, data: Any, path: str, name: str = "") -> Blob:
    """Return bytes of a media type that names nobody.

    Raises:
        UntranslatableError: the type is another one, or the bytes are no base64.

    """
    if not isinstance(said, str) or media.told(said) != said or said == media.UNTOLD:
        raise UntranslatableError(path, "is of a media type that nobody knows")
    if not isinstance(data, str) or not base64_text.holds(data):
        raise UntranslatableError(path, "is no base64")
    return Blob(said, base64_text.standard(data), name)


def of_url(url: Any, path: str, name: str = "") -> Blob:
    """Return the bytes in a data URL; raises as ``blob``."""
    held = media.held_in(url) if isinstance(url, str) else None
    if held is None:
        raise UntranslatableError(path, "is no data URL in base64")
    return blob(*held, path, name)


def picture(url: Any, path: str) -> Blob | Link:
    """Return a picture: its bytes, or the address that the target fetches it from."""
    plain = isinstance(url, str) and not url.lstrip().lower().startswith("data:")
    return Link(url) if plain else of_url(url, path)


def instructions(conversation: Conversation, path: str) -> tuple[list[Text], tuple[Turn, ...]]:
    """Return what stands before the conversation, and the rest, for an API that has a place of its own for it.

    Raises:
        UntranslatableError: an instruction stands in the middle, or holds more than texts.

    """
    turns = conversation.turns
    first = next((number for number, turn in enumerate(turns) if turn.role != SYSTEM), len(turns))
    if any(turn.role == SYSTEM for turn in turns[first:]):
        raise UntranslatableError(path, "has an instruction in the middle of the conversation")
    parts = [part for turn in turns[:first] for part in turn.parts]
    said = [part for part in parts if isinstance(part, Text)]
    if len(said) != len(parts):
        raise UntranslatableError(path, "has an instruction that is no text")
    return said, turns[first:]


def parts_in(content: Any, path: str) -> list[dict[str, Any]]:
    """Return the parts of a message, of which a text by itself is one; raises as ``of_type``."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return objects(content, path)


def of_result(parts: Iterable[Part], path: str) -> tuple[Text | Blob | Link, ...]:
    """Return what a call came to.

    Raises:
        UntranslatableError: there is something else among it.

    """
    held = tuple(parts)
    said = tuple(part for part in held if isinstance(part, Text | Blob | Link))
    if len(said) != len(held):
        raise UntranslatableError(path, "holds in a result what is none")
    return said


def tool_of(said: Mapping[str, Any], path: str, schema: str = "parameters") -> Tool:
    """Return a function; ``schema`` is the member that describes its arguments. Raises as ``of_type``."""
    return Tool(
        name=of_type(said.get("name"), str, f"{path}.name"),
        description=str(said.get("description") or ""),
        schema=of_type(said.get(schema) or {"type": "object"}, dict, f"{path}.{schema}"),
        strict=said.get("strict"),
    )
