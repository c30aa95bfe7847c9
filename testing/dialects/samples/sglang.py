"""SGLang's own API: shapes of its request types and replies (0.5.23)."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample

_TUNED: dict[str, Any] = {
    "max_new_tokens": 16, "temperature": 0.5, "stop": ["end"], "sampling_seed": 7, "regex": "(yes|no)",
    "json_schema": '{"type": "object", "title": "An answer"}',
}  # fmt: skip
_META = {"id": "a1b2", "finish_reason": {"type": "stop", "matched": "end"}, "prompt_tokens": 3, "completion_tokens": 2}
_SAID = {"text": "Yes, indeed.", "meta_info": _META}

SAMPLES = {
    "sglang_generate": Sample(
        requests=[{"text": "Hello there.", "sampling_params": _TUNED, "rid": "r1"}, {"text": ["Hello there.", "Good bye."]}],
        text=("text",),
        replies=[_SAID, [_SAID]],
    ),
}  # fmt: skip
