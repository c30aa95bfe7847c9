"""What is Mistral's own in requests and replies of the APIs that OpenAI's dialect does not have. Tables only.

Source: types of Mistral's Python SDK (3.7). What is the same as in OpenAI's dialect stands in its tables.
"""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import tables
from proxy.codecs.openai.members import KNOWN
from proxy.codecs.parts import Parts
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation

_MESSAGES = Members({"messages": KNOWN[Operation.CHAT].known["messages"]})


def _parts(*places: str) -> Parts:
    """Return the content parts of a chat, where these APIs have messages."""
    return replace(tables.CHAT.parts, places=places, recordings=(), pictures=(), linked=())


def _table(members: Members, parts: Parts) -> RequestTable:
    return replace(tables.CHAT, members=members, parts=parts, keeps={}, calls=frozenset())


FIM = _table(
    Members(
        any_of(
            """
            model prompt suffix temperature top_p max_tokens min_tokens stream stop random_seed metadata
            prompt_cache_key
            """
        )
    ),
    Parts(),
)
_JUDGED = any_of("model metadata")
CHAT_MODERATION = _table(Members(_JUDGED | {"input": _MESSAGES.known["messages"]}), _parts("input[*].content[*]"))
CLASSIFICATION = _table(Members(_JUDGED | any_of("input")), Parts())
CHAT_CLASSIFICATION = _table(
    Members(_JUDGED | {"input": _MESSAGES}), _parts("input.messages[*].content[*]", "input[*].messages[*].content[*]")
)
#: What is judged is told by labels, which the provider or who has trained the model has chosen.
JUDGEMENT = ReplyTable(structural=tables.REPLY_WORDS, needs={"results": list}, free=("results[*]",))
