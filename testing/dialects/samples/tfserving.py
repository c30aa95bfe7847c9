"""TensorFlow Serving's REST API and KServe's first protocol, as documented."""

from __future__ import annotations

import base64

from testing.dialects.samples import Sample

_MODEL = {"model": "extractor"}
_PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0 no text at all").decode()
_ROWS = {
    "signature_name": "serving_default",
    "instances": [
        {"text": "Write to her.", "notes": ["kind", "short"], "length": 64},
        {"text": {"b64": base64.b64encode(b"And to him, please.").decode()}, "notes": ["kind"]},
    ],
}
_COLUMNS = {"inputs": {"text": ["Write to her."], "tone": "kind"}}
_EXAMPLES = {
    "signature_name": "classify_text",
    "context": {"from": "the office"},
    "examples": [{"text": "Write to her.", "length": 12}, {"text": ["And to him."]}],
}


def _predict(*replies):
    return Sample(
        requests=[_ROWS, _COLUMNS], text=("instances", 0, "text"), replies=list(replies), variables=dict(_MODEL)
    )


SAMPLES = {
    "tfserving_predict": _predict(
        {"predictions": [{"label": "letter", "score": 0.98765432}, {"label": "bill", "score": 0.1}]},
        {"outputs": {"text": ["She was written to."], "vector": [0.12345678, 1.5]}},
    ),
    "tfserving_explain": _predict({"explanations": [{"because": "of the words", "weights": [0.5, 0.25]}]}),
    "tfserving_classify": Sample(
        requests=[_EXAMPLES],
        text=("examples", 0, "text"),
        replies=[{"results": [[["letter", 0.98765432], ["bill", 0.01234568]]]}],
        variables=dict(_MODEL),
    ),
    "tfserving_regress": Sample(
        requests=[_EXAMPLES],
        text=("examples", 0, "text"),
        replies=[{"results": [0.98765432, 1.5], "result": "whole"}],
        variables=dict(_MODEL),
    ),
}
