from __future__ import annotations

import orjson
import pytest

from proxy.codecs.declared.errors import CODE, MESSAGE, REQUEST_ID, STATUS, ErrorShape
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse

MEMBERS = {"error.text": MESSAGE, "error.kind": CODE, "status": STATUS, "id": REQUEST_ID}
TOLD = {"error": {"text": "no", "kind": "denied"}, "status": 403, "id": "x1"}


def test_an_error_has_the_declared_members():
    assert orjson.loads(ErrorShape(MEMBERS).body(403, "denied", "no", "x1")) == TOLD


@pytest.mark.parametrize(
    ("framing", "before", "after"),
    [(Sse(), b"event: error\ndata: ", b"\n\n"), (Ndjson(), b"", b"\n"), (JsonArray(), b",\n", b"\n]")],
)
def test_an_error_inside_a_stream_is_one_more_event(framing, before, after):
    said = ErrorShape(MEMBERS, framing).event("", "denied", "no", "x1")
    assert said.startswith(before)
    assert said.endswith(after)
    assert orjson.loads(said.removeprefix(before).removesuffix(after)) == {**TOLD, "status": 500}


@pytest.mark.parametrize("framing", [PlainText(), None])
def test_a_text_that_breaks_off_gets_no_error_that_looks_like_text(framing):
    assert ErrorShape(MEMBERS, framing).event("text/plain", "denied", "no", "x1") == b""
