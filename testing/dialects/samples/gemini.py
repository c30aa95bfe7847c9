"""Gemini's and Vertex AI's API: shapes of Google's Gen AI SDK for Python (3.6) and Google's documentation of streaming."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample

_WHERE = {"model": "gemini"}
_CALL = {"functionCall": {"id": "c1", "name": "look_up", "args": {"who": "somebody", "deep": [{"role": "this"}]}}}
_TOOL = {"functionDeclarations": [{"name": "look_up", "description": "Looks up.", "parameters": {
    "type": "OBJECT", "properties": {"who": {"type": "STRING", "description": "whom"}}, "required": ["who"]},
    "responseJsonSchema": {"type": "object", "title": "What it found"}}]}  # fmt: skip
_CONTENTS = [
    {"role": "user", "parts": [{"text": "Hello there."}, {"text": "More words."}]},
    {"role": "model", "parts": [
        {"text": "They greeted me.", "thought": True}, {"text": "I look."}, _CALL,
        {"executableCode": {"language": "PYTHON", "code": "look()"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "seen"}},
    ]},
    {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "look_up", "response": {"found": ["nothing"]}}}]},
]  # fmt: skip
_ASKED: dict[str, Any] = {
    "contents": _CONTENTS,
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "tools": [_TOOL],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look_up"]}},
    "generationConfig": {
        "temperature": 0.5, "maxOutputTokens": 64, "stopSequences": ["end"], "responseMimeType": "application/json",
        "responseSchema": {"type": "OBJECT", "properties": {"answer": {"type": "STRING", "enum": ["yes", "no"]}}},
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 512},
    },
    "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    "labels": {"team": "one"},
}  # fmt: skip
_SIGNED = {"contents": [
    {"role": "user", "parts": [{"text": "Hello there."}, {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}]},
    {"role": "model", "parts": [{**_CALL, "thoughtSignature": "EqoBCkgIARABGAI"}]},
    {"role": "user", "parts": [{"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.example/a.pdf"}}]},
]}  # fmt: skip
_USAGE = {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 2}, "modelVersion": "gemini", "responseId": "r1"}
_GROUNDED = {
    "finishReason": "STOP", "finishMessage": "It stopped.",
    "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}],
    "citationMetadata": {"citations": [{"title": "A page", "uri": "https://x.example"}]},
    "groundingMetadata": {
        "webSearchQueries": ["a page"], "searchEntryPoint": {"renderedContent": "<b>a page</b>", "sdkBlob": "EqoB"},
        "groundingChunks": [{"web": {"title": "A page", "uri": "https://x.example"}}],
        "groundingSupports": [{"segment": {"text": "Yes."}, "groundingChunkIndices": [0]}],
    },
}  # fmt: skip


def _said(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}], **_USAGE}


_KEPT = (
    "candidates[*].content.parts[*].thoughtSignature", "candidates[*].content.parts[*].inlineData.data",
    "candidates[*].groundingMetadata.searchEntryPoint.sdkBlob",
)  # fmt: skip
GENERATE = Sample(
    requests=[_ASKED, _SIGNED],
    text=("contents", 0, "parts", 0, "text"),
    replies=[
        _said({"text": "They greeted me.", "thought": True}, {"text": "Yes.", "thoughtSignature": "EqoB"}, _CALL,
              {"executableCode": {"language": "PYTHON", "code": "look()"}},
              {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "seen"}},
              {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}, **_GROUNDED),
        {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "It may harm."}, **_USAGE},
    ],
    kept=_KEPT,
    calls={
        "candidates[*].content.parts[*].functionCall.args": "look_up",
        "candidates[*].content.parts[*].executableCode.code": "codeExecution",
    },
    tools=("look_up",),
    undeclared=("codeExecution",),
    addresses=(
        "candidates[*].citationMetadata.citations[*].uri", "candidates[*].groundingMetadata.groundingChunks[*].web.uri",
    ),
    streams=[
        [("", event) for event in (
            _said({"text": "They ", "thought": True}),
            _said({"text": "greeted me.", "thought": True}),
            _said({"text": "Yes, "}),
            _said({"text": "indeed.", "thoughtSignature": "EqoB"}, {"inlineData": {"mimeType": "image/png", "data": "iVBO"}}),
            _said({**_CALL, "thoughtSignature": "EqoB"}),
            _said(**_GROUNDED),
        )],
    ],
    kept_events=_KEPT,
    variables=_WHERE,
)  # fmt: skip
COUNT_TOKENS = Sample(
    requests=[{"contents": _CONTENTS}, {"generateContentRequest": {"model": "models/gemini", **_ASKED}}],
    text=("contents", 0, "parts", 0, "text"),
    replies=[{"totalTokens": 7}],
    variables=_WHERE,
)
EMBED = Sample(
    requests=[{"content": {"parts": [{"text": "Hello there."}]}, "taskType": "RETRIEVAL_DOCUMENT", "title": "A page"}],
    text=("content", "parts", 0, "text"),
    replies=[{"embedding": {"values": [0.5]}}],
    variables=_WHERE,
)
BATCH_EMBED = Sample(
    requests=[{"requests": [{"content": {"parts": [{"text": "Hello there."}]}, "title": "A page"}]}],
    text=("requests", 0, "content", "parts", 0, "text"),
    replies=[{"embeddings": [{"values": [0.5]}]}],
    variables=_WHERE,
)
SAMPLES = {
    "gemini_generate": GENERATE,
    "gemini_count_tokens": COUNT_TOKENS,
    "gemini_embed": EMBED,
    "gemini_batch_embed": BATCH_EMBED,
}
