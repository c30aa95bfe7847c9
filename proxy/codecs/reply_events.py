"""Shared by readers and writers of streams: parts of a turn as events of channels, and events as parts again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxy.codecs.calls import parse_arguments, render_arguments
from proxy.codecs.conversation import (
    CALL,
    TEXT,
    THINKING,
    AssistantReply,
    Channel,
    Close,
    Delta,
    Event,
    Start,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)


class Channels:
    """Turns the parts of a reply into events: a channel per run of text or thinking, one per whole call."""

    def __init__(self) -> None:
        self.calls = 0
        self._started = False
        self._number = 0
        self._open: Channel | None = None

    def start(self, identity: Any, model: Any) -> Iterator[Event]:
        """Yield the start of the reply, once."""
        if not self._started:
            self._started = True
            yield Start(str(identity or ""), str(model or ""))

    def part(self, part: Text | Thinking | ToolCall) -> Iterator[Event]:
        """Yield the events of one part."""
        if isinstance(part, ToolCall):
            self.calls += 1
            yield from self.close()
            channel = self.open(CALL, part.id, part.name)
            yield Delta(channel, render_arguments(part.arguments))
            yield Close(channel)
        else:
            yield from self.delta(TEXT if isinstance(part, Text) else THINKING, part.text)

    def delta(self, kind: str, text: str) -> Iterator[Event]:
        """Yield the events of a piece of text or thinking."""
        if self._open is None or self._open.kind != kind:
            yield from self.close()
            self._open = self.open(kind)
        yield Delta(self._open, text)

    def close(self) -> Iterator[Event]:
        """Yield the end of the open text or thinking."""
        if self._open is not None:
            yield Close(self._open)
        self._open = None

    def open(self, kind: str, identity: str = "", name: str = "") -> Channel:
        """Return a new channel."""
        self._number += 1
        return Channel(kind, self._number, identity, name)


class ReplyState:
    """The start, stop and usage of a stream so far, and its calls until their arguments are complete."""

    def __init__(self) -> None:
        self.start, self.stop, self.usage = Start(), Stop(), Usage()
        self._calls: dict[Channel, str] = {}

    def take(self, event: Event) -> Iterator[Text | Thinking | ToolCall]:
        """Yield the parts that an event completes.

        Raises:
            ValueError: the arguments of a call are not a JSON object.

        """
        if isinstance(event, Delta):
            yield from self._piece(event)
        elif isinstance(event, Close):
            if event.channel in self._calls:
                yield self._called(event.channel)
        else:
            self.note(event)

    def note(self, event: Event) -> None:
        """Record an event that is not a part."""
        if isinstance(event, Start):
            self.start = event
        elif isinstance(event, Stop):
            self.stop = event
        elif isinstance(event, Usage):
            self.usage = event.after(self.usage)

    def rest(self) -> Iterator[ToolCall]:
        """Yield the calls that were never closed; raises as ``take``."""
        for channel in list(self._calls):
            yield self._called(channel)

    def _piece(self, piece: Delta) -> Iterator[Text | Thinking]:
        if piece.channel.kind == CALL:
            self._calls[piece.channel] = self._calls.get(piece.channel, "") + piece.text
        elif piece.text:
            yield Thinking(piece.text) if piece.channel.kind == THINKING else Text(piece.text)

    def _called(self, channel: Channel) -> ToolCall:
        return ToolCall(channel.id, channel.name, parse_arguments(self._calls.pop(channel)))


def whole(events: Iterable[Event]) -> AssistantReply:
    """Return the whole reply that events say; raises as ``ReplyState.take``."""
    state = ReplyState()
    parts = [part for event in events for part in state.take(event)]
    return AssistantReply((*parts, *state.rest()), state.stop, state.usage, state.start.id, state.start.model)
