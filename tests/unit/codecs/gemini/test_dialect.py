from __future__ import annotations

import orjson
import pytest

from proxy.codecs.framing.sse import EventParser
from proxy.codecs.gemini.dialect import DIALECT


@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND"),
     (405, "INVALID_ARGUMENT"), (413, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL"),
     (501, "UNIMPLEMENTED"), (502, "UNAVAILABLE"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED")],
)  # fmt: skip
def test_error_shape(status, state):
    told = orjson.loads(DIALECT.error(status, "some_code", "why", "x1"))["error"]
    assert (told["code"], told["message"], told["status"]) == (status, "why", state)
    assert [(one["@type"].rpartition(".")[2], one.get("reason"), one.get("requestId")) for one in told["details"]] == [
        ("ErrorInfo", "SOME_CODE", None), ("RequestInfo", None, "x1"),
    ]  # fmt: skip


def test_an_error_of_an_array_is_its_one_element():
    [told] = orjson.loads(DIALECT.in_arrays().error(403, "c", "m", "x1"))
    assert told == orjson.loads(DIALECT.error(403, "c", "m", "x1"))


def test_an_error_in_a_stream_is_an_event():
    [event] = EventParser().feed(DIALECT.error_event("text/event-stream", "c", "m", "x1"))
    assert orjson.loads(event.data)["error"]["status"] == "INTERNAL"


def test_an_error_in_an_array_that_has_begun_keeps_it_an_array():
    begun = b'[{"candidates":[]}'
    told = orjson.loads(begun + DIALECT.error_event("application/json", "c", "m", "x1"))
    assert [*told[1]] == ["error"]


def test_models():
    [one] = orjson.loads(DIALECT.models(["m"]))["models"]
    assert one == orjson.loads(DIALECT.model("m"))
    assert (one["name"], one["displayName"]) == ("models/m", "m")
