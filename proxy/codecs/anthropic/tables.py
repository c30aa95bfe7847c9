"""Tables of requests and replies of Anthropic's Messages API.

Sources: types of Anthropic's Python SDK (2.14) and its documentation of errors and streaming. Omitted from the members
on purpose, so that they are features: what the provider runs or calls (``mcp_servers``, tools of type ``web_search_*``,
``web_fetch_*``, ``code_execution_*``, ``tool_search_*``, ``mcp_toolset``, ``advisor_*``), who answers instead
(``fallbacks``) and in which region (``inference_geo``), what it keeps or recalls (``container``, ``thread``,
``diagnostics``, ``file_id``, ``memory_*``, ``user_profile_id``, ``workspace_id``), and betas
that are not known to only tune.
"""

from __future__ import annotations

import re
from dataclasses import replace

from proxy.codecs.call_ids import RUN
from proxy.codecs.members import Members, any_of
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import TOOLS, RequestTable
from proxy.codecs.usage import UsageTable

#: Keys of the dialect itself, and of JSON Schema in its tools.
KEYS = frozenset(
    """
    model messages role content system max_tokens metadata user_id stop_sequences stream temperature top_p top_k tools
    tool_choice thinking budget_tokens display output_config effort format service_tier speed inference_geo type text
    source data media_type url title context citations enabled cache_control ttl id name input tool_use_id is_error
    signature description input_schema input_examples strict disable_parallel_tool_use cited_text document_index
    document_title start_char_index end_char_index start_page_number end_page_number start_block_index end_block_index
    search_result_index encrypted_content encrypted_index page_age tool_name stdout stderr return_code error_code
    retrieved_at caller tool_id toolset_name server_name file_id container mcp_servers context_management
    authorization_token display_width_px display_height_px display_number max_characters schema properties items
    required enum additionalProperties anyOf oneOf allOf $ref $defs definitions minimum maximum minLength maxLength
    pattern default const examples eager_input_streaming edits keep trigger value clear_at_least clear_tool_inputs
    exclude_tools instructions pause_after_compaction
    defer_loading
    """.split()
)
_CLIENTS_TOOLS = frozenset(
    """
    custom bash_20241022 bash_20250124 text_editor_20241022 text_editor_20250124 text_editor_20250429
    text_editor_20250728 computer_20241022 computer_20250124 computer_20251124
    """.split()
)
_EDITS = frozenset("clear_thinking_20251015 clear_tool_uses_20250919 compact_20260112".split())
_TYPES = (
    frozenset(
        """
    text image document search_result thinking redacted_thinking tool_use tool_result tool_reference server_tool_use
    web_search_tool_result web_search_result web_fetch_tool_result web_fetch_result code_execution_tool_result
    code_execution_result code_execution_output bash_code_execution_tool_result bash_code_execution_result
    text_editor_code_execution_tool_result tool_search_tool_result mcp_tool_use mcp_tool_result container_upload
    compaction base64 url file content char_location page_location content_block_location search_result_location
    web_search_result_location ephemeral auto any tool none enabled disabled adaptive json_schema direct
    string number integer boolean object array null
    """.split()
    )
    | _CLIENTS_TOOLS
    | _EDITS
    | frozenset("input_tokens tool_uses thinking_turns".split())
)
_WORDS = {
    "role": frozenset({"user", "assistant", "system"}),
    "type": _TYPES,
    "media_type": frozenset("image/jpeg image/png image/gif image/webp application/pdf text/plain".split()),
    "ttl": frozenset({"5m", "1h"}),
    "service_tier": frozenset({"auto", "standard_only"}),
    "speed": frozenset({"fast", "standard"}),
    "effort": frozenset("low medium high xhigh max".split()),
    "display": frozenset({"summarized", "omitted"}),
    "keep": frozenset({"all"}),
    "format": frozenset("email date date-time uuid uri time".split()),
}
_CALL_ID = re.compile(rf"(?:toolu|srvtoolu|mcptoolu|msg|call)_(?:vrtx_|bdrk_)?{RUN}")

