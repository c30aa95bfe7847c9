"""llama.cpp's native APIs: shapes of what its server answered (xllamacpp 2026.10)."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample


def _said(text: str, *, stop: bool = False, **more: Any) -> dict[str, Any]:
    return {"index": 0, "content": text, "tokens": [], "stop": stop, "tokens_predicted": 2, **more}


_LAST = {"model": "toy", "prompt": "Hello there.", "stop_type": "word", "stopping_word": "end", "truncated": False,
         "generation_settings": {"seed": 7, "stop": ["end"], "grammar": "", "samplers": ["top_k"]}}  # fmt: skip
_TUNED: dict[str, Any] = {
    "n_predict": 16, "temperature": 0.5, "seed": 7, "stop": ["end"], "grammar": "root ::= word", "cache_prompt": True,
    "json_schema": {"type": "object", "title": "An answer"}, "logit_bias": [["word", 0.5]], "top_n_sigma": 1.0,
}  # fmt: skip
_STREAM = [
    ("", _said("Yes, ")),
    ("", _said("indeed")),
    ("", _said(".", stop=True, **_LAST)),
]

SAMPLES = {
    "llamacpp_completion": Sample(
        requests=[{"model": "toy", "prompt": "Hello there.", **_TUNED}, {"prompt": ["Hello there.", "Good bye."]}],
        text=("prompt",),
        replies=[_said("Yes.", stop=True, **_LAST), [_said("Yes.", stop=True, **_LAST)]],
        streams=[_STREAM],
    ),
    "llamacpp_infill": Sample(
        requests=[
            {"model": "toy", "input_prefix": "def hello", "input_suffix": "return", "prompt": "name", **_TUNED,
             "input_extra": [{"filename": "notes.py", "text": "A note."}]},
        ],
        text=("input_prefix",),
        replies=[_said("Yes.", stop=True, **_LAST)],
        streams=[_STREAM],
    ),
    "llamacpp_embedding": Sample(
        requests=[{"model": "toy", "content": ["Hello there."], "embd_normalize": 2, "encoding_format": "float"}, {"content": "Hello there."}],
        text=("content", 0),
        replies=[[{"index": 0, "embedding": [[0.5]]}]],
    ),
    "llamacpp_tokenize": Sample(
        requests=[{"model": "toy", "content": ["Hello there."], "add_special": True, "with_pieces": True}],
        text=("content", 0),
        replies=[{"tokens": [1, 2]}],
    ),
    "llamacpp_template": Sample(
        requests=[{"model": "toy", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello there."}]}]}],
        text=("messages", 0, "content", 0, "text"),
        replies=[{"prompt": "<|user|>Hello there."}],
    ),
}  # fmt: skip
