"""Tables of requests and replies of Ollama."""

from __future__ import annotations

import re

from proxy.codecs.call_ids import RUN
from proxy.codecs.members import Members, any_of
from proxy.codecs.parts import PartTable
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable

_OPTIONS = Members(
    any_of(
        """
        numa num_ctx num_batch num_gpu main_gpu low_vram f16_kv logits_all vocab_only use_mmap use_mlock embedding_only
        num_thread num_keep seed num_predict top_k top_p min_p tfs_z typical_p repeat_last_n temperature repeat_penalty
        presence_penalty frequency_penalty mirostat mirostat_tau mirostat_eta penalize_newline stop
        """
    )
)
_FUNCTION = Members(any_of("name description parameters strict"))
_TOOL = Members(any_of("type") | {"function": _FUNCTION}, frozenset({"function"}))
_CALL = Members(any_of("id type") | {"function": Members(any_of("index name description arguments"))})
_MESSAGE = Members(any_of("role content thinking images tool_name tool_call_id") | {"tool_calls": _CALL})
_COMMON = any_of("model stream format keep_alive think logprobs top_logprobs truncate shift") | {"options": _OPTIONS}
#: Omitted on purpose, so that they are features: ``context`` (token ids of earlier text, which cannot be read),
#: ``_debug_render_only`` (answers with the whole prompt), ``width`` and the like (another kind of result).
_CHAT = Members(_COMMON | {"messages": _MESSAGE, "tools": _TOOL})
_GENERATE = Members(_COMMON | any_of("prompt suffix system template raw images"))
_EMBED = Members(any_of("model input prompt truncate dimensions keep_alive") | {"options": _OPTIONS})

#: Keys of the dialect itself. Any other object key is text the caller chose, and is scanned.
_KEYS = frozenset(_OPTIONS.by_name) | frozenset(
    """
    model stream format keep_alive think logprobs top_logprobs truncate shift options messages role content thinking
    images tool_name tool_call_id tool_calls id type function index name description arguments tools parameters strict
    properties items required enum additionalProperties anyOf oneOf allOf $ref $defs definitions minimum maximum
    minLength maxLength pattern default const title examples prompt suffix system template raw input dimensions
    """.split()
)
_TYPES = frozenset({"function", "object", "string", "number", "integer", "boolean", "array", "null"})
_WORDS = {
    "role": frozenset({"system", "user", "assistant", "tool"}),
    "type": _TYPES,
    "format": frozenset({"", "json", "date", "date-time", "email", "uri", "uuid", "time"}),
    "think": frozenset({"low", "medium", "high", "max"}),
}
_CALL_ID = re.compile(rf"call[_-]{RUN}")
#: A duration as Go writes it.
_DURATION = re.compile(r"-?\d{1,5}(?:ms|s|m|h)?")


def _table(members: Members, pictures: tuple[str, ...] = (), *, streams: bool = False) -> RequestTable:
    return RequestTable(
        members=members,
        keys=_KEYS,
        words=_WORDS,
        identifiers={"id": _CALL_ID, "tool_call_id": _CALL_ID, "keep_alive": _DURATION},
        parameters=frozenset({"dimensions", "top_logprobs", "keep_alive"}),
        parts=PartTable(pictures=pictures),
        calls=frozenset({"tools"}),
        streams=streams,
    )


CHAT = _table(_CHAT, ("messages[*].images",), streams=True)
GENERATE = _table(_GENERATE, ("images",), streams=True)
EMBED = _table(_EMBED)

_STRUCTURAL = frozenset({"model", "created_at", "role", "type", "done_reason", "id", "index"})
#: Both spell the unfiltered text: token by token, and as ids for the next request.
_SPELLED = ("logprobs", "context")
#: Set by a local server that handed the request on to a cloud.
_ELSEWHERE = ("remote_host", "remote_model")


_USAGE = UsageTable.of(input="prompt_eval_count", output="eval_count")


def _reply(spelled: tuple[str, ...] = _SPELLED, **needs: type) -> ReplyTable:
    calls = {"message.tool_calls[*].function.arguments": "name"}
    return ReplyTable(
        structural=_STRUCTURAL, needs=needs, calls=calls, spelled=spelled, elsewhere=_ELSEWHERE, usage=_USAGE
    )


CHAT_REPLY, GENERATE_REPLY = _reply(message=dict), _reply(response=str)
EMBED_REPLY = _reply((), embeddings=list, embedding=list)
