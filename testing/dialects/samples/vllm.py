"""vLLM's APIs beside OpenAI's: shapes of its request and reply types (0.33)."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample
from testing.dialects.samples.cohere import RERANK

_SHARED: dict[str, Any] = {"model": "bge", "truncate_prompt_tokens": -1, "truncation_side": "left", "user": "u1"}
_ANSWER: dict[str, Any] = {
    "id": "score-1",
    "object": "list",
    "created": 1,
    "model": "bge",
    "usage": {"total_tokens": 2},
}

SAMPLES = {
    "vllm_rerank": RERANK,
    "vllm_score": Sample(
        requests=[
            {**_SHARED, "text_1": "Hello there.", "text_2": ["Good bye.", "Yes."]},
            {**_SHARED, "queries": ["Hello there."], "documents": ["Good bye."]},
        ],
        text=("text_1",),
        replies=[{**_ANSWER, "data": [{"index": 0, "object": "score", "score": 0.5}]}],
    ),
    "vllm_classify": Sample(
        requests=[{**_SHARED, "input": ["Hello there."]}],
        text=("input", 0),
        replies=[{**_ANSWER, "data": [{"index": 0, "label": "joy", "probs": [0.5], "num_classes": 1}]}],
    ),
    "vllm_tokenize": Sample(
        requests=[
            {"model": "bge", "prompt": "Hello there.", "add_special_tokens": True, "return_token_strs": False},
            {
                "model": "bge",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello there."}]}],
                "tools": [{"type": "function", "function": {"name": "look_up", "description": "Looks up."}}],
                "add_generation_prompt": True,
            },
        ],
        text=("prompt",),
        replies=[{"count": 2, "max_model_len": 4096, "tokens": [1, 2], "token_strs": None}],
    ),
    "vllm_pooling": Sample(
        requests=[{**_SHARED, "input": ["Hello there."], "encoding_format": "float", "task": "embed"}],
        text=("input", 0),
        replies=[
            {**_ANSWER, "data": [{"index": 0, "object": "pooling", "data": [[0.5]]}]},
            {**_ANSWER, "data": [{"index": 0, "object": "pooling", "data": "AAAAPw=="}]},
        ],
    ),
}
