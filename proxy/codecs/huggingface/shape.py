"""The events of streamed text from TGI: one per token, the last with the whole text."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from proxy.codecs.huggingface import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, TextPiece, every_channel

_TEXT = "text"


class TokenShape:
    """Implements ``Shape``. Special tokens, which clients drop, are not pieces of the text."""

    table = tables.TOKEN
    number = "index"

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        token = expect(event.get("token"), dict, "not an event of a streamed text")
        grows = isinstance(token.get(_TEXT), str) and token.get("special") is not True
        pieces = (TextPiece(_TEXT, token, _TEXT),) if grows else ()
        if event.get("generated_text") is not None or event.get("details"):
            return Meaning(pieces, every_channel, ends=True)
        return Meaning(pieces, droppable=grows)

    def tail(self, _channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        token = {"id": 0, _TEXT: text, "logprob": 0.0, "special": False}
        return "", {"index": 0, "token": token, "generated_text": None, "details": None}
