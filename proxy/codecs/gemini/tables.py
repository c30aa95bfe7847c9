"""Tables of requests and replies of Gemini and Vertex AI (``generateContent`` ...).

Keys are in camelCase (``spelling``). Sources: types of Google's Gen AI SDK for Python (3.6) and Google's documentation
of the REST API. Not verified against the vendor: that one object may stand for a list of contents, parts or tools, and
that visible text under a ``thoughtSignature`` may differ when it returns. Omitted from the members on purpose, so that
they are features: what the provider runs, searches or calls (tools other than ``functionDeclarations``), who answers
instead (``modelSelectionConfig``, ``routingConfig``), what it keeps or recalls (``cachedContent``,
``continuationToken``), other recipients of text (``modelArmorConfig``, ``outputConfig``), recorded voices.
"""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import Keep, RequestTable
from proxy.codecs.usage import UsageTable

_TUNING = Members(
    any_of(
        """
        temperature topP topK candidateCount maxOutputTokens stopSequences responseLogprobs logprobs presencePenalty
        frequencyPenalty seed responseMimeType responseSchema responseJsonSchema responseModalities mediaResolution
        audioTimestamp enableEnhancedCivicAnswers enableAffectiveDialog
        """
    )
    | {
        "thinkingConfig": Members(any_of("includeThoughts thinkingBudget thinkingLevel")),
        "responseFormat": Members({"text": Members(any_of("mimeType jsonSchema"))}),
        "speechConfig": Members(
            any_of("languageCode")
            | {
                "voiceConfig": Members({"prebuiltVoiceConfig": Members(any_of("voiceName"))}),
                "multiSpeakerVoiceConfig": Members(
                    {
                        "speakerVoiceConfigs": Members(
                            any_of("speaker")
                            | {"voiceConfig": Members({"prebuiltVoiceConfig": Members(any_of("voiceName"))})}
                        )
                    }
                ),
            }
        ),
        "imageConfig": Members(
            any_of("aspectRatio imageSize personGeneration prominentPeople outputMimeType outputCompressionQuality")
            | {"imageOutputOptions": Members(any_of("compressionQuality mimeType"))}
        ),
        "audioTranscriptionConfig": Members(
            any_of(
                "languageCodes languageAuto languageHints customVocabulary adaptationPhrases wordTimestamp diarization"
            )
        ),
        "translationConfig": Members(any_of("echoTargetLanguage targetLanguageCode")),
    }
)
_FUNCTION = Members(any_of("name description parameters parametersJsonSchema response responseJsonSchema behavior"))
_CONTENT = Members(any_of("role parts"))
_GENERATE = Members(
    any_of("labels serviceTier store")
    | {
        "contents": _CONTENT,
        "systemInstruction": _CONTENT,
        "generationConfig": _TUNING,
        "safetySettings": Members(any_of("category threshold method")),
        "tools": Members({"functionDeclarations": _FUNCTION}),
        "toolConfig": Members(
            {
                "functionCallingConfig": Members(any_of("mode allowedFunctionNames streamFunctionCallArguments")),
                "retrievalConfig": Members(any_of("languageCode") | {"latLng": Members(any_of("latitude longitude"))}),
            }
        ),
    }
)
_COUNTED = {**_GENERATE.by_name, **any_of("model")}
_COUNT = Members({**_COUNTED, "generateContentRequest": Members(_COUNTED)})
_EMBEDDING = any_of("model taskType title outputDimensionality autoTruncate documentOcr audioTrackExtraction") | {
    "content": _CONTENT,
    "embedContentConfig": Members(
        any_of("taskType title outputDimensionality autoTruncate documentOcr audioTrackExtraction")
    ),
}
_EMBED, _BATCH = Members(_EMBEDDING), Members({"requests": Members(_EMBEDDING)})


def _keys(members: Members) -> frozenset[str]:
    below = (_keys(inner) for inner in members.by_name.values() if inner is not None)
    return frozenset(members.by_name).union(*below)


