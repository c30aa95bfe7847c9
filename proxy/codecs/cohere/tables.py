"""Tables of requests and replies of Cohere's version 2.

Sources: types of Cohere's Python SDK (7.3) and the documentation of its streams; ``return_documents`` and
``rank_fields`` belong to rerankers that speak version 1. Identifiers in replies hold a tool's name, or the caller's own
for a document: they are texts.
"""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai.tables import CALL_ID, KNOWN_KEYS
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable

#: Keys of the dialect itself, and of JSON Schema in its tools. Any other object key is text the caller chose.
KEYS = KNOWN_KEYS | frozenset(
    """
    tool_plan thinking document documents citations start end sources content_index tool_output citation_options mode
    safety_mode stop_sequences k p priority strict_tools token_budget input_type texts images inputs embedding_types
    output_dimension truncate query top_n max_tokens_per_doc relevant_spans threshold max_spans return_documents
    rank_fields
    """.split()
)
_TYPES = frozenset(
    """
    text thinking image_url document tool function json_object enabled disabled TEXT_CONTENT THINKING_CONTENT PLAN
    string number integer boolean object array null
    """.split()
)
_WORDS = {
    "role": frozenset({"system", "user", "assistant", "tool"}),
    "type": _TYPES,
    "safety_mode": frozenset({"CONTEXTUAL", "STRICT", "OFF", "NONE"}),
    "tool_choice": frozenset({"REQUIRED", "NONE"}),
    "mode": frozenset("ENABLED DISABLED FAST ACCURATE OFF enabled disabled".split()),
    "detail": frozenset({"auto", "low", "high"}),
    "input_type": frozenset("search_document search_query classification clustering image".split()),
    "embedding_types": frozenset("float int8 uint8 binary ubinary base64".split()),
    "truncate": frozenset({"NONE", "START", "END"}),
    "format": frozenset("email date date-time uuid uri time".split()),
}
_TEXT = PartType("text", Members(any_of("type text")))
_PICTURE = PartType(
    "image",
    Members(any_of("type") | {"image_url": Members(any_of("url detail"))}),
    FileMembers("image_url.url", allowed={"image_url.detail": (None, "auto", "low", "high")}),
)
_DOCUMENT = Members(any_of("id data"))
_CHAT_PARTS = PartTable(
    places=("messages[*].content[*]",),
    kinds={
        "text": _TEXT,
        "thinking": PartType("text", Members(any_of("type thinking"))),
        "image_url": _PICTURE,
        "document": PartType("text", Members(any_of("type") | {"document": _DOCUMENT})),
    },
    text={"type": "text"},
    words=frozenset({"type", "detail", "text"}),
)
_EMBED_PARTS = PartTable(
    places=("inputs[*].content[*]",),
    kinds={"text": _TEXT, "image_url": _PICTURE},
    text={"type": "text"},
    words=frozenset({"type", "detail", "text"}),
    pictures=("images",),
)
_FUNCTION = frozenset({"function"})
_CALL = Members(any_of("id type") | {"function": Members(any_of("name arguments"))}, _FUNCTION)
_TOOL = Members(
    any_of("type") | {"function": Members(any_of("name description parameters"))},
    _FUNCTION,
    typed=True,
)
_CHAT = Members(
    any_of(
        """
        model stream strict_tools safety_mode max_tokens stop_sequences temperature seed frequency_penalty
        presence_penalty k p logprobs tool_choice priority
        """
    )
    | {
        "messages": Members(any_of("role content tool_call_id tool_plan citations") | {"tool_calls": _CALL}),
        "tools": _TOOL,
        "documents": _DOCUMENT,
        "citation_options": Members(any_of("mode")),
        "response_format": Members(any_of("type json_schema schema"), frozenset({"text", "json_object"})),
        "thinking": Members(any_of("type token_budget"), frozenset({"enabled", "disabled"})),
    }
)
_EMBED = Members(
    any_of("model texts images input_type max_tokens output_dimension embedding_types truncate priority")
    | {"inputs": Members(any_of("content"))}
)
_RERANK = Members(
    any_of("model query documents top_n max_tokens_per_doc return_documents rank_fields priority")
    | {"relevant_spans": Members(any_of("mode threshold max_spans"))}
)


def _table(members: Members, parts: PartTable | None = None) -> RequestTable:
    return RequestTable(
        members=members,
        keys=KEYS,
        words=_WORDS,
        identifiers={"id": CALL_ID, "tool_call_id": CALL_ID},
        parameters=frozenset("seed max_tokens max_tokens_per_doc output_dimension k temperature p".split()),
        chosen=frozenset({"seed"}),
        parts=parts or PartTable(),
        calls=frozenset({"tools"}),
    )


CHAT, EMBED = _table(_CHAT, _CHAT_PARTS), _table(_EMBED, _EMBED_PARTS)
RERANK, TOKENIZE = _table(_RERANK), _table(Members(any_of("model text")))

_STRUCTURAL = frozenset({"role", "type", "finish_reason", "response_type"})
#: A citation quotes the caller's own document, or a tool's output: whole, with its keys.
_QUOTED = ("sources[*].document", "sources[*].tool_output")
REFUSALS = {"finish_reason": ("ERROR_TOXIC",)}
_USAGE = UsageTable.of(
    input="usage.tokens.input_tokens | usage.billed_units.input_tokens",
    cached="usage.cached_tokens",
    output="usage.tokens.output_tokens | usage.billed_units.output_tokens",
).refusing(REFUSALS)
_BILLED = UsageTable.of(
    input="meta.tokens.input_tokens | meta.billed_units.input_tokens",
    images="meta.billed_units.images",
    searches="meta.billed_units.search_units",
)
CHAT_REPLY = ReplyTable(
    structural=_STRUCTURAL,
    needs={"message": dict},
    documents=frozenset({"arguments"}),
    calls={"message.tool_calls[*].function.arguments": "name"},
    spelled=("logprobs",),
    free=tuple(f"message.citations[*].{path}" for path in _QUOTED),
    usage=_USAGE,
)
EVENT = ReplyTable(
    structural=_STRUCTURAL,
    documents=frozenset({"arguments"}),
    calls={"delta.message.tool_calls.function.arguments": "name"},
    spelled=("logprobs",),
    free=tuple(f"delta.message.citations{some}.{path}" for some in ("", "[*]") for path in _QUOTED),
    usage=_USAGE.within("delta"),
)
EMBED_REPLY = ReplyTable(
    structural=_STRUCTURAL | {"format"},
    needs={"embeddings": dict},
    encoded=("embeddings.base64[*]",),
    usage=_BILLED,
)
RERANK_REPLY = ReplyTable(structural=_STRUCTURAL, needs={"results": list}, free=("results[*].document",), usage=_BILLED)
#: Tokens as strings spell the text that the target read, pseudonyms in pieces.
TOKENIZE_REPLY = ReplyTable(structural=_STRUCTURAL, needs={"tokens": list}, spelled=("token_strings",))
