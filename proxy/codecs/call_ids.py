"""Ids that link tool results to calls. Pure.

Where a dialect may leave them out, a result answers the first unanswered call of its name. A call of a reply without an
id, or with one that the request uses already, gets a new one: each id stands for one call of a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from proxy.codecs.conversation import CALL, AssistantReply, Close, Delta, Event, ToolCall, Turn
from proxy.codecs.translatable import UntranslatableError

_PLAIN = re.compile(rb'"([\w.:+/=-]{1,256})"')


class CallIds:
    """Assigns ids to the calls of one conversation in order; the same conversation gets the same ids."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._number = 0
        self._waiting: list[tuple[str, str]] = []  # (name, id) of unanswered calls

    def of_call(self, name: str, identity: str = "") -> str:
        """Return the id of a call."""
        call_id = identity
        while not call_id or (not identity and call_id in self._taken):
            self._number += 1
            call_id = f"call_{self._number}"
        self._taken.add(call_id)
        self._waiting.append((name, call_id))
        return call_id

    def of_result(self, name: str, identity: str, path: str) -> str:
        """Return the id of the call that a result answers; ``name`` is "" where it is not given.

        Raises:
            UntranslatableError: no call is waiting for it.

        """
        for waiting in self._waiting:
            if waiting[1] == identity or (not identity and name in {"", waiting[0]}):
                self._waiting.remove(waiting)
                return waiting[1]
        raise UntranslatableError(path, "answers no known call")


def with_call_names(turns: Iterable[Turn]) -> Iterator[tuple[Turn, Mapping[str, str]]]:
    """Yield each turn with the names of all calls so far, by id."""
    called: dict[str, str] = {}
    for turn in turns:
        called |= {part.id: part.name for part in turn.parts if isinstance(part, ToolCall)}
        yield turn, called


class FreshCallIds:
    """Assigns ids to the calls of one reply that occur nowhere in its request."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._taken: set[str] | None = None
        self._number = 0
        self._channels: dict[int, str] = {}

    def whole(self, reply: AssistantReply) -> AssistantReply:
        """Return a whole reply with such ids."""
        parts = (replace(part, id=self._of(part.id)) if isinstance(part, ToolCall) else part for part in reply.parts)
        return replace(reply, parts=tuple(parts))

    def event(self, event: Event) -> Event:
        """Return an event of a stream with such an id."""
        if not isinstance(event, Delta | Close) or event.channel.kind != CALL:
            return event
        channel = event.channel
        if channel.number not in self._channels:
            self._channels[channel.number] = self._of(channel.id)
        return replace(event, channel=channel._replace(id=self._channels[channel.number]))

    def _of(self, identity: str) -> str:
        if self._taken is None:
            self._taken = {match.decode() for match in _PLAIN.findall(orjson.dumps(self._request))}
        call_id = identity
        while not call_id or call_id in self._taken:
            self._number += 1
            call_id = f"call_{self._number}"
        self._taken.add(call_id)
        return call_id


#: One run of letters and digits whose numbers have fewer than six digits behind their zeros, 24 hexadecimal digits and
#: more without a number as long as a card's, or a UUID.
RUN = (
    r"(?:(?![A-Za-z0-9]*[1-9]\d{5})[A-Za-z0-9]{1,64}|(?![0-9a-f]*\d{13})[0-9a-f]{24,64}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})"
)
