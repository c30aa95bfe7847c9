"""Tables of vLLM's APIs that OpenAI's dialect does not have.

Source: the request types of vLLM 0.33. Omitted from the members on purpose, so that they are features: ``messages`` and
``data`` (pictures, which the server would fetch), ``prompt_embeds`` and ``mm_processor_kwargs``.
"""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai.members import KNOWN
from proxy.codecs.openai.tables import CHAT, KNOWN_KEYS, REPLY_WORDS, USAGE
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation

_SHARED = "model truncate_prompt_tokens truncation_side add_special_tokens priority request_id user use_activation"
#: Members with the compared texts, in pairs.
COMPARED = ("text_1", "text_2", "queries", "documents", "data_1", "data_2", "items")
_WORDS = {
    "encoding_format": frozenset({"float", "base64"}),
    "truncation_side": frozenset({"left", "right"}),
    "task": frozenset("embed classify score token_embed token_classify plugin".split()),
}


def _table(names: str) -> RequestTable:
    members = Members(any_of(f"{_SHARED} {names}"))
    return RequestTable(members=members, keys=KNOWN_KEYS.union(members.by_name), words=_WORDS)


SCORE = _table(" ".join(COMPARED))
CLASSIFY = _table("input")
POOLING = _table("input encoding_format dimensions task")
_COUNTED = any_of(
    """
    model prompt add_special_tokens return_token_strs add_generation_prompt continue_final_message chat_template_kwargs
    """
)
TOKENIZE = replace(
    CHAT,
    members=Members(_COUNTED | {name: KNOWN[Operation.CHAT].by_name[name] for name in ("messages", "tools")}),
    keys=CHAT.keys.union(_COUNTED),
    keeps={},
    stream="",
)
#: Tokens as strings spell the text that the target read, pseudonyms in pieces.
TOKENIZED = ReplyTable(structural=frozenset(), needs={"tokens": list}, spelled=("token_strs",))
#: Vectors, scores, and labels chosen by the model's maker.
ANSWERED = ReplyTable(structural=REPLY_WORDS, needs={"data": list}, encoded=("data[*].data",), usage=USAGE)
