"""Tables of requests and replies of the OpenAI dialect."""

from __future__ import annotations

import re

from proxy.codecs.call_ids import RUN
from proxy.codecs.openai.members import CHUNK, KEEPING, KNOWN, PART, REFERENCES, TEXT_PART
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import Keep, RequestTable
from proxy.codecs.usage import UsageTable
from proxy.core.records import Operation

#: Keys of the dialect itself. Any other object key is text the caller chose, and is scanned.
KNOWN_KEYS = frozenset(
    """
    messages role content name type text model stream stream_options include_usage temperature top_p n stop max_tokens
    max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs seed user tools tool
    tool_choice tool_calls tool_call_id function functions function_call arguments parameters description strict id
    index response_format json_schema schema properties items required enum additionalProperties anyOf oneOf allOf
    $ref $defs definitions format minimum maximum minLength maxLength pattern default const title examples metadata
    store parallel_tool_calls reasoning_effort verbosity modalities audio voice prediction service_tier image_url url
    detail input_audio data file file_data file_id filename refusal input encoding_format dimensions
    web_search_options prompt_cache_key safety_identifier custom input_image input_file reasoning_content prompt suffix
    echo best_of document_url document_name thinking signature closed reference reference_ids resource resource_link uri
    guardrails block_on_error moderation_llm_v1 moderation_llm_v2 random_seed safe_prompt prompt_mode prefix
    output_dimension output_dtype
    """.split()
)

_ROLES = frozenset({"system", "user", "assistant", "tool", "developer", "function"})
WORDS = frozenset(
    """
    text function image_url input_audio file refusal custom json_object json_schema string number integer boolean
    object array null auto none required any low medium high minimal default flex priority float base64 email date
    date-time uuid uri time standard audio wav mp3 input_text input_image input_file document_url thinking reference
    resource resource_link
    """.split()
)
CALL_ID = re.compile(rf"(?:call|chatcmpl|chatcmpl-tool|fc|msg|toolu|resp)[_-]{RUN}")
#: Structural key -> the words that the dialect itself defines for it.
_STRUCTURAL = {"role": _ROLES} | dict.fromkeys(
    """
    type format detail tool_choice function_call encoding_format reasoning_effort verbosity service_tier
    """.split(),
    WORDS,
)
_TEXT = PartType("text", TEXT_PART)
_PICTURE = FileMembers("image_url.url", allowed={"image_url.detail": (None, "auto", "low", "high")})
_FILE = FileMembers("file.file_data", name="file.filename")
_DOCUMENT = FileMembers("document_url", name="document_name")
_PARTS = PartTable(
    places=("messages[*].content[*]",),
    kinds={
        "text": _TEXT,
        "input_text": _TEXT,
        "refusal": _TEXT,
        "image_url": PartType("image", PART, _PICTURE),
        "input_image": PartType("image", PART),
        "input_audio": PartType("audio", PART),
        "audio_url": PartType("audio", PART),
        "video_url": PartType("video", PART),
        "file": PartType("file", PART, _FILE),
        "input_file": PartType("file", PART),
        "document_url": PartType("file", PART, _DOCUMENT),
        "thinking": PartType("text", CHUNK, sealed=("signature",), inside=("thinking[*]",)),
        "reference": PartType("text", CHUNK),
        "resource": PartType("text", CHUNK, inside=("content",)),
        "resource_link": PartType("file", PART),
    },
    text={"type": "text"},
    references=REFERENCES,
    words=frozenset("type detail format filename document_name text cache_control prompt_cache_breakpoint".split()),
    recordings=("messages[*].audio",),
    pictures=("messages[*].images",),
    linked=("prediction.content",),
)
KEEPS = {
    "store": Keep((None, False, "", [], {})),
    "prompt_cache_retention": Keep((None, "in_memory", "in-memory")),
}


def table(operation: Operation) -> RequestTable:
    """Return what is the dialect's own in a request of this operation."""
    return RequestTable(
        members=KNOWN[operation],
        keys=KNOWN_KEYS,
        words=_STRUCTURAL,
        identifiers={"id": CALL_ID, "tool_call_id": CALL_ID},
        parameters=frozenset(
            "seed random_seed max_tokens max_completion_tokens dimensions output_dimension temperature top_p".split()
        ),
        chosen=frozenset({"seed", "random_seed"}),
        parts=_PARTS,
        base64=frozenset({"input_audio.data", "input_audio.file_data", "file.data", "file.file_data"}),
        keeps=KEEPS,
        keeping=KEEPING,
        calls=frozenset({"tools", "functions"}),
    )


CHAT, EMBEDDINGS = table(Operation.CHAT), table(Operation.EMBEDDING)

#: Keys of a reply whose strings are the dialect's own.
REPLY_WORDS = frozenset(
    "id object model role type finish_reason system_fingerprint index obfuscation service_tier".split()
)
#: Members of a choice that spell its unfiltered text.
SPELLED = ("logprobs", "token_ids")
#: Places of what a choice says: whole, several, in pieces.
_SAID = tuple(f"choices[*].{holder}" for holder in ("message", "messages[*]", "delta"))
_CALLS = ("tool_calls[*].function.arguments", "tool_calls[*].custom.input", "function_call.arguments")
#: Reasons for the end of a reply that refuses.
REFUSES = frozenset({"content_filter"})
USAGE = UsageTable.of(
    input="usage.prompt_tokens",
    cached="usage.prompt_tokens_details.cached_tokens",
    output="usage.completion_tokens",
    reasoning="usage.completion_tokens_details.reasoning_tokens",
).refusing({"choices[*].finish_reason": REFUSES, "choices[*].message.refusal": (), "choices[*].delta.refusal": ()})
CHAT_REPLY = ReplyTable(
    structural=REPLY_WORDS,
    needs={"choices": list},
    documents=frozenset({"arguments"}),
    calls={f"{message}.{call}": "name" for message in _SAID for call in _CALLS},
    sealed=tuple(f"{message}.content[*]=thinking.signature" for message in _SAID),
    unread=tuple(f"{message}.audio.data" for message in _SAID),
    spelled=tuple(f"choices[*].{name}" for name in SPELLED),
    piece=b'"choices"',
    usage=USAGE,
)
