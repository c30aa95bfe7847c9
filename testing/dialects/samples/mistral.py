"""Mistral's APIs beside OpenAI's: shapes of its Python SDK (3.7). Its chat stands among the samples of OpenAI's."""

from __future__ import annotations

from proxy.codecs.framing.sse import Sse
from testing.dialects.samples import Sample
from testing.dialects.samples.openai import CALL, ChatShape, chunk

_JUDGED = {"id": "mod-1", "model": "mistral", "results": [
    {"categories": {"pii": True}, "category_scores": {"pii": 0.5}}, {"mood": {"scores": {"good": 0.5}}}]}  # fmt: skip
_MESSAGES = [
    {"role": "user", "content": [{"type": "text", "text": "Hello there."}]},
    {"role": "assistant", "content": "Good bye.", "tool_calls": [CALL]},
]

FIM = Sample(
    requests=[{"model": "codestral", "prompt": "def hello", "suffix": "return", "stop": ["end"], "random_seed": 7,
               "min_tokens": 1, "metadata": {"case": "first"}}],
    text=("prompt",),
    replies=[{"id": "fim-1", "object": "chat.completion", "created": 1, "model": "codestral", "usage": {"total_tokens": 2},
              "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a word"}}]}],
    streams=[[
        ("", chunk({"role": "assistant", "content": ""})),
        ("", chunk({"content": "a "})),
        ("", chunk({"content": "word"}, "stop")),
    ]],
    ending=b"data: [DONE]\n\n",
    shape=ChatShape,
    framing=Sse(),
)  # fmt: skip
CHAT_MODERATIONS = Sample(
    requests=[{"model": "mistral", "input": _MESSAGES}],
    text=("input", 0, "content", 0, "text"),
    replies=[_JUDGED],
)
CLASSIFICATIONS = Sample(
    requests=[{"model": "mistral", "input": ["Hello there."], "metadata": {"case": "first"}}],
    text=("input", 0),
    replies=[_JUDGED],
)
CHAT_CLASSIFICATIONS = Sample(
    requests=[
        {"model": "mistral", "input": [{"messages": _MESSAGES}]},
        {"model": "mistral", "input": {"messages": _MESSAGES}},
    ],
    text=("input", 0, "messages", 0, "content", 0, "text"),
    replies=[_JUDGED],
)
OCR = Sample(
    requests=[
        {"model": "mistral", "document_annotation_prompt": "Who is it?", "pages": [0], "table_format": "html",
         "document_annotation_format": {"type": "json_schema", "json_schema": {"name": "page", "schema": {"title": "A page"}}}},
        {"model": "mistral", "document": {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERi0=",
                                          "document_name": "notes"}},
        {"model": "mistral", "document": {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}},
    ],
    text=("document_annotation_prompt",),
    replies=[{"model": "mistral", "document_annotation": '{"who": "somebody"}', "usage_info": {"pages_processed": 1},
              "pages": [{"index": 0, "markdown": "# A page", "header": "notes", "dimensions": {"dpi": 200},
                         "images": [{"id": "img-0.jpeg", "image_base64": "iVBORw0KGgo=", "image_annotation": '{"a": "face"}'}],
                         "tables": [{"id": "tbl-0", "content": "|a|", "format": "markdown"}],
                         "blocks": [{"type": "title", "content": "A page"}]}]}],
    kept=("pages[*].images[*].image_base64",),
)  # fmt: skip

SAMPLES = {
    "mistral_fim": FIM,
    "mistral_chat_moderations": CHAT_MODERATIONS,
    "mistral_classifications": CLASSIFICATIONS,
    "mistral_chat_classifications": CHAT_CLASSIFICATIONS,
    "mistral_ocr": OCR,
}
