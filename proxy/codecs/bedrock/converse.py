"""Tables of Converse, ConverseStream and CountTokens of Amazon Bedrock.

Source: botocore's model of ``bedrock-runtime`` (1.44). Omitted from the members on purpose, so that they are features:
other readers of the text (``guardrailConfig``), what AWS itself runs (``systemTool``), stored text
(``promptVariables``), who is billed (``projectIdentifier``), and additional fields not known to only tune.
"""

from __future__ import annotations

import re

from proxy.codecs.anthropic.tables import TUNING
from proxy.codecs.call_ids import RUN
from proxy.codecs.members import Members, any_of
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable


def _under(name: str, members: dict[str, Members | None]) -> Members:
    return Members({name: Members(members)})


#: Fields of the models that only tune: Claude's, Nova's, and those of reasoning models.
_ADDITIONAL = Members(
    any_of(
        """
        top_k topK k p top_p temperature max_tokens stop_sequences anthropic_beta reasoning_effort seed
        frequency_penalty presence_penalty
        """
    )
    | {
        "thinking": Members(any_of("type budget_tokens display")),
        "output_config": Members(any_of("effort")),
        "inferenceConfig": Members(any_of("topK")),
        "reasoning_config": Members(any_of("type budget_tokens")),
        "reasoningConfig": Members(any_of("type maxReasoningEffort")),
    }
)
_TOOL = Members(
    {
        "toolSpec": Members(any_of("name description strict") | {"inputSchema": Members(any_of("json"))}),
        "cachePoint": Members(any_of("type ttl")),
    }
)
#: Members that are counted too.
_COUNTED: dict[str, Members | None] = {
    "messages": Members(any_of("role content")),
    **any_of("system"),
    "toolConfig": Members(
        {"tools": _TOOL, "toolChoice": Members(any_of("auto any") | {"tool": Members(any_of("name"))})}
    ),
    "additionalModelRequestFields": _ADDITIONAL,
}
_SCHEMA = Members(any_of("schema name description"))
_CONVERSE = Members(
    {
        **_COUNTED,
        **any_of("additionalModelResponseFieldPaths requestMetadata"),
        "inferenceConfig": Members(any_of("maxTokens temperature topP stopSequences")),
        "performanceConfig": Members(any_of("latency")),
        "serviceTier": Members(any_of("type")),
        "outputConfig": Members(
            any_of("effort") | {"textFormat": Members(any_of("type") | {"structure": Members({"jsonSchema": _SCHEMA})})}
        ),
    }
)

#: Keys of the dialect itself, of features too, and of JSON Schema in its tools.
KEYS = frozenset(
    """
    messages role content system text image document video audio toolUse toolResult guardContent cachePoint
    reasoningContent citationsContent searchResult toolAddition toolRemoval format source bytes s3Location uri
    bucketOwner error message name context citations enabled toolUseId input type json status qualifiers ttl
    reasoningText signature redactedContent title sourceContent location web url domain documentChar documentPage
    documentChunk searchResultLocation documentIndex searchResultIndex start end tool serverName inferenceConfig
    maxTokens temperature topP stopSequences toolConfig tools toolSpec description inputSchema strict systemTool
    toolChoice auto any guardrailConfig guardrailIdentifier guardrailVersion trace streamProcessingMode
    projectIdentifier additionalModelRequestFields promptVariables additionalModelResponseFieldPaths requestMetadata
    performanceConfig latency serviceTier outputConfig textFormat structure jsonSchema schema effort top_k topK k p
    top_p max_tokens stop_sequences anthropic_beta reasoning_effort seed frequency_penalty presence_penalty thinking
    budget_tokens display output_config reasoning_config reasoningConfig maxReasoningEffort properties items required
    enum additionalProperties anyOf oneOf allOf $ref $defs definitions minimum maximum minLength maxLength pattern
    default const examples
    """.split()
)
_IMAGES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
    "doc": "application/msword",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
}
_VIDEOS = {word: f"video/{word}" for word in "mkv mov mp4 webm flv mpeg mpg wmv three_gp".split()}
_AUDIO = {
    word: f"audio/{word}" for word in "mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm".split()
}
_STATED = frozenset("date-time date time email uri uuid".split())  # formats of strings in JSON Schema
WORDS = {
    "role": frozenset({"user", "assistant", "system"}),
    "type": frozenset(
        """
        default json_schema server_tool_use priority flex reserved enabled disabled adaptive string number integer
        boolean object array null
        """.split()
    ),
    "format": _STATED.union(_IMAGES, _DOCUMENTS, _VIDEOS, _AUDIO),
    "status": frozenset({"success", "error"}),
    "qualifiers": frozenset({"grounding_source", "query", "guard_content"}),
    "ttl": frozenset({"5m", "1h"}),
    "latency": frozenset({"standard", "optimized"}),
    "trace": frozenset({"enabled", "disabled", "enabled_full"}),
    "effort": frozenset("low medium high xhigh max".split()),
    "reasoning_effort": frozenset("low medium high".split()),
    "maxReasoningEffort": frozenset("low medium high".split()),
    "display": frozenset({"summarized", "omitted"}),
}
#: Random identifiers of calls: 16 bytes in base64, or as everywhere.
_CALL_ID = re.compile(
    r"tooluse_(?![A-Za-z0-9_-]*\d{6})[A-Za-z0-9_-]{22}"
    rf"|(?:toolu|call)_(?:bdrk_)?{RUN}"
)
#: Names of Claude's betas that only tune, with the date of their version.
BETA = re.compile(rf"(?:{'|'.join(sorted(TUNING))})-202\d-\d\d-\d\d")

_S3 = Members(any_of("uri bucketOwner"))
_UNCITED = [None, {"enabled": False}]


