"""Hugging Face's servers: shapes of their OpenAPI descriptions and of ``huggingface_hub`` (2.4)."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample

_ASKED: dict[str, Any] = {
    "inputs": "Hello there.",
    "parameters": {
        "details": True, "decoder_input_details": False, "max_new_tokens": 16, "stop": ["end"], "seed": 7, "temperature": 0.5,
        "grammar": {"type": "json", "value": {"type": "object", "properties": {"who": {"type": "string"}}}},
    },
}  # fmt: skip
_DETAILS = {"finish_reason": "length", "generated_tokens": 2, "seed": None, "prefill": [], "tokens": []}
_GENERATED = {"generated_text": "Yes, indeed.", "details": {
    **_DETAILS, "best_of_sequences": [{"generated_text": "Yes.", **_DETAILS}]}}  # fmt: skip


def _token(index: int, text: str, generated: str | None = None, *, special: bool = False) -> tuple[str, dict[str, Any]]:
    token = {"id": 0, "text": text, "logprob": -0.5, "special": special}
    details = {"finish_reason": "eos_token", "generated_tokens": index, "input_length": 3} if generated else None
    return "", {"index": index, "token": token, "generated_text": generated, "details": details}


_STREAMS = [
    [_token(1, "Yes, "), _token(2, "indeed"), _token(3, ".", "Yes, indeed.")],
    [_token(1, "Yes, "), _token(2, "indeed."), _token(3, "</s>", "Yes, indeed.", special=True)],
]
GENERATE = Sample(requests=[_ASKED], text=("inputs",), replies=[_GENERATED], streams=_STREAMS)
ROOT = Sample(
    requests=[{**_ASKED, "stream": False}], text=("inputs",), replies=[[_GENERATED], _GENERATED], streams=_STREAMS
)


def _of(request: dict[str, Any], text: tuple[str | int, ...], *replies: Any) -> Sample:
    return Sample(requests=[request], text=text, replies=list(replies))


_EMBED = {
    "inputs": ["Hello there.", "Good bye."],
    "normalize": True,
    "truncation_direction": "right",
    "prompt_name": "query",
}
SAMPLES = {
    "tgi_generate": GENERATE,
    "tgi_root": ROOT,
    "tgi_tokenize": _of(
        {"inputs": "Hello there.", "add_special_tokens": True, "prompt_name": "query"},
        ("inputs",),
        [{"id": 1, "text": None, "start": 0, "stop": 5}],
    ),
    "tei_embed": _of(_EMBED, ("inputs", 0), [[0.5, 0.25]]),
    "tei_embed_all": _of(_EMBED, ("inputs", 0), [[[0.5, 0.25]]]),
    "tei_embed_sparse": _of(_EMBED, ("inputs", 0), [[{"index": 3, "value": 0.5}]]),
    "tei_predict": _of(
        {
            "inputs": [["Hello there."], ["Good bye.", "Yes."]],
            "truncation_direction": "left",
            "truncate": True,
            "parameters": {},
        },
        ("inputs", 0, 0),
        [[{"label": "joy", "score": 0.5}], [{"label": "sadness", "score": 0.5}]],
        [{"label": "joy", "score": 0.5}],
    ),
    "tei_rerank": _of(
        {"query": "Who is it?", "texts": ["Hello there."], "return_text": True, "truncation_direction": "left"},
        ("texts", 0),
        [{"index": 0, "score": 0.5, "text": "Hello there."}],
    ),
    "tei_similarity": _of(
        {
            "inputs": {"source_sentence": "Hello there.", "sentences": ["Good bye."]},
            "parameters": {"prompt_name": "query"},
        },
        ("inputs", "sentences", 0),
        [0.5],
    ),
}
