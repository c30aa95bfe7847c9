"""Tables of Mistral's APIs that OpenAI's dialect does not have.

Source: types of Mistral's Python SDK (3.7). What equals OpenAI's dialect stands in its tables.
"""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import tables
from proxy.codecs.openai.members import KNOWN
from proxy.codecs.parts import PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable
from proxy.core.records import Operation

_MESSAGES = Members({"messages": KNOWN[Operation.CHAT].by_name["messages"]})


def _parts(*places: str) -> PartTable:
    """Return the content parts of a chat, at the places of messages in these APIs."""
    return replace(tables.CHAT.parts, places=places, recordings=(), pictures=(), linked=())


def _table(members: Members, parts: PartTable) -> RequestTable:
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
    PartTable(),
)
_JUDGED = any_of("model metadata")
CHAT_MODERATION = _table(Members(_JUDGED | {"input": _MESSAGES.by_name["messages"]}), _parts("input[*].content[*]"))
CLASSIFICATION = _table(Members(_JUDGED | any_of("input")), PartTable())
CHAT_CLASSIFICATION = _table(
    Members(_JUDGED | {"input": _MESSAGES}), _parts("input.messages[*].content[*]", "input[*].messages[*].content[*]")
)
#: Labels of the provider or the model's trainer.
JUDGEMENT = ReplyTable(structural=tables.REPLY_WORDS, needs={"results": list}, free=("results[*]",))

_FORMAT = KNOWN[Operation.CHAT].by_name["response_format"]
_KINDS = tables.CHAT.parts.kinds
#: Pages are read by the target alone: no text can replace them. Pictures in the reply would stay unread,
#: so ``include_image_base64`` is a feature.
_PAGES = {name: replace(_KINDS[name], file=None) for name in ("document_url", "image_url")}
OCR = _table(
    Members(
        any_of(
            """
            model document pages image_limit image_min_size document_annotation_prompt table_format extract_header
            extract_footer include_blocks confidence_scores_granularity id
            """
        )
        | {"bbox_annotation_format": _FORMAT, "document_annotation_format": _FORMAT}
    ),
    replace(_parts("document"), kinds={**_PAGES, "file": PartType("file", Members(any_of("type")))}),
)
OCR_REPLY = ReplyTable(
    structural=frozenset({"model", "type"}),
    needs={"pages": list},
    documents=frozenset({"document_annotation", "image_annotation"}),
    unread=("pages[*].images[*].image_base64",),
    usage=UsageTable.of(pages="usage_info.pages_processed"),
)
