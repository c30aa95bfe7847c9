"""The Open Inference Protocol: MLServer 1.7 (``infer``, ``infer_stream``) and Triton (``generate``), as documented."""

from __future__ import annotations

from testing.dialects.samples import Sample

_MODEL = {"model": "extractor"}


def _said(text):
    tensor = {"name": "output", "shape": [1], "datatype": "BYTES", "data": [text]}
    return "", {"model_name": "extractor", "id": "7f", "outputs": [tensor]}


def _generated(text):
    return "", {"id": "42", "model_name": "extractor", "model_version": "1", "text_output": text}


INFER = Sample(
    requests=[
        {
            "id": "the first of today",
            "parameters": {"content_type": "str", "tone": "kind"},
            "inputs": [
                {
                    "name": "text",
                    "shape": [2, 1],
                    "datatype": "BYTES",
                    "parameters": {"content_type": "str"},
                    "data": ["Write to her.", "And to him."],
                },
                {"name": "max_tokens", "shape": [1], "datatype": "INT32", "data": [64]},
            ],
            "outputs": [{"name": "summary", "parameters": {"classification": 2}}],
        },
        {
            "model_name": "extractor",
            "inputs": [{"name": "rows", "shape": [1, 2], "datatype": "BYTES", "data": [["a note", "another"]]}],
        },
    ],
    text=("inputs", 0, "data", 0),
    replies=[
        {
            "model_name": "extractor",
            "model_version": "3",
            "id": "the first of today",
            "parameters": {"note": "done"},
            "outputs": [
                {"name": "summary", "shape": [1], "datatype": "BYTES", "data": ["She was written to."]},
                {"name": "labels", "shape": [1, 2], "datatype": "BYTES", "data": [["0.9:1:letter", "0.1:0:bill"]]},
                {"name": "vector", "shape": [2], "datatype": "FP32", "data": [0.1234567, -1.5]},
            ],
        }
    ],
    streams=[[_said("She was "), _said("written to.")]],
    unmarked=True,
    variables=_MODEL,
)
GENERATE = Sample(
    requests=[
        {
            "id": "42",
            "text_input": "Write to her.",
            "parameters": {"stop": ["the end"], "seed": 7, "temperature": 0.2},
            "bad_words": ["never"],
            "stream": False,
        }
    ],
    text=("text_input",),
    replies=[
        {
            "id": "42",
            "model_name": "extractor",
            "model_version": "1",
            "text_output": "She was written to.",
            "reason": "it was due",
            "details": {"finish_reason": "stop", "note": "whole"},
        }
    ],
    streams=[
        [_generated("She was "), _generated("written to.")],
        [("", {"choice": {"text": "She ", "all": [{"of": "it"}]}}), ("", {"choice": {"text": "was."}})],
        [("", {"model_name": "extractor", "texts": ["She "]}), ("", {"model_name": "extractor", "texts": ["was."]})],
    ],
    unmarked=True,
    variables=_MODEL,
)
SAMPLES = {"kserve_infer": INFER, "kserve_generate": GENERATE}