def _media(kind: str, file: FileMembers) -> PartType:
    source = Members(any_of("bytes") | {"s3Location": _S3})
    return PartType(kind, _under(kind, any_of("format error") | {"source": source}), file)


def _text(member: str, member_name: str, *inside: str) -> PartType:
    return PartType("text", _under(member, any_of(member_name)), inside=tuple(f"{member}.{path}" for path in inside))


_DOCUMENT = _under(
    "document",
    any_of("format name context citations") | {"source": Members(any_of("bytes text content") | {"s3Location": _S3})},
)
_FILE = FileMembers(
    "document.source.bytes", "document.format", "document.name", {"document.citations": _UNCITED}, types=_DOCUMENTS
)
_REASONING = _under(
    "reasoningContent", any_of("redactedContent") | {"reasoningText": Members(any_of("text signature"))}
)
#: Content parts by their one member, including those nested in results and documents.
KINDS = {
    "text": PartType("text", Members(any_of("text"))),
    "json": PartType("text", Members(any_of("json"))),
    "image": _media("image", FileMembers("image.source.bytes", "image.format", types=_IMAGES)),
    "video": _media("video", FileMembers("video.source.bytes", "video.format", reads=False, types=_VIDEOS)),
    "audio": _media("audio", FileMembers("audio.source.bytes", "audio.format", reads=False, types=_AUDIO)),
    "document": PartType(
        "file",
        _DOCUMENT,
        by="document.source",
        variants={
            "bytes": PartType("file", _DOCUMENT, _FILE),
            "text": PartType("text", _DOCUMENT),
            "content": PartType("text", _DOCUMENT, inside=("document.source.content[*]",)),
        },
    ),
    "toolUse": _text("toolUse", "toolUseId name input type"),
    "toolResult": _text("toolResult", "toolUseId content status type", "content[*]"),
    "guardContent": PartType("text", _under("guardContent", any_of("text image")), inside=("guardContent",)),
    "cachePoint": _text("cachePoint", "type ttl"),
    "reasoningContent": PartType(
        "sealed",
        _REASONING,
        by="reasoningContent.reasoningText",
        variants={"text": PartType("text", _REASONING)},  # of a model that does not sign its reasoning
    ),
    "citationsContent": _text("citationsContent", "content citations", "content[*]"),
    "searchResult": _text("searchResult", "source title content citations", "content[*]"),
    "toolAddition": PartType("text", _under("toolAddition", {"tool": Members(any_of("type name"))})),
    "toolRemoval": PartType("text", _under("toolRemoval", {"tool": Members(any_of("type name"))})),
}
PARTS = PartTable(
    places=("system[*]", "messages[*].content[*]"),
    kinds=KINDS,
    discriminator="",
    words=frozenset({"format", "name", "context", "title", "text"}),
)


def table(members: Members, **words: frozenset[str]) -> RequestTable:
    """Return the table of a request in this shape, with these members and further words."""
    return RequestTable(
        members=members,
        keys=KEYS | members.by_name.keys(),
        words={**WORDS, **words},
        identifiers={"toolUseId": _CALL_ID, "anthropic_beta": BETA},
        parameters=frozenset({"inferenceConfig.maxTokens", "inferenceConfig.temperature", "inferenceConfig.topP"}),
        parts=PARTS,
        keeping=frozenset({"promptVariables"}),
        calls=frozenset({"toolConfig"}),
        tools=("toolConfig.tools[*].toolSpec.name", "toolConfig.tools[*].systemTool.name"),
        model="",
        stream="",
    )


CONVERSE, COUNTED = table(_CONVERSE), table(Members(_COUNTED))

STRUCTURAL = frozenset(
    """
    role stopReason toolUseId format latency ttl type status invokedModelId action confidence filterStrength
    guardrailOrigin guardrailOwnership p
    """.split()
)
#: Of one content block.
_SEALED = ("reasoningContent.reasoningText.signature", "reasoningContent.redactedContent")
_UNREAD = (
    "image.source.bytes",
    "video.source.bytes",
    "audio.source.bytes",
    "document.source.bytes",
)
#: Signed texts: originals are never restored in them, since the next turn would be refused.
_SIGNED = ("reasoningContent.reasoningText.text",)
_FREE = ("toolResult.content[*].json",)
_CALL = "toolUse.input"
#: Addresses, or names of documents.
_FETCHED = frozenset({"source"})


def _blocks(ends: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"output.message.content[*].{end}" for end in ends)


_USAGE = UsageTable.of(
    input="usage.inputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens",
    cached="usage.cacheReadInputTokens",
    written="usage.cacheWriteInputTokens",
    output="usage.outputTokens",
).refusing({"stopReason": ("guardrail_intervened", "content_filtered", "refusal")})
REPLY = ReplyTable(
    structural=STRUCTURAL,
    needs={"output": dict},
    fetched=_FETCHED,
    calls=dict.fromkeys(_blocks((_CALL,)), "name"),
    sealed=_blocks(_SEALED),
    signed=_blocks(_SIGNED),
    unread=_blocks(_UNREAD),
    free=(*_blocks(_FREE), "additionalModelResponseFields"),
    usage=_USAGE,
)
COUNT = ReplyTable(structural=frozenset(), needs={"inputTokens": int})
EVENT = ReplyTable(
    structural=STRUCTURAL,
    documents=frozenset({"input"}),
    fetched=_FETCHED,
    calls={f"delta.{_CALL}": "name"},
    sealed=("delta.reasoningContent.signature", "delta.reasoningContent.redactedContent"),
    signed=("delta.reasoningContent.text",),
    unread=("delta.image.source.bytes",),
    free=("delta.toolResult[*].json", "additionalModelResponseFields"),
    usage=_USAGE,
)
