"""OpenAI's dialect: shapes of its OpenAPI description and its Python SDK."""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.openai import apis, responses_tables, tables
from proxy.codecs.reply import ReplyTable
from proxy.codecs.stream import Meaning, TextPiece, every_channel
from proxy.core.kept_state import Batched, Kept
from proxy.core.replies.position import Position
from proxy.core.state import kept
from testing.dialects.encodings import Lines, Named
from testing.dialects.samples import Sample
from testing.dialects.samples import openai_responses as responses


class ChatShape:
    """Chat completions have a rewriter of their own; tests read its events by this shape."""

    table = ReplyTable(frozenset())
    number = ""

    def read(self, _name, event):
        pieces, ended = [], False
        for choice in event.get("choices") or ():
            index, delta = choice["index"], choice.get("delta") or {}
            pieces += [
                TextPiece((index, key, -1), delta, key)
                for key in ("content", "refusal", "reasoning_content")
                if isinstance(delta.get(key), str)
            ]
            content = delta.get("content")
            for one in content if isinstance(content, list) else ():
                inner = one.get("thinking", [one])
                pieces += [TextPiece((index, one["type"], -1), text, "text") for text in inner if "text" in text]
            for call in delta.get("tool_calls") or ():
                if isinstance(call.get("function", {}).get("arguments"), str):
                    pieces.append(
                        TextPiece(
                            (index, "arguments", call["index"]), call["function"], "arguments", Position(document=True)
                        )
                    )
            ended = ended or bool(choice.get("finish_reason"))
        return Meaning(tuple(pieces), every_channel if ended else ())

    def tail(self, channel, text):
        index, key, call = channel
        chunks = {"thinking": thought(text), "text": {"type": "text", "text": text}}
        if key in chunks:
            return "", chunk({"content": [chunks[key]]}, index=index)
        delta = {key: text} if call < 0 else {"tool_calls": [{"index": call, "function": {"arguments": text}}]}
        return "", chunk(delta, index=index)


def chunk(delta, finish=None, index=0, **more):
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt",
        "choices": [choice],
        **more,
    }


