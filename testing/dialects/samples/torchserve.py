"""TorchServe's predictions: shapes of its documentation and of its handlers."""

from __future__ import annotations

from testing.dialects import encodings
from testing.dialects.samples import Sample

VARIABLES = {"model": "bert", "version": "1.0"}
_JSON = Sample(
    requests=[
        {"instances": [{"data": "Hello there.", "target": 0}], "parameters": {"temperature": 0.5, "stop": ["end"]}},
        {"data": {"question": "Who?", "context": "Somebody."}},
    ],
    text=("instances", 0, "data"),
    replies=[{"predictions": [{"label": "greeting", "score": 0.9}]}, {"greeting": 0.9, "texts": ["Yes.", {"a": "b"}]}],
    variables=VARIABLES,
)
_LIST = Sample(
    requests=[{"@body": ["Hello there.", {"data": "Good bye."}]}],
    text=("@body", 0),
    replies=[{"predictions": ["Yes."]}],
    variables=VARIABLES,
    encoded=encodings.Json(bare=True),
)
_FORM = Sample(
    requests=[{"data": "Hello there.", "more": ["one", "two"], "list[]": ["three"], "target": "0"}],
    text=("data",),
    replies=[{"explanations": [["hello", 0.5], ["there", 0.5]]}],
    variables=VARIABLES,
    encoded=encodings.Form(),
)
_PARTS = Sample(
    requests=[{"data": "Hello there.", "more": ["one", "two"]}],
    text=("data",),
    replies=[{"predictions": ["Yes."]}],
    variables=VARIABLES,
    encoded=encodings.Multipart(),
)
_TEXT = Sample(
    requests=[{"@body": "Hello there."}],
    text=("@body",),
    replies=[{"predictions": ["Yes."]}],
    variables=VARIABLES,
    encoded=encodings.Text(),
)
_UNTOLD = Sample(
    requests=[{"@body": "Hello there."}],
    text=("@body",),
    replies=[{"predictions": ["Yes."]}],
    variables=VARIABLES,
    encoded=encodings.Text(""),
)

SAMPLES = {
    "torchserve_predictions": [_JSON, _LIST, _TEXT, _UNTOLD],
    "torchserve_explanations": [_JSON, _FORM, _PARTS],
}
