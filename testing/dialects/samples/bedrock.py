"""Amazon Bedrock's runtime: shapes of botocore's model of it (1.44)."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from proxy.codecs.bedrock import families
from testing.dialects.samples import Sample, anthropic

ID = "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q"
CALL = {"toolUseId": ID, "name": "look_up", "input": {"who": "somebody", "deep": [{"toolUseId": "this"}]}}
SPEC = {"name": "look_up", "description": "Looks up.", "strict": True, "inputSchema": {"json": {
    "type": "object", "properties": {"who": {"type": "string", "description": "whom"}}, "required": ["who"]}}}  # fmt: skip
SIGNED = {"reasoningContent": {"reasoningText": {"text": "They greeted me.", "signature": "EqoBCkgIARABGAI"}}}
REDACTED = {"reasoningContent": {"redactedContent": "EqoBCkgI"}}
CITED = {"title": "A page", "source": "a shelf", "sourceContent": [{"text": "a word"}],
         "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 6}}}  # fmt: skip
FOUND = {
    "source": "https://shelf.example",
    "title": "A book",
    "content": [{"text": "A page."}],
    "citations": {"enabled": True},
}

_COUNTED: dict[str, Any] = {
    "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default", "ttl": "5m"}}, {"guardContent": {"text": {"text": "Guarded."}}}],
    "messages": [
        {"role": "user", "content": [
            {"text": "Hello there."},
            {"guardContent": {"text": {"text": "What is it?", "qualifiers": ["query"]}}},
            {"document": {"name": "notes", "context": "of today", "source": {"text": "Words."}}},
            {"document": {"format": "txt", "name": "more", "source": {"content": [{"text": "More words."}]}}},
            {"searchResult": FOUND},
            {"cachePoint": {"type": "default"}},
        ]},
        {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "I look."}}},
            {"citationsContent": {"content": [{"text": "It says."}], "citations": [CITED]}},
            {"toolUse": CALL},
        ]},
        {"role": "user", "content": [
            {"toolResult": {"toolUseId": ID, "status": "success", "content": [
                {"text": "Nothing."}, {"json": {"found": ["nothing"]}}, {"searchResult": FOUND},
                {"document": {"name": "shelf", "source": {"text": "Empty."}}}]}},
        ]},
        {"role": "assistant", "content": [{"text": "Nothing found."}, {"toolRemoval": {"tool": {"name": "look_up"}}}]},
    ],
    "toolConfig": {"tools": [{"toolSpec": SPEC}, {"cachePoint": {"type": "default"}}], "toolChoice": {"tool": {"name": "look_up"}}},
    "additionalModelRequestFields": {"top_k": 5, "anthropic_beta": ["context-1m-2025-08-07"], "thinking": {"type": "enabled", "budget_tokens": 512}},
}  # fmt: skip
_TUNED: dict[str, Any] = {
    "inferenceConfig": {"maxTokens": 64, "temperature": 0.5, "topP": 0.9, "stopSequences": ["end"]},
    "additionalModelResponseFieldPaths": ["/stop_sequence"],
    "requestMetadata": {"team": "a team"},
    "performanceConfig": {"latency": "standard"},
    "serviceTier": {"type": "default"},
    "outputConfig": {"effort": "low", "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {
        "name": "answer", "description": "An answer", "schema": '{"title": "An answer"}'}}}},
}  # fmt: skip
_AFTER_THINKING = {"messages": [
    {"role": "user", "content": [{"text": "Hello there."}]},
    {"role": "assistant", "content": [SIGNED, REDACTED, {"toolUse": CALL}]},
    {"role": "user", "content": [{"toolResult": {"toolUseId": ID, "content": [
        {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}}]}},
        {"document": {"format": "pdf", "name": "notes", "source": {"bytes": "JVBERi0="}}},
        {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/video.mp4"}}}}]},
]}  # fmt: skip
_USAGE = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2, "cacheDetails": [{"ttl": "5m", "inputTokens": 1}]}
_TRACE = {"guardrail": {"modelOutput": ["It said."], "inputAssessment": {"g1": {"wordPolicy": {"customWords": [{"match": "a word", "action": "NONE"}]}}}},
          "promptRouter": {"invokedModelId": "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3"}}  # fmt: skip


def _delta(index: int, **delta: Any) -> tuple[str, dict[str, Any]]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}


def _stop(index: int) -> tuple[str, dict[str, Any]]:
    return "contentBlockStop", {"contentBlockIndex": index}


_CITED = "output.message.content[*].citationsContent.citations[*].source"
CONVERSE = Sample(
    requests=[{**_COUNTED, **_TUNED}, _AFTER_THINKING],
    text=("messages", 0, "content", 0, "text"),
    replies=[{
        "output": {"message": {"role": "assistant", "content": [
            SIGNED, REDACTED,
            {"text": "Yes."},
            {"citationsContent": {"content": [{"text": "It says."}], "citations": [CITED]}},
            {"toolUse": CALL},
            {"toolResult": {"toolUseId": ID, "type": "nova_grounding_result", "status": "success", "content": [{"json": {"found": "a page"}}]}},
            {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
        ]}},
        "stopReason": "tool_use", "usage": _USAGE, "metrics": {"latencyMs": 5}, "trace": _TRACE,
        "additionalModelResponseFields": {"stop_sequence": "end"},
        "performanceConfig": {"latency": "standard"}, "serviceTier": {"type": "default"},
    }],
    addresses=("delta.citation.source", _CITED),
    calls={"output.message.content[*].toolUse.input": "look_up"},
    tools=("look_up",),
    kept=(
        "output.message.content[*].reasoningContent.reasoningText.text",
        "output.message.content[*].reasoningContent.reasoningText.signature",
        "output.message.content[*].reasoningContent.redactedContent",
        "output.message.content[*].image.source.bytes",
    ),
    streams=[[
        ("messageStart", {"role": "assistant", "p": "abc"}),
        _delta(0, reasoningContent={"text": "They greeted me."}),
        _delta(0, reasoningContent={"signature": "EqoBCkgIARABGAI"}),
        _delta(0, reasoningContent={"redactedContent": "EqoBCkgI"}),
        _stop(0),
        _delta(1, text="Yes, "),
        _delta(1, citation=CITED),
        _delta(1, text="indeed."),
        _stop(1),
        ("contentBlockStart", {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": ID, "name": "look_up"}}}),
        _delta(2, toolUse={"input": ""}),
        _delta(2, toolUse={"input": '{"who": "some'}),
        _delta(2, toolUse={"input": 'body"}'}),
        _stop(2),
        ("contentBlockStart", {"contentBlockIndex": 3, "start": {"toolResult": {"toolUseId": ID, "status": "success"}}}),
        _delta(3, toolResult=[{"text": "Nothing."}, {"json": {"found": "a page"}}]),
        _stop(3),
        ("contentBlockStart", {"contentBlockIndex": 4, "start": {"image": {"format": "png"}}}),
        _delta(4, image={"source": {"bytes": "iVBORw0KGgo="}}),
        _stop(4),
        ("messageStop", {"stopReason": "tool_use", "additionalModelResponseFields": {"stop_sequence": "end"}}),
        ("metadata", {"usage": _USAGE, "metrics": {"latencyMs": 5}, "trace": {"guardrail": {"modelOutput": ["It said."]}}}),
    ]],
    kept_events=(
        "delta.reasoningContent.text", "delta.reasoningContent.signature", "delta.reasoningContent.redactedContent",
        "delta.image.source.bytes",
    ),
    variables={"model": "anthropic.claude-3-haiku-20240307-v1:0"},
)  # fmt: skip

_METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 1, "outputTokenCount": 2}}


def _bare(request: dict[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name not in left_out}


def _chunks(*events: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("chunk", event) for event in (*events[:-1], {**events[-1], **_METRICS})]


_CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "anthropic_beta": ["context-1m-2025-08-07"]}
_NOVA = {"schemaVersion": "messages-v1", "system": [{"text": "Be brief."}], "messages": _COUNTED["messages"], "toolConfig": _COUNTED["toolConfig"],
         "inferenceConfig": {"maxTokens": 64, "topK": 5, "stopSequences": ["end"]}}  # fmt: skip
_SPOKEN = {
    "role": "assistant",
    "tool_calls": [
        {
            "index": 0,
            "id": "call_a1",
            "type": "function",
            "function": {"name": "look_up", "arguments": '{"who": "somebody"}'},
        }
    ],
}

INVOKE = Sample(
    requests=[
        {**_bare(anthropic.MESSAGES.requests[0], "model"), **_CLAUDE},
        {**_bare(anthropic.MESSAGES.requests[1], "model"), **_CLAUDE},
        _NOVA,
        {"messages": [{"role": "user", "content": "Hello there."}, _SPOKEN], "tools": [{"type": "function", "function": {
            "name": "look_up", "description": "Looks up.", "parameters": {"type": "object"}}}], "max_tokens": 64},
        {"inputText": "Hello there.", "textGenerationConfig": {"maxTokenCount": 64, "stopSequences": ["end"]}},
        {"prompt": "Hello there.", "max_gen_len": 64, "temperature": 0.5},
        {"message": "Hello there.", "preamble": "Be brief.", "chat_history": [{"role": "USER", "message": "Hello."}],
         "documents": [{"title": "A page", "snippet": "A word."}], "stop_sequences": ["end"],
         "tools": [{"name": "look_up", "description": "Looks up.", "parameter_definitions": {"who": {"description": "whom", "type": "str", "required": True}}}]},
        {"texts": ["Hello there."], "input_type": "search_document", "truncate": "END"},
        {"inputText": "Hello there.", "dimensions": 256, "normalize": True, "embeddingTypes": ["float"]},
    ],
    text=("messages", 0, "content", 0, "text"),
    replies=[
        *anthropic.MESSAGES.replies,
        _bare(CONVERSE.replies[0], "metrics"),
        {"results": [{"outputText": "Yes.", "completionReason": "FINISH", "tokenCount": 2}], "inputTextTokenCount": 1},
        {"generation": "Yes.", "prompt_token_count": 1, "stop_reason": "stop"},
        {"outputs": [{"text": "Yes.", "stop_reason": "stop"}]},
        {"text": "Yes.", "finish_reason": "COMPLETE", "chat_history": [{"role": "USER", "message": "Hello."}], "documents": [{"title": "A page"}]},
        {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": {**_SPOKEN, "content": "Yes.", "reasoning": "A greeting."}}], "model": "m"},
        {"embedding": [0.5], "inputTextTokenCount": 1},
        {"response_type": "embeddings_by_type", "embeddings": {"float": [[0.5]]}, "texts": ["Hello there."]},
    ],
    kept=(*anthropic.MESSAGES.kept, *CONVERSE.kept),
    addresses=("content[*].citations[*].url", "content[*].content[*].url", _CITED),
    calls={
        **anthropic.MESSAGES.calls, **CONVERSE.calls, "choices[*].message.tool_calls[*].function.arguments": "look_up",
    },
    undeclared=("web_search",),
    tools=("look_up",),
    streams=[
        _chunks(*(event for _, event in anthropic.MESSAGES.streams[0] if event.get("index") in {None, 0, 3})),
        _chunks(*({name: event} for name, event in CONVERSE.streams[0] if event.get("contentBlockIndex") in {None, 0, 2})),
        _chunks({"outputText": "Yes, ", "index": 0}, {"outputText": "indeed.", "completionReason": "FINISH"}),
        _chunks({"generation": "Yes, "}, {"generation": "indeed.", "stop_reason": "stop"}),
        _chunks({"outputs": [{"text": "Yes, "}]}, {"outputs": [{"text": "indeed.", "stop_reason": "stop"}]}),
        _chunks(
            {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Yes, "}}]},
            {"choices": [{"index": 0, "delta": {"content": "indeed."}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "id": "call_a1", "function": {"name": "look_up", "arguments": '{"who": "some'}}]}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "function": {"arguments": 'body"}'}}]}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        ),
    ],
    kept_events=(
        *(path for path in anthropic.MESSAGES.kept_events if "thinking" in path or "signature" in path),
        *(f"contentBlockDelta.{path}" for path in CONVERSE.kept_events if "reasoning" in path),
    ),
    tables=((families.NOVA, 2), (families.CHAT, 3), (families.PROMPTED, 4), (families.PROMPTED, 6)),
    variables={"model": "anthropic.claude-3-haiku-20240307-v1:0"},
)  # fmt: skip


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {"input": {"invokeModel": {"body": base64.b64encode(orjson.dumps(body)).decode()}}}


COUNT_TOKENS = Sample(
    requests=[{"input": {"converse": _COUNTED}}, _counted(INVOKE.requests[0])],
    text=("input", "converse", "messages", 0, "content", 0, "text"),
    replies=[{"inputTokens": 7}],
    variables={"model": "anthropic.claude-3-haiku-20240307-v1:0"},
)

APPLY_GUARDRAIL = Sample(
    requests=[{"source": "INPUT", "outputScope": "FULL", "content": [
        {"text": {"text": "Hello there.", "qualifiers": ["query"]}}, {"text": {"text": "A page."}}]}],
    text=("content", 0, "text", "text"),
    replies=[{
        "usage": {"wordPolicyUnits": 1}, "action": "GUARDRAIL_INTERVENED", "actionReason": "A word.", "outputs": [{"text": "Hello."}],
        "assessments": [{"wordPolicy": {"customWords": [{"match": "a word", "action": "BLOCKED"}]}}],
    }],
    variables={"guardrail": "arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr1a2b3c4d5e", "version": "DRAFT"},
)  # fmt: skip

SAMPLES = {
    "bedrock_apply_guardrail": APPLY_GUARDRAIL,
    "bedrock_converse": CONVERSE,
    "bedrock_invoke": INVOKE,
    "bedrock_count_tokens": COUNT_TOKENS,
}