_SOURCE = Members(any_of("type media_type data url content"))
_CACHE = [None, {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "5m"}, {"type": "ephemeral", "ttl": "1h"}]
_UNCITED = [None, {"enabled": False}]
_CARRIED = frozenset({"cache_control"})
_TEXT = PartType("text", Members(any_of("type text cache_control citations")), sealed=("citations[*].encrypted_index",))
_IMAGE = Members(any_of("type cache_control") | {"source": _SOURCE})
_DOCUMENT = Members(any_of("type title context citations cache_control") | {"source": _SOURCE})
_CALL = PartType("text", Members(any_of("type id name input cache_control caller toolset_name server_name")))
_RESULT = Members(any_of("type tool_use_id content is_error cache_control caller toolset_name"))
_PICTURE = FileMembers(
    "source.data", "source.media_type", "", {"source.type": ["base64"], "cache_control": _CACHE}, _CARRIED
)
_FILE = FileMembers(
    "source.data", "source.media_type", "title",
    {"source.type": ["base64"], "cache_control": _CACHE, "citations": _UNCITED}, _CARRIED,
)  # fmt: skip
_RUN = PartType("text", _RESULT, sealed=("content.encrypted_stdout",))
_PARTS = PartTable(
    places=("system[*]", "messages[*].content[*]"),
    kinds={
        "text": _TEXT,
        "image": PartType("image", _IMAGE, by="source.type", variants={"base64": PartType("image", _IMAGE, _PICTURE)}),
        "document": PartType(
            "file",
            _DOCUMENT,
            by="source.type",
            variants={
                "base64": PartType("file", _DOCUMENT, _FILE),
                "text": PartType("text", _DOCUMENT),
                "content": PartType("text", _DOCUMENT, inside=("source.content[*]",)),
            },
        ),
        "search_result": PartType(
            "text", Members(any_of("type source title content citations cache_control")), inside=("content[*]",)
        ),
        "thinking": PartType("sealed", Members(any_of("type thinking signature"))),
        "redacted_thinking": PartType("sealed", Members(any_of("type data"))),
        "compaction": PartType("sealed", Members(any_of("type content signature encrypted_content tool_changes"))),
        "tool_use": _CALL,
        "tool_result": PartType("text", _RESULT, inside=("content[*]",)),
        "tool_reference": PartType("text", Members(any_of("type tool_name cache_control"))),
        "server_tool_use": _CALL,
        "mcp_tool_use": _CALL,
        "mcp_tool_result": PartType("text", _RESULT, inside=("content[*]",)),
        "web_search_tool_result": PartType("text", _RESULT, sealed=("content[*].encrypted_content",)),
        "web_fetch_tool_result": PartType("text", _RESULT, inside=("content.content",)),
        "code_execution_tool_result": _RUN,
        "bash_code_execution_tool_result": _RUN,
        "text_editor_code_execution_tool_result": _RUN,
        "tool_search_tool_result": PartType("text", _RESULT),
        "container_upload": PartType("reference", Members(any_of("type cache_control"))),
    },
    text={"type": "text"},
    references=frozenset({"file_id", "file_ids", "container_id"}),
    words=frozenset({"type", "media_type", "title", "context", "text", "cache_control"}),
)

_TOOL = Members(
    any_of(
        """
        type name description input_schema input_examples cache_control strict eager_input_streaming defer_loading
        display_width_px display_height_px display_number max_characters
        """
    ),
    _CLIENTS_TOOLS,
)
#: What the model sees of this request's own messages: nothing is kept for another one.
_EDITED = Members(
    {
        "edits": Members(
            any_of(
                "type keep trigger clear_at_least clear_tool_inputs exclude_tools instructions pause_after_compaction"
            ),
            _EDITS,
            typed=True,
        )
    }
)
_COUNTED = Members(
    any_of("model system cache_control speed")
    | {
        "context_management": _EDITED,
        "messages": Members(any_of("role content")),
        "tools": _TOOL,
        "tool_choice": Members(any_of("type name disable_parallel_tool_use"), frozenset("auto any tool none".split())),
        "thinking": Members(any_of("type budget_tokens display"), frozenset("enabled disabled adaptive".split())),
        "output_config": Members(
            any_of("effort") | {"format": Members(any_of("type schema"), frozenset({"json_schema"}), typed=True)}
        ),
    }
)
_MESSAGES = Members(
    {
        **_COUNTED.by_name,
        **any_of("max_tokens stop_sequences stream temperature top_p top_k service_tier"),
        "metadata": Members(any_of("user_id")),
    }
)
#: Betas that only tune, without the date of their version. Some of the others make the provider keep or call.
TUNING = frozenset(
    """
    prompt-caching extended-cache-ttl pdfs token-counting token-efficient-tools output-128k output-300k computer-use
    interleaved-thinking fine-grained-tool-streaming context-1m dev-full-thinking model-context-window-exceeded
    structured-outputs thinking-token-count thinking-display-updates fast-mode effort context-management compact
    """.split()
)
_KEEPING = frozenset(
    """
    container thread diagnostics file_id file_ids container_id user_profile_id files-api skills
    message-threads agent-memory managed-agents code-execution user-profiles
    """.split()
)


