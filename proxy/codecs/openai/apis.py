"""OpenAI's APIs of texts: chat completions, completions, embeddings, moderations.

Tool-call arguments are JSON inside a JSON string: what is restored there is escaped at least once. Token
log-probabilities are dropped from a filtered reply, because they spell the unfiltered text. Token ids and arrays are
refused, since they cannot be read. Embeddings have no place for a statement to the recipient: it would be embedded with
the input. Of moderations texts and pictures are judged; the reply holds scores and no text.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import tables
from proxy.codecs.openai.chat_shape import ChoicesShape, envelope
from proxy.codecs.openai.conversation_replies import CONVERSATION
from proxy.codecs.openai.dialect import DIALECT, at, everywhere, is_error
from proxy.codecs.openai.tables import REPLY_WORDS, SPELLED, USAGE, table
from proxy.codecs.reply import ReplyTable
from proxy.codecs.stream import Meaning, Shape, TextPiece
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

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


def _add_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return the request with the statement as a first message of its own, in the role of the caller's instructions."""
    roles = [message.get("role") for message in document["messages"]]
    role = "developer" if "developer" in roles and "system" not in roles else "system"
    return {**document, "messages": [{"role": role, "content": statement}, *document["messages"]]}


CHAT = TableApi(
    "openai_chat", Operation.CHAT, tables.CHAT, tables.CHAT_REPLY, dialect=DIALECT,
    endpoints=(*everywhere("/chat/completions"), Endpoint("POST", "/chat/completions")),
    address=Address("/chat/completions"), framing=Sse(), shape=ChoicesShape, check=checks.messages,
    add_statement=_add_statement, conversation=CONVERSATION,
)  # fmt: skip


_UNREADABLE = (
    "; token arrays cannot be read, so send the text they stand for (LangChain: check_embedding_ctx_length=False)"
)
EMBEDDINGS = TableApi(
    "openai_embeddings", Operation.EMBEDDING, tables.EMBEDDINGS,
    ReplyTable(
        structural=frozenset({"object", "model"}), needs={"data": list}, encoded=("data[*].embedding",),
        usage=tables.USAGE,
    ),
    check=checks.texts("input", _UNREADABLE), **at("/embeddings"),
)  # fmt: skip


_PARTS = replace(tables.CHAT.parts, places=("input[*]",), recordings=(), pictures=(), linked=())
#: OpenAI's default model.
_MODEL = "omni-moderation-latest"


def _check(document: Mapping[str, Any]) -> None:
    value = document.get("input")
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) or (isinstance(part, dict) and part) for part in parts):
        raise MalformedRequestError("'input' must be a string, or a list of strings or content parts")


MODERATIONS = TableApi(
    "openai_moderations", Operation.MODERATION, replace(table(Operation.MODERATION), parts=_PARTS, unnamed=_MODEL),
    ReplyTable(structural=REPLY_WORDS, needs={"results": list}), check=_check, **at("/moderations", dated=False),
)  # fmt: skip
