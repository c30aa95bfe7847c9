"""APIs that are declared (``testing/dialects/apis.yaml``): what their callers send, what their targets say."""

from __future__ import annotations

from pathlib import Path

from proxy.catalog import declared
from testing.dialects import encodings
from testing.dialects.samples import Sample

DECLARED = declared.read(Path(__file__).parents[1] / "apis.yaml")

_FIELDS = {"text": "Hello there.", "source": "en", "tags": ["short", "kind"]}
_LINES = [
    [
        ("", {"model": "nmt-2", "translation": "Hallo, "}),
        ("", {"translation": "guten Tag.", "detected": "en", "note": "as it was"}),
        ("", {"translation": "", "done": True, "seconds": 0.5}),
    ],
    [("", {"translation": "Hallo."}), ("", {"done": True, "sources": [{"title": "A page"}]})],
]
_TRANSLATED = [{"translation": "Hallo.", "detected": "en", "alternatives": ["Guten Tag.", {"words": ["Tag"]}]}]


def _translate(encoded: encodings.Encoding, **fields: object) -> Sample:
    return Sample(
        requests=[{**_FIELDS, **fields}],
        text=("text",),
        replies=_TRANSLATED,
        streams=_LINES,
        variables={"model": "nmt", "target": "de"},
        headers={"x-glossary": "legal"},
        encoded=encoded,
    )


ASK = Sample(
    requests=[
        {
            "engine": "standard",
            "question": "Who is there?",
            "history": [{"said": "Hello.", "trace": "t-0a1b2c3d"}],
            "options": {"temperature": 0.5, "tags": ["short"]},
            "tools": [{"name": "look_up"}],
        },
        {"engine": "standard", "question": "What is it?", "attachments": [{"name": "a cat", "data": "iVBORw0KGgo="}]},
    ],
    text=("question",),
    replies=[
        {
            "answers": [{"number": 0, "text": "Somebody.", "call": {"name": "look_up", "arguments": '{"who": "x"}'}}],
            "usage": {"words": 1},
            "signature": "EqoBCkgIARABGAI",
            "kind": "end",
        }
    ],
    kept=("signature",),
    calls={"answers[*].call.arguments": "look_up"},
    tools=("look_up",),
    streams=[
        [
            ("", {"kind": "bit", "answers": [{"number": 0, "text": "Some"}, {"number": 1, "text": "No"}]}),
            ("", {"kind": "bit", "answers": [{"number": 1, "text": "body."}]}),
            ("", {"kind": "bit", "answers": [{"number": 0, "text": "body.", "why": "it said so"}]}),
            ("", {"kind": "bit", "answers": [{"number": 2, "call": {"name": "look_up", "arguments": '{"who": '}}]}),
            ("", {"kind": "bit", "answers": [{"number": 2, "call": {"arguments": '"x"}'}}]}),
            ("", {"kind": "bit", "aside": "Hm.", "signature": "EqoBCkgIARABGAI"}),
            ("", {"kind": "end", "usage": {"words": 3}}),
        ]
    ],
    kept_events=("signature",),
    ending=b"data: [DONE]\n\n",
)
EXTRACT = Sample(
    requests=[{"document": "Hello there.", "fields": ["name"]}, {"pages": [{"lines": ["Hello."]}]}],
    text=("document",),
    replies=[{"name": "somebody", "found": [{"value": "x", "at": [1, 2]}]}],
    variables={"model": "m"},
)
BARE = Sample(
    requests=[{"@body": ["Hello there.", {"page": "Good bye."}]}],
    text=("@body", 0),
    replies=[{"@body": "x", "found": ["Yes."]}],
    variables={"model": "m"},
    encoded=encodings.Json(bare=True),
)
LISTED = Sample(
    requests=[{"prompt": "Hello there."}],
    text=("prompt",),
    replies=[{"part": {"text": "Yes."}}],
    beginning=b"[",
    ending=b"]",
    streams=[[("", {"part": {"text": "Yes, ", "role": "model"}}), ("", {"part": {"text": "indeed."}}), ("", {"n": 1})]],
    variables={"model": "m"},
)
NOTE = Sample(
    requests=[{"@body": "Hello there."}],
    text=("@body",),
    replies=[{"kept": "Yes."}],
    encoded=encodings.Text(),
)
TOLD = Sample(
    requests=[{"prompt": "Hello there."}],
    text=("prompt",),
    replies=[{"said": "Yes."}],
    variables={"model": "m"},
)
DRAW = Sample(
    requests=[{"prompt": "A red house."}],
    text=("prompt",),
    replies=[{"drawn": "later"}],
    variables={"model": "m"},
)

SAMPLES = {
    "org.translate": [
        _translate(encodings.Form(), stream="true"),
        _translate(encodings.Multipart(), stream="1"),
        _translate(encodings.JSON_BODY, stream=True, options={"polite": "very"}),
    ],
    "org.ask": ASK,
    "org.extract": [EXTRACT, BARE],
    "org.listed": LISTED,
    "org.note": NOTE,
    "org.told": TOLD,
    "org.draw": DRAW,
}