def _table(members: Members) -> RequestTable:
    return RequestTable(
        members=members,
        keys=KEYS,
        words=_WORDS,
        identifiers={"id": _CALL_ID, "tool_use_id": _CALL_ID},
        parameters=frozenset({"max_tokens", "top_k", "temperature", "top_p"}),
        parts=_PARTS,
        keeping=_KEEPING,
        calls=frozenset({"tools", "mcp_servers"}),
        tools=(*TOOLS, "mcp_servers[*].name"),
    )


def without_model(versions: frozenset[str], *more: str) -> RequestTable:
    """Return the table of messages whose model stands in the path, and the API's version and ``more`` in the body."""
    nested = {name: members for name, members in _MESSAGES.by_name.items() if name != "model"}
    names = ("anthropic_version", *more)
    table = _table(Members(nested | any_of(" ".join(names))))
    words = {**_WORDS, "anthropic_version": versions}
    return replace(table, keys=KEYS.union(names), words=words, model="")


_VERTEX_VERSIONS = frozenset({"vertex-2023-10-16", "2026-10-21"})
VERTEX = without_model(_VERTEX_VERSIONS)
MESSAGES, COUNT_TOKENS = _table(_MESSAGES), _table(_COUNTED)
VERTEX_COUNT = replace(
    _table(Members({**_COUNTED.by_name, **any_of("anthropic_version max_tokens")})),
    keys=KEYS.union({"anthropic_version"}),
    words={**_WORDS, "anthropic_version": _VERTEX_VERSIONS},
)

_STRUCTURAL = frozenset("id type role model stop_reason tool_use_id service_tier inference_geo".split())
#: Of one content block; a reply holds them in ``content``, an event in ``content_block``.
_SEALED = (
    "=thinking.signature",
    "=redacted_thinking.data",
    "=web_search_tool_result.content[*].encrypted_content",
    ".citations[*].encrypted_index",
    ".content.encrypted_stdout",
    "=compaction.signature",
    "=compaction.encrypted_content",
)
_UNREAD = (".content.content.source=base64.data",)
#: Signed texts: originals are never restored in them, since the next turn would be refused.
_SIGNED = ("=thinking.thinking", "=compaction.content", "=compaction.tool_changes")


#: Of one content block: what the called tool receives -> what names the tool.
_CALLS = {"=tool_use.input": "name", "=server_tool_use.input": "name", "=mcp_tool_use.input": "server_name"}


def _blocks(ends: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"content[*]{end}" for end in ends)


#: Reasons for the end of a reply that refuses.
REFUSES = frozenset({"refusal"})
USAGE = UsageTable.of(
    input="usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens",
    cached="usage.cache_read_input_tokens",
    written="usage.cache_creation_input_tokens",
    output="usage.output_tokens",
    searches="usage.server_tool_use.web_search_requests",
).refusing({"stop_reason": REFUSES, "delta.stop_reason": REFUSES})
MESSAGE = ReplyTable(
    structural=_STRUCTURAL,
    needs={"content": list},
    fetched=frozenset({"source"}),
    calls={f"content[*]{end}": name for end, name in _CALLS.items()},
    sealed=(*_blocks(_SEALED), "stop_details.fallback_credit_token"),
    signed=_blocks(_SIGNED),
    unread=_blocks(_UNREAD),
    usage=USAGE,
)
COUNT = ReplyTable(structural=_STRUCTURAL, needs={"input_tokens": int})
EVENT = ReplyTable(
    structural=_STRUCTURAL,
    documents=frozenset({"partial_json"}),
    fetched=MESSAGE.fetched,
    calls={
        f"{parent}{end}": name for parent in ("message.content[*]", "content_block") for end, name in _CALLS.items()
    },
    sealed=(
        *(f"message.{path}" for path in MESSAGE.sealed),
        *(f"content_block{end}" for end in _SEALED),
        "delta=signature_delta.signature",
        "delta=compaction_delta.encrypted_content",
        "delta=compaction_delta.signature",
        "delta.citation.encrypted_index",
        "delta.stop_details.fallback_credit_token",
    ),
    signed=(
        *(f"message.{path}" for path in MESSAGE.signed),
        *(f"content_block{end}" for end in _SIGNED),
        "delta=thinking_delta.thinking",
        "delta=compaction_delta.content",
    ),
    unread=(*(f"message.{path}" for path in MESSAGE.unread), *(f"content_block{end}" for end in _UNREAD)),
    usage=USAGE.within("message"),
)
