"""``POST /v1/completions``: a text and its continuation, whole and streamed.

Token ids are refused, since they cannot be read. Token log-probabilities are dropped from a filtered reply, since they
spell the unfiltered text.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai.chat_shape import envelope
from proxy.codecs.openai.dialect import at, is_error
from proxy.codecs.openai.tables import REPLY_WORDS, SPELLED, USAGE, table
from proxy.codecs.reply import ReplyTable
from proxy.codecs.stream import Meaning, Shape, TextPiece
from proxy.core.records import Operation

_REPLY = ReplyTable(
    structural=REPLY_WORDS,
    needs={"choices": list},
    spelled=tuple(f"choices[*].{name}" for name in (*SPELLED, "prompt_logprobs")),
    usage=USAGE,
)


def _is_choice(choice: Any) -> bool:
    return isinstance(choice, dict) and isinstance(choice.get("index", 0), int)


class CompletionsShape(Shape):
    """Implements ``Shape``: a text for each choice, identified by its index."""

    table = _REPLY

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if is_error(event):
            return Meaning(fails=True)
        choices = event.get("choices") or []
        if not isinstance(choices, list) or not all(map(_is_choice, choices)):
            raise ValueError("not a piece of a completion")
        self._last = envelope(event)
        speaking = [choice for choice in choices if choice.get("text") is not None]
        ended = frozenset(choice.get("index", 0) for choice in choices if choice.get("finish_reason"))
        return Meaning(
            tuple(TextPiece(choice.get("index", 0), choice, "text") for choice in speaking),
            closes=ended,
        )

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        choice = {"index": channel, "text": text, "logprobs": None, "finish_reason": None}
        return "", {**self._last, "choices": [choice]}


COMPLETIONS = TableApi(
    "openai_completions", Operation.COMPLETION, table(Operation.COMPLETION), _REPLY, framing=Sse(),
    shape=CompletionsShape,
    check=checks.texts("prompt", "; token ids cannot be read, so send the text they stand for"), **at("/completions"),
)  # fmt: skip