_SCHEMA = """
type format title description nullable default items minItems maxItems enum properties propertyOrdering required
minProperties maxProperties minimum maximum minLength maxLength pattern example anyOf additionalProperties defs ref
$defs $ref $schema oneOf allOf const examples definitions
"""
#: Keys of the dialect itself, of features too. Any other object key is text the caller chose, and is scanned.
KEYS = (
    _keys(_COUNT)
    | _keys(_BATCH)
    | frozenset(_SCHEMA.split())
    | frozenset(
        """
    text thought thoughtSignature partMetadata inlineData fileData mimeType data displayName fileUri functionCall
    functionResponse id args willContinue partialArgs jsonPath stringValue numberValue boolValue nullValue scheduling
    executableCode code language codeExecutionResult outcome output toolCall toolResponse toolType audioTranscription
    videoMetadata startOffset endOffset fps mediaProcessing documentMetadata startPage endPage spreadsheetMetadata
    visibleCells sheetIndex audioMetadata speechMetadata style contentLayers level numTokens cachedContent retrieval
    computerUse fileSearch googleSearch googleMaps codeExecution enterpriseWebSearch googleSearchRetrieval
    parallelAiSearch urlContext mcpServers exaAiSearch modelSelectionConfig routingConfig modelArmorConfig outputConfig
    continuationToken automaticContinuation replicatedVoiceConfig includeServerSideToolInvocations
    """.split()
    )
)
_WORDS = {
    "role": frozenset({"user", "model", "function", "system", "tool"}),
    "type": frozenset(
        """
        STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL TYPE_UNSPECIFIED string number integer boolean array object null
        """.split()
    ),
    "format": frozenset("date-time date time email uri uuid enum int32 int64 float double".split()),
    "mimeType": frozenset(
        """
        application/pdf application/json application/xml application/octet-stream text/plain text/html text/css text/csv
        text/xml text/md text/markdown text/rtf text/javascript text/x-python image/png image/jpeg image/jpg image/webp
        image/heic image/heif image/gif image/bmp audio/wav audio/mp3 audio/mpeg audio/aiff audio/aac audio/ogg
        audio/flac audio/pcm audio/webm video/mp4 video/mpeg video/mov video/quicktime video/avi video/x-flv video/mpg
        video/webm video/wmv video/3gpp
        """.split()
    ),
    "responseMimeType": frozenset({"text/plain", "application/json", "text/x.enum"}),
    "responseModalities": frozenset({"TEXT", "IMAGE", "AUDIO", "VIDEO", "MODALITY_UNSPECIFIED"}),
    "mode": frozenset({"AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"}),
    "category": frozenset(
        f"HARM_CATEGORY_{word}"
        for word in """
        UNSPECIFIED HARASSMENT HATE_SPEECH SEXUALLY_EXPLICIT DANGEROUS_CONTENT CIVIC_INTEGRITY JAILBREAK IMAGE_HATE
        IMAGE_DANGEROUS_CONTENT IMAGE_HARASSMENT IMAGE_SEXUALLY_EXPLICIT
        """.split()
    ),
    "threshold": frozenset(
        """
        HARM_BLOCK_THRESHOLD_UNSPECIFIED BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH BLOCK_NONE OFF
        """.split()
    ),
    "method": frozenset({"HARM_BLOCK_METHOD_UNSPECIFIED", "SEVERITY", "PROBABILITY"}),
    "language": frozenset({"PYTHON", "LANGUAGE_UNSPECIFIED"}),
    "outcome": frozenset({"OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED", "OUTCOME_UNSPECIFIED"}),
    "behavior": frozenset({"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"}),
    "scheduling": frozenset({"SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"}),
    "thinkingLevel": frozenset({"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"}),
    "mediaResolution": frozenset(
        f"MEDIA_RESOLUTION_{word}" for word in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "ULTRA_HIGH")
    ),
    "level": frozenset(f"MEDIA_RESOLUTION_{word}" for word in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "ULTRA_HIGH")),
    "taskType": frozenset(
        """
        TASK_TYPE_UNSPECIFIED RETRIEVAL_QUERY RETRIEVAL_DOCUMENT SEMANTIC_SIMILARITY CLASSIFICATION CLUSTERING
        QUESTION_ANSWERING FACT_VERIFICATION CODE_RETRIEVAL_QUERY
        """.split()
    ),
    "serviceTier": frozenset("unspecified flex standard priority UNSPECIFIED FLEX STANDARD PRIORITY".split()),
    "aspectRatio": frozenset("1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9".split()),
    "imageSize": frozenset({"512", "1K", "2K", "4K"}),
}

_SIGNATURE = "thoughtSignature"
_BESIDE = """
thought thoughtSignature partMetadata videoMetadata mediaResolution mediaProcessing documentMetadata spreadsheetMetadata
audioMetadata speechMetadata
"""


def _part(kind: str, member: str, file: FileMembers | None = None) -> PartType:
    return PartType(kind, Members(any_of(f"{member} {_BESIDE}")), file, sealed=(_SIGNATURE,))


def _variants(member: str, file: FileMembers | None = None) -> dict[str, PartType]:
    """Return the part types of bytes or addresses by media type; any other is a file."""
    kinds = {media: media.partition("/")[0] for media in _WORDS["mimeType"]}
    media_kinds = {"image", "audio", "video"}
    return {
        media: _part(kind, member, file if kind == "image" else None)
        for media, kind in kinds.items()
        if kind in media_kinds
    }


_HELD = FileMembers("inlineData.data", "inlineData.mimeType", "inlineData.displayName")


