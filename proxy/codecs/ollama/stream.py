"""Streamed replies of Ollama: lines of JSON, the last of which is ``done``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from proxy.codecs.ollama import tables
from proxy.codecs.reply import ReplyTable, check_sender, expect
from proxy.codecs.stream import Meaning, Shape, TextPiece, every_channel

_MESSAGE = "message"


class OllamaShape(Shape):
    """Implements ``Shape``: texts grow in ``message`` (chat) or at the top (generate)."""

    def __init__(self, table: ReplyTable, inside: str = "", grows: tuple[str, ...] = ("response", "thinking")) -> None:
        self.table = table
        self._inside, self._grows = inside, grows
        self._model: dict[str, Any] = {}

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        check_sender(event, self.table)
        holder = expect(event.get(self._inside, {}) if self._inside else event, dict, "not a line of this API")
        self._model = {key: event[key] for key in ("model", "created_at") if key in event}
        pieces = tuple(TextPiece(key, holder, key) for key in self._grows if isinstance(holder.get(key), str))
        if event.get("done") is True:
            return Meaning(pieces, every_channel, ends=True)
        return Meaning(pieces, droppable=bool(pieces) and not holder.get("tool_calls"))

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        members: dict[str, Any] = {str(channel): text}
        if self._inside:
            members = {self._inside: {"role": "assistant", "content": "", **members}}
        return "", {**self._model, **members, "done": False}


def chat() -> OllamaShape:
    """Return the shape of one streamed chat."""
    return OllamaShape(tables.CHAT_REPLY, _MESSAGE, ("content", "thinking"))


def generate() -> OllamaShape:
    """Return the shape of one streamed completion."""
    return OllamaShape(tables.GENERATE_REPLY)
