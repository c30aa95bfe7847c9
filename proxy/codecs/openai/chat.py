"""``POST /v1/chat/completions``, whole and streamed, with tools.

Tool-call arguments are JSON inside a JSON string: what is restored there is escaped at least once. Token
log-probabilities are dropped from a filtered reply, because they spell the unfiltered text.
"""

from __future__ import annotations

from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import tables
from proxy.codecs.openai.chat_shape import ChoicesShape
from proxy.codecs.openai.conversation_replies import CONVERSATION
from proxy.codecs.openai.dialect import DIALECT, everywhere
from proxy.core.records import Operation


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