def _by_media(member: str, file: FileMembers | None = None) -> PartType:
    whole = _part("file", member, file)
    return PartType(
        "file", whole.members, file, sealed=whole.sealed, by=f"{member}.mimeType", variants=_variants(member, file)
    )


#: Parts of a tool's result besides its text have no place for text: bytes stay bytes, addresses are links.
_RESULT = "contents[*].parts[*].functionResponse.parts[*].fileData.fileUri"


def _parts(*contents: str) -> PartTable:
    return PartTable(
        places=tuple(f"{content}.parts[*]" for content in contents),
        kinds={
            "inlineData": _by_media("inlineData", _HELD),
            "fileData": _by_media("fileData"),
            **{
                member: _part("text", member)
                for member in """
                text functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse
                audioTranscription
                """.split()
            },
        },
        discriminator="",
        words=frozenset({"mimeType", "displayName", "text"}),
        linked=(_RESULT, f"generateContentRequest.{_RESULT}"),
    )


_CONFIG = "temperature topP topK candidateCount maxOutputTokens logprobs presencePenalty frequencyPenalty seed"
_ASKED = ("contents[*]", "systemInstruction")


def _table(members: Members, parts: PartTable, *named: str) -> RequestTable:
    return RequestTable(
        members=members,
        keys=KEYS,
        words=_WORDS,
        parameters=frozenset(f"generationConfig.{name}" for name in _CONFIG.split())
        | {"generationConfig.thinkingConfig.thinkingBudget", "outputDimensionality"},
        chosen=frozenset({"generationConfig.seed"}),
        parts=parts,
        base64=frozenset({"inlineData.data"}),
        keeps={"store": Keep((None, False), refusal=False)},
        keeping=frozenset({"cachedContent", "continuationToken", "automaticContinuation", "fileSearch"}),
        calls=frozenset({"tools", "generateContentRequest"}),
        tools=("tools[*].functionDeclarations[*].name", "tools[*]"),
        model="",
        named=named,
        stream="",
    )


GENERATE = _table(_GENERATE, _parts(*_ASKED))
COUNT_TOKENS = _table(
    _COUNT,
    _parts(*_ASKED, *(f"generateContentRequest.{path}" for path in _ASKED)),
    "model",
    "generateContentRequest.model",
)
EMBED = _table(_EMBED, _parts("content"), "model")
BATCH_EMBED = _table(_BATCH, _parts("requests[*].content"), "requests[*].model")

_STRUCTURAL = frozenset(
    """
    role finishReason blockReason category probability severity modelVersion responseId createTime language outcome
    modality mimeType trafficType serviceTier urlRetrievalStatus toolType
    """.split()
)
_SAID = "candidates[*].content.parts[*]"
#: Reasons for the end of a reply that refuses.
REFUSES = frozenset(
    """
    SAFETY RECITATION LANGUAGE PROHIBITED_CONTENT SPII MODEL_ARMOR
    IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION
    """.split()
) | {"BLOCK" + "LIST"}  # Google's word, which this repository does not use
_USAGE = UsageTable.of(
    input="usageMetadata.promptTokenCount + usageMetadata.toolUsePromptTokenCount",
    cached="usageMetadata.cachedContentTokenCount",
    output="usageMetadata.candidatesTokenCount + usageMetadata.thoughtsTokenCount",
    reasoning="usageMetadata.thoughtsTokenCount",
).refusing({"candidates[*].finishReason": REFUSES, "promptFeedback.blockReason": ()})
#: A whole reply, and each event of a streamed one.
REPLY = ReplyTable(
    structural=_STRUCTURAL,
    needs={"candidates": list, "promptFeedback": dict, "usageMetadata": dict},
    sealed=(
        f"{_SAID}.{_SIGNATURE}",
        "candidates[*].continuationToken",
        "candidates[*].groundingMetadata.searchEntryPoint.sdkBlob",
        "candidates[*].groundingMetadata.googleMapsWidgetContextToken",
    ),
    unread=(f"{_SAID}.inlineData.data",),
    spelled=("candidates[*].logprobsResult",),
    calls={
        f"{_SAID}.functionCall.args": "name",
        f"{_SAID}.functionCall.partialArgs": "name",
        f"{_SAID}.toolCall.args": "toolType",
        f"{_SAID}.executableCode.code": "=codeExecution",
    },
    free=(
        f"{_SAID}.functionResponse.response",
        f"{_SAID}.toolResponse.response",
        f"{_SAID}.partMetadata",
    ),
    usage=_USAGE,
)
COUNT = ReplyTable(structural=_STRUCTURAL, needs={"totalTokens": int})
EMBEDDED = ReplyTable(structural=_STRUCTURAL, needs={"embedding": dict, "embeddings": list}, usage=_USAGE)
