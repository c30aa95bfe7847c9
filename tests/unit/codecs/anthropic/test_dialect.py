from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic.dialect import DIALECT
from proxy.codecs.framing.sse import EventParser


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"), (404, "not_found_error"),
     (405, "invalid_request_error"), (413, "request_too_large"), (429, "rate_limit_error"), (502, "api_error"),
     (503, "api_error"), (504, "timeout_error"), (529, "overloaded_error")],
)  # fmt: skip
def test_error_shape(status, kind):
    assert orjson.loads(DIALECT.error(status, "some_code", "why", "x1")) == {
        "type": "error",
        "error": {"type": kind, "message": "why", "details": {"error_code": "some_code"}},
        "request_id": "x1",
    }


def test_an_error_in_a_stream_is_an_event_of_its_own():
    [event] = EventParser().feed(DIALECT.error_event("text/event-stream", "c", "m", "x1"))
    assert event.name == "error"
    assert orjson.loads(event.data)["error"]["type"] == "api_error"


def test_models():
    assert orjson.loads(DIALECT.model("m")) == {
        "type": "model", "id": "m", "display_name": "m", "created_at": "1970-01-01T00:00:00Z",
    }  # fmt: skip
    listed = orjson.loads(DIALECT.models(["a", "b"]))
    assert ([one["id"] for one in listed["data"]], listed["first_id"], listed["last_id"]) == (["a", "b"], "a", "b")
    assert orjson.loads(DIALECT.models([]))["first_id"] is None


@pytest.mark.parametrize("value", ["2023-06-01", "2026-10-21"])
def test_versions_pass(value):
    assert DIALECT.forwarded["anthropic-version"].fullmatch(value)


@pytest.mark.parametrize("value", ["", "files-api-2025-04-14", "a-2025-01-01, b-2025-01-01", "a,b,"])
def test_lists_of_betas_pass(value):
    assert DIALECT.forwarded["anthropic-beta"].fullmatch(value)


@pytest.mark.parametrize("value", ["Ada Byron", "ada@mail.example", "A", "a" * 3000, "a;b"])
def test_other_values_do_not_pass(value):
    assert not DIALECT.forwarded["anthropic-beta"].fullmatch(value)
    assert not DIALECT.forwarded["anthropic-version"].fullmatch(value)


def test_an_error_among_results_is_a_line():
    event = DIALECT.error_event("application/octet-stream", "cut", "it broke", "x1")
    assert event.endswith(b"}\n")
    assert b"it broke" in event
    assert isinstance(orjson.loads(event), dict)
