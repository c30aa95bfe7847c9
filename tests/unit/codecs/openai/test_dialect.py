from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai import dialect


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
     (404, "invalid_request_error"), (429, "rate_limit_error"), (502, "api_error"), (503, "api_error")],
)  # fmt: skip
def test_error_shape(status, kind):
    assert orjson.loads(dialect.error(status, "some_code", "why", "x1")) == {
        "error": {"message": "why", "type": kind, "param": None, "code": "some_code", "request_id": "x1"}
    }


def test_a_spent_budget_is_an_empty_account():
    assert orjson.loads(dialect.error(429, "budget_reached", "why", "x1"))["error"]["type"] == "insufficient_quota"


def test_error_event_is_one_event_and_no_end():
    event = dialect.DIALECT.error_event("text/event-stream", "c", "m", "x1")
    assert event.startswith(b"data: {")
    assert event.endswith(b"}\n\n")
    assert b"[DONE]" not in event


def test_an_error_among_results_is_a_line():
    event = dialect.DIALECT.error_event("application/octet-stream", "cut", "it broke", "x1")
    assert event.endswith(b"}\n")
    assert b"it broke" in event
    assert isinstance(orjson.loads(event), dict)
