"""The ids by which results answer calls. Pure.

Where a dialect may leave them out, a result answers the first call of its name without one yet. Where a reply gives a
call none, or one that the request has already, it gets another: each id stands for one call of a conversation.
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


class Ids:
    """Gives ids to the calls of one conversation in order; the same conversation gets the same ones."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._taken = set(given)
        self._number = 0
        self._waiting: list[tuple[str, str]] = []  # (name, id) of calls without a result

    def of_call(self, name: str, given: str = "") -> str:
        """Return the id of a call."""
        made = given
        while not made or (not given and made in self._taken):
            self._number += 1
            made = f"call_{self._number}"
        self._taken.add(made)
        self._waiting.append((name, made))
        return made

    def of_result(self, name: str, given: str, path: str) -> str:
        """Return the id of the call that a result answers; ``name`` is "" where it is not said.

        Raises:
            UntranslatableError: there is none.

        """
        for one in self._waiting:
            if one[1] == given or (not given and name in {"", one[0]}):
                self._waiting.remove(one)
                return one[1]
        raise UntranslatableError(path, "answers no call")


def named(turns: Iterable[Turn]) -> Iterator[tuple[Turn, Mapping[str, str]]]:
    """Yield each turn with the names of what was called until then, by the calls' ids: the last one of each."""
    called: dict[str, str] = {}
    for turn in turns:
        called |= {part.id: part.name for part in turn.parts if isinstance(part, ToolCall)}
        yield turn, called


class Fresh:
    """Gives the calls of one reply ids that stand nowhere in the request that is answered."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self._asked = asked
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

    def _of(self, given: str) -> str:
        if self._taken is None:
            self._taken = {one.decode() for one in _PLAIN.findall(orjson.dumps(self._asked))}
        made = given
        while not made or made in self._taken:
            self._number += 1
            made = f"call_{self._number}"
        self._taken.add(made)
        return made
