"""Anthropic's Messages API: shapes of its Python SDK (2.14) and its documentation of streaming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proxy.codecs.anthropic import tables
from testing.dialects.encodings import Requests
from testing.dialects.samples import Sample

SIGNED = {"type": "thinking", "thinking": "They greeted me.", "signature": "EqoBCkgIARABGAI"}
CALL = {
    "type": "tool_use",
    "id": "toolu_01A9q",
    "name": "look_up",
    "input": {"who": "somebody", "deep": [{"id": "this"}]},
}
TOOL = {"name": "look_up", "description": "Looks up.", "input_schema": {
    "type": "object", "properties": {"who": {"type": "string", "description": "whom"}}, "required": ["who"]},
    "input_examples": [{"who": "anybody"}]}  # fmt: skip
CITED = {"type": "char_location", "cited_text": "a word", "document_index": 0, "document_title": "A page",
         "start_char_index": 0, "end_char_index": 6}  # fmt: skip
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_01A9q", "content": [
    {"type": "web_search_result", "title": "A page", "url": "https://x.example", "encrypted_content": "EqoB", "page_age": "1 day"}]}  # fmt: skip

_ASKED: dict[str, Any] = {
    "model": "claude",
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "Hello there."},
            {"type": "document", "title": "notes", "context": "of today", "source": {"type": "text", "media_type": "text/plain", "data": "Words."}},
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "More words."}]}},
            {"type": "search_result", "source": "a shelf", "title": "A book", "content": [{"type": "text", "text": "A page."}]},
        ]},
        {"role": "assistant", "content": [{"type": "text", "text": "I look.", "citations": [CITED]}, CALL]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_01A9q", "is_error": False, "content": [{"type": "text", "text": "Nothing."}]},
            {"type": "tool_result", "tool_use_id": "toolu_01A9q", "content": '{"found": ["nothing"]}'},
        ]},
        {"role": "assistant", "content": "Nothing found."},
    ],
    "tools": [TOOL],
    "tool_choice": {"type": "tool", "name": "look_up"},
    "thinking": {"type": "enabled", "budget_tokens": 512},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"title": "An answer"}}},
}  # fmt: skip
_TUNED = {
    "max_tokens": 64,
    "stop_sequences": ["end"],
    "metadata": {"user_id": "u1"},
    "temperature": 0.5,
    "service_tier": "auto",
}
_AFTER_THINKING = {"model": "claude", "max_tokens": 64, "messages": [
    {"role": "user", "content": "Hello there."},
    {"role": "assistant", "content": [SIGNED, {"type": "redacted_thinking", "data": "EqoB"}, CALL]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A9q", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]}]},
]}  # fmt: skip
_MESSAGE = {"id": "msg_01A9q", "type": "message", "role": "assistant", "model": "claude", "content": []}

MESSAGES = Sample(
    requests=[{**_ASKED, **_TUNED}, _AFTER_THINKING],
    text=("messages", 0, "content", 0, "text"),
    replies=[
        {
            **_MESSAGE,
            "content": [
                SIGNED,
                {"type": "redacted_thinking", "data": "EqoB"},
                {"type": "text", "text": "Yes.", "citations": [CITED, {"type": "web_search_result_location", "cited_text": "x", "title": "t",
                                                                      "url": "https://x.example", "encrypted_index": "Eo8B"}]},
                {"type": "server_tool_use", "id": "srvtoolu_01A9q", "name": "web_search", "input": {"query": "a page"}},
                FOUND,
                CALL,
            ],
            "stop_reason": "stop_sequence", "stop_sequence": "end", "stop_details": {"category": "none", "explanation": "It stopped."},
            "usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "standard", "inference_geo": "eu"},
        },
    ],
    calls={"content[*]=server_tool_use.input": "web_search", "content[*]=tool_use.input": "look_up"},
    tools=("look_up",),
    undeclared=("web_search",),
    addresses=("content[*].citations[*].url", "content[*].content[*].url", "content_block.content[*].url"),
    kept=(
        "content[*]=thinking.thinking", "content[*]=thinking.signature", "content[*]=redacted_thinking.data",
        "content[*]=web_search_tool_result.content[*].encrypted_content", "content[*].citations[*].encrypted_index",
    ),
    streams=[
        [(event["type"], event) for event in (
            {"type": "message_start", "message": {**_MESSAGE, "usage": {"input_tokens": 1, "output_tokens": 1}}},
            {"type": "ping"},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "They greeted me."}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "EqoBCkgIARABGAI"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Yes, "}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": CITED}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "indeed."}},
            {"type": "content_block_stop", "index": 1},
            {"type": "content_block_start", "index": 2, "content_block": FOUND},
            {"type": "content_block_stop", "index": 2},
            {"type": "content_block_start", "index": 3, "content_block": {**CALL, "input": {}}},
            {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": ""}},
            {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": '{"who": "some'}},
            {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": 'body"}'}},
            {"type": "content_block_stop", "index": 3},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
        )],
    ],
    kept_events=(
        "content_block=thinking.thinking", "content_block=thinking.signature", "delta=thinking_delta.thinking",
        "delta=signature_delta.signature", "content_block.content[*].encrypted_content",
    ),
    headers={"anthropic-version": "2023-06-01"},
)  # fmt: skip

COUNT_TOKENS = Sample(
    requests=[_ASKED],
    text=("messages", 0, "content", 0, "text"),
    replies=[{"input_tokens": 7}],
    headers={"anthropic-version": "2023-06-01"},
)

_IN_THE_PATH = {"project": "p", "location": "europe-west1", "model": "claude"}
VERTEX = replace(
    MESSAGES,
    requests=[
        {name: value for name, value in one.items() if name != "model"} | {"anthropic_version": "vertex-2023-10-16"}
        for one in MESSAGES.requests
    ],
    variables=_IN_THE_PATH,
)
_BATCH = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress", "results_url": None,
          "request_counts": {"processing": 2}, "created_at": "today"}  # fmt: skip
BATCHES = Sample(MESSAGES.requests, MESSAGES.text, [_BATCH], table=tables.MESSAGES, encoded=Requests())
VERTEX_COUNT = replace(
    COUNT_TOKENS,
    requests=[{**one, "anthropic_version": "vertex-2023-10-16"} for one in COUNT_TOKENS.requests],
    variables={name: value for name, value in _IN_THE_PATH.items() if name != "model"},
)
SAMPLES = {"anthropic_messages": MESSAGES, "anthropic_count_tokens": COUNT_TOKENS, "anthropic_vertex": VERTEX,
           "anthropic_vertex_count_tokens": VERTEX_COUNT, "anthropic_batches": BATCHES}  # fmt: skip
