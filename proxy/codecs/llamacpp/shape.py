"""The events of a streamed completion: one text per prompt, whose last event has ``stop``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from proxy.codecs.llamacpp import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, Shape, TextPiece, every_channel

_TEXT = "content"


class CompletionShape(Shape):
    """Implements ``Shape``."""

    table = tables.COMPLETED

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        expect(event.get(_TEXT), str, "not an event of a completion")
        pieces = (TextPiece(_TEXT, event, _TEXT),)
        if event.get("stop") is True:
            return Meaning(pieces, every_channel, ends=True)
        return Meaning(pieces, droppable="prompt_progress" not in event)

    def tail(self, _channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        return "", {"index": 0, _TEXT: text, "tokens": [], "stop": False}
