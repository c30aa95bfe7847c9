"""Cohere's version 2: shapes of its Python SDK (7.3) and its documentation of streams."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample

CALL = {"id": "call_Xa9Fm2", "type": "function", "function": {"name": "look_up", "arguments": '{"who": "somebody"}'}}
TOOL = {"type": "function", "function": {"name": "look_up", "description": "Looks up.", "parameters": {
    "type": "object", "properties": {"who": {"type": "string", "description": "whom"}}, "required": ["who"]}}}  # fmt: skip
CITED = {"start": 0, "end": 4, "text": "a word", "type": "TEXT_CONTENT", "content_index": 0, "sources": [
    {"type": "document", "id": "first", "document": {"id": "first", "title": "A page", "shelf": {"row": "top"}}},
    {"type": "tool", "id": "look_up_0", "tool_output": {"content": '{"found": "nothing"}'}}]}  # fmt: skip
USAGE = {"billed_units": {"input_tokens": 1, "output_tokens": 1}, "tokens": {"input_tokens": 1, "output_tokens": 1}}

_ASKED: dict[str, Any] = {
    "model": "command",
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "content": [{"type": "text", "text": "Hello there."}]},
        {"role": "assistant", "tool_calls": [CALL], "tool_plan": "I look it up.", "citations": [CITED]},
        {"role": "tool", "tool_call_id": "call_Xa9Fm2", "content": [
            {"type": "document", "document": {"id": "found", "data": {"title": "Nothing", "body": "No page."}}},
            {"type": "text", "text": "Nothing."}]},
        {"role": "tool", "tool_call_id": "call_Xa9Fm2", "content": '{"found": ["nothing"]}'},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Nothing there."}, {"type": "text", "text": "I found nothing."}]},
        {"role": "user", "content": "Look again."},
    ],
    "documents": ["A page.", {"id": "first", "data": {"title": "A page", "shelf": {"row": "top"}}}],
    "tools": [TOOL],
    "tool_choice": "REQUIRED",
    "strict_tools": True,
    "citation_options": {"mode": "FAST"},
    "response_format": {"type": "json_object", "json_schema": {"type": "object", "title": "An answer"}},
    "thinking": {"type": "enabled", "token_budget": 512},
    "safety_mode": "STRICT",
    "stop_sequences": ["end"],
    "max_tokens": 64,
    "temperature": 0.5,
    "k": 4,
    "seed": 7,
}  # fmt: skip
_SEEN = {"model": "command", "messages": [{"role": "user", "content": [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}}]}]}  # fmt: skip


def _said(kind: str, message: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"type": kind, **more, "delta": {"message": message}}


def _call(kind: str, call: dict[str, Any], index: int = 0) -> tuple[str, dict[str, Any]]:
    return _said(kind, {"tool_calls": call}, index=index)


def _arguments(text: str) -> tuple[str, dict[str, Any]]:
    return _call("tool-call-delta", {"function": {"arguments": text}})


def _block(index: int, kind: str, *pieces: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        _said("content-start", {"content": {"type": kind, kind: ""}}, index=index),
        *(_said("content-delta", {"content": {kind: piece}}, index=index) for piece in pieces),
        ("content-end", {"type": "content-end", "index": index}),
    ]


_BEGUN = (
    "message-start",
    {"type": "message-start", "id": "a1-b2", "delta": {"message": {"role": "assistant", "content": []}}},
)


def _ended(reason: str) -> tuple[str, dict[str, Any]]:
    return "message-end", {"type": "message-end", "id": "a1-b2", "delta": {"finish_reason": reason, "usage": USAGE}}


CHAT = Sample(
    requests=[_ASKED, _SEEN],
    text=("messages", 1, "content", 0, "text"),
    replies=[
        {
            "id": "a1-b2", "finish_reason": "TOOL_CALL", "usage": USAGE, "logprobs": None,
            "message": {
                "role": "assistant", "tool_plan": "I look it up.", "tool_calls": [CALL], "citations": [CITED],
                "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}],
            },
        },
    ],
    calls={"message.tool_calls[*].function.arguments": "look_up"},
    tools=("look_up",),
    streams=[
        [
            _BEGUN,
            *_block(0, "thinking", "They ", "greeted me."),
            *_block(1, "text", "Yes, ", "indeed."),
            _said("citation-start", {"citations": CITED}, index=0),
            ("citation-end", {"type": "citation-end", "index": 0}),
            ("debug", {"type": "debug", "prompt": "Be brief. Hello there."}),
            _ended("COMPLETE"),
        ],
        [
            _BEGUN,
            _said("tool-plan-delta", {"tool_plan": "I look "}),
            _said("tool-plan-delta", {"tool_plan": "it up."}),
            _call("tool-call-start", {**CALL, "function": {"name": "look_up", "arguments": ""}}),
            _arguments('{"who": "some'),
            _arguments('body"}'),
            ("tool-call-end", {"type": "tool-call-end", "index": 0}),
            _ended("TOOL_CALL"),
        ],
    ],
)  # fmt: skip
EMBED = Sample(
    requests=[
        {"model": "embed", "texts": ["Hello there.", "Good bye."], "input_type": "search_document",
         "embedding_types": ["float", "base64"], "truncate": "END", "output_dimension": 256},
        {"model": "embed", "input_type": "image", "images": ["data:image/png;base64,iVBORw0KGgo="]},
        {"model": "embed", "input_type": "search_query", "inputs": [{"content": [
            {"type": "text", "text": "Hello there."},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}]},
    ],
    text=("texts", 0),
    replies=[{"id": "a1-b2", "response_type": "embeddings_by_type", "texts": ["Hello there."],
              "embeddings": {"float": [[0.5]], "base64": ["AAAAPw=="]}, "images": [{"width": 1, "height": 1, "format": "png"}],
              "meta": {"api_version": {"version": "2"}, "warnings": ["It is old."]}}],
)  # fmt: skip
RERANK = Sample(
    requests=[
        {"model": "rerank", "query": "Who is it?", "documents": ["Hello there.", {"text": "Good bye.", "title": "A page"}],
         "top_n": 1, "rank_fields": ["title"], "return_documents": True, "relevant_spans": {"mode": "enabled", "max_spans": 1}},
        {"model": "rerank", "query": "Who is it?", "documents": ["Hello there."]},
    ],
    text=("documents", 0),
    replies=[
        {"id": "a1-b2", "results": [{"index": 0, "relevance_score": 0.5, "document": {"text": "Hello there.", "title": "A page"}}],
         "meta": {"api_version": {"version": "2"}}},
        {"results": [{"index": 0, "relevance_score": 0.5, "relevant_spans": [{"start": 0, "end": 5, "score": 0.5}]}]},
    ],
)  # fmt: skip
TOKENIZE = Sample(
    requests=[{"model": "command", "text": "Hello there."}],
    text=("text",),
    replies=[{"tokens": [1, 2], "token_strings": [], "meta": {"api_version": {"version": "1"}}}],
)

SAMPLES = {"cohere_chat": CHAT, "cohere_embed": EMBED, "cohere_rerank": RERANK, "cohere_tokenize": TOKENIZE}