def thought(text, **more):
    """One of Mistral's chunks."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **more}


def written(text, finish=None):
    choice = {"index": 0, "text": text, "finish_reason": finish}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt", "choices": [choice]}


CALL = {"id": "call_Xa9Fm2", "type": "function", "function": {"name": "look_up", "arguments": '{"who": "somebody"}'}}
TOOL = {"type": "function", "function": {"name": "look_up", "description": "Looks up.", "parameters": {
    "type": "object", "properties": {"who": {"type": "string", "description": "whom"}}, "required": ["who"]}}}  # fmt: skip

CHAT = Sample(
    requests=[
        {
            "model": "gpt",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Hello there."}], "name": "user_1"},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "call_Xa9Fm2", "content": '{"found": ["nothing"]}'},
                {"role": "assistant", "content": "I found nothing.", "refusal": None, "reasoning_content": "Nothing there."},
                {"role": "user", "content": "Look again."},
            ],
            "tools": [TOOL],
            "tool_choice": "auto",
            "temperature": 0.5,
            "stop": ["end"],
            "metadata": {"case": "first"},
            "user": "u1",
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"title": "An answer"}}},
            "prediction": {"type": "content", "content": "As before."},
        },
        {
            "model": "mistral",
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Hello there."},
                    {"type": "document_url", "document_url": "data:text/plain;base64,aGVsbG8=", "document_name": "notes"},
                    {"type": "resource", "uri": "notes:///first", "content": {"type": "text", "text": "A note."}},
                ]},
                {"role": "assistant", "content": [
                    thought("They greeted me.", closed=True),
                    {"type": "text", "text": "Good "},
                    {"type": "reference", "reference_ids": ["first", 2]},
                ], "tool_calls": [{**CALL, "function": {"name": "look_up", "arguments": {"who": "somebody"}}}]},
                {"role": "tool", "tool_call_id": "call_Xa9Fm2", "name": "look_up", "content": [{"type": "text", "text": "Nothing."}]},
                {"role": "assistant", "content": "I found", "prefix": True},
            ],
            "random_seed": 7,
            "safe_prompt": True,
            "prompt_mode": "reasoning",
            "guardrails": [{"block_on_error": True, "moderation_llm_v1": {"action": "none"}}],
            "metadata": {"case": {"first": ["a"]}},
        },
    ],
    text=("messages", 1, "content", 0, "text"),
    replies=[
        {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt", "system_fingerprint": "fp_1",
            "choices": [
                {"index": 0, "finish_reason": "tool_calls", "logprobs": None, "message": {
                    "role": "assistant", "content": "Yes.", "refusal": "No.", "reasoning_content": "Hm.", "tool_calls": [CALL],
                    "annotations": [{"type": "url_citation", "url_citation": {"title": "A page", "url": "https://x.example"}}]}},
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        },
        {
            "id": "cmpl-1", "object": "chat.completion", "created": 1, "model": "mistral",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {
                    "role": "assistant", "prefix": False,
                    "content": [thought("Hm.", signature="EqoB", closed=True), {"type": "text", "text": "Yes."},
                                {"type": "reference", "reference_ids": ["first"]}],
                    "tool_calls": [{**CALL, "function": {"name": "look_up", "arguments": {"who": "somebody"}}}]}},
                {"index": 1, "finish_reason": "stop", "messages": [
                    {"role": "assistant", "content": "Yes.", "index": 0},
                    {"role": "tool", "tool_call_id": "call_Xa9Fm2", "content": [{"type": "text", "text": "A page."}], "index": 1}]},
            ],
        },
    ],
    kept=("choices[*].message.content[*]=thinking.signature",),
    addresses=("choices[*].message.annotations[*].url_citation.url",),
    calls={"choices[*].message.tool_calls[*].function.arguments": "look_up"},
    tools=("look_up",),
    streams=[
        [
            ("", chunk({"role": "assistant", "content": ""})),
            ("", chunk({"reasoning_content": "Hm. "})),
            ("", chunk({"content": "Yes, "})),
            ("", chunk({"content": "indeed."})),
            ("", chunk({"tool_calls": [{"index": 0, "id": "call_Xa9Fm2", "type": "function", "function": {"name": "look_up", "arguments": ""}}]})),
            ("", chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"who": "some'}}]})),
            ("", chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'body"}'}}]})),
            ("", chunk({}, "tool_calls")),
            ("", {**chunk({}), "choices": [], "usage": {"total_tokens": 2}}),
        ],
        [
            ("", chunk({"role": "assistant", "content": ""})),
            ("", chunk({"content": [thought("They ")]})),
            ("", chunk({"content": [thought("greeted me.")]})),
            ("", chunk({"content": [{"type": "text", "text": "Yes, "}]})),
            ("", chunk({"content": [{"type": "reference", "reference_ids": ["first"]}]})),
            ("", chunk({"content": [{"type": "text", "text": "indeed"}]})),
            ("", chunk({"content": "."}, "stop")),
        ],
    ],
    ending=b"data: [DONE]\n\n",
    shape=ChatShape,
)  # fmt: skip

EMBEDDINGS = Sample(
    requests=[
        {"model": "gpt", "input": ["Hello there.", "Good bye."], "encoding_format": "float", "user": "u1"},
        {
            "model": "mistral",
            "input": "Hello.",
            "metadata": {"case": "first"},
            "output_dtype": "float",
            "output_dimension": 256,
        },
    ],
    text=("input", 0),
    replies=[{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}], "model": "gpt"}],
    kept=("data[*].embedding",),
)

COMPLETIONS = Sample(
    requests=[
        {"model": "gpt", "prompt": ["Hello there.", "Good bye."], "suffix": "the end", "stop": ["stop"], "user": "u1"},
        {"model": "gpt", "prompt": "Hello there.", "max_tokens": 16},
    ],
    text=("prompt", 0),
    replies=[{"id": "cmpl-1", "object": "text_completion", "model": "gpt", "choices": [
        {"index": 0, "text": "Yes.", "finish_reason": "stop", "logprobs": None}]}],
    streams=[[
        ("", written("Yes, ")),
        ("", written("indeed.")),
        ("", written("", "stop")),
        ("", {**written(""), "choices": [], "usage": {"total_tokens": 2}}),
    ]],
    ending=b"data: [DONE]\n\n",
)  # fmt: skip
MODERATIONS = Sample(
    requests=[
        {"model": "gpt", "input": ["Hello there."]},
        {"model": "gpt", "input": [{"type": "text", "text": "Hello."}]},
        {"model": "mistral", "input": "Hello.", "metadata": {"case": "first"}},
    ],
    text=("input", 0),
    replies=[{"id": "modr-1", "model": "gpt", "results": [{"flagged": False, "categories": {"hate": False}}]}],
)
IMAGES = Sample(
    requests=[{"model": "gpt", "prompt": "A red house.", "size": "1024x1024", "user": "u1"}],
    text=("prompt",),
    replies=[
        {"created": 1, "data": [{"b64_json": "aGVsbG8=", "url": "https://x.example/a", "revised_prompt": "A house."}]}
    ],
    kept=("data[*].b64_json",),
    addresses=("data[*].url",),
)

_FILE = {"id": "file-9", "object": "file", "bytes": 120, "created_at": 1, "filename": "a.jsonl", "purpose": "batch",
         "status": "processed"}  # fmt: skip


def lines(url, sample, table):
    """Return a batch of which one line is what another API is asked."""
    return replace(Sample(sample.requests, sample.text, [_FILE]), table=table, encoded=Lines(url))


FILES = [
    lines("/v1/chat/completions", CHAT, tables.CHAT),
    lines("/v1/completions", COMPLETIONS, apis.COMPLETIONS.request),
    lines("/v1/embeddings", EMBEDDINGS, tables.EMBEDDINGS),
    lines("/v1/moderations", MODERATIONS, apis.MODERATIONS.request),
    lines("/v1/responses", responses.SAMPLES["openai_responses"], responses_tables.RESPONSES),
]
_HANDLE = kept.FILE + "b" * 32
_KEPT = Kept(
    _HANDLE,
    target="third",
    id="file-1",
    model="m",
    batched=Batched("/v1/chat/completions", "openai_chat", ("a",)),
)
BATCHES = Sample(
    requests=[{"input_file_id": _HANDLE, "endpoint": "/v1/chat/completions", "completion_window": "24h",
               "metadata": {"for": "the case"}, "output_expires_after": {"anchor": "created_at", "seconds": 3600}}],
    text=("metadata", "for"),
    replies=[{"id": "batch_1", "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "file-1",
              "completion_window": "24h", "status": "failed", "output_file_id": None, "created_at": 1,
              "errors": {"object": "list", "data": [{"code": "invalid", "message": "Not so.", "line": 1}]},
              "metadata": {"for": "the case"}}],
    addresses=("endpoint",),
    encoded=Named("input_file_id", _HANDLE, "file-1"),
    speaks=("openai_chat",),
    held={_HANDLE: kept.packed(_KEPT)},
)  # fmt: skip
SAMPLES = {
    "openai_batches": BATCHES,
    "openai_chat": CHAT,
    "openai_completions": COMPLETIONS,
    "openai_embeddings": EMBEDDINGS,
    "openai_files": FILES,
    "openai_images": IMAGES,
    "openai_moderations": MODERATIONS,
    **responses.SAMPLES,
}
