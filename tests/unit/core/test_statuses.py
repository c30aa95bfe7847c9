from __future__ import annotations

import pytest

from proxy.core import statuses
from proxy.errors import UpstreamBusyError, UpstreamError, UpstreamUnsupportedError


@pytest.mark.parametrize(
    ("status", "inputs", "kind", "answered", "final"),
    [
        (429, set(), UpstreamBusyError, 429, False),
        (404, set(), UpstreamUnsupportedError, 404, True),
        (501, {"image"}, UpstreamUnsupportedError, 501, True),
        (500, set(), UpstreamError, 502, False),
        (500, {"image"}, UpstreamError, 502, True),
        (503, {"image"}, UpstreamError, 502, False),
        (302, set(), UpstreamError, 502, False),
    ],
)
def test_what_a_status_amounts_to(status, inputs, kind, answered, final):
    fault = statuses.fault("a", status, inputs)
    assert (type(fault), fault.status, fault.final) == (kind, answered, final)


@pytest.mark.parametrize(
    ("status", "again"), [(429, True), (503, True), (529, True), (502, True), (504, False), (500, False), (404, False)]
)
def test_what_may_pass_is_told_with_what_the_target_asks_for(status, again):
    fault = statuses.fault("a", status, set(), 3.0)
    assert fault.again is again
    assert status == 404 or fault.retry_after_s == 3.0


@pytest.mark.parametrize(
    ("status", "untried"),
    [(429, True), (503, True), (529, True), (404, True), (502, False), (504, False), (500, False)],
)
def test_a_status_tells_whether_anything_was_done(status, untried):
    assert statuses.fault("a", status, set()).untried is untried


def test_a_status_means_one_thing():
    kinds = [statuses.CALLERS_FAULT, statuses.NOT_SERVED, statuses.AWAY, {200, 429, 500}]
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))


@pytest.mark.parametrize(
    "written",
    [
        b'{"error":{"message":"...","code":"context_length_exceeded"}}',
        b'{"error":{"type":"exceed_context_size_error","message":"request (15001 tokens) exceeds the available context size"}}',
        b'{"message":"This model\'s maximum context length is 2048 tokens. However, ..."}',
        b'{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000"}}',
        b'{"message":"Input is too long for requested model."}',
        b'{"error":{"message":"The input token count (9) exceeds the maximum number of tokens allowed (8)."}}',
    ],
)
def test_a_prompt_that_is_too_long_is_told_from_other_refusals(written):
    code, message = statuses.refusal("a", 400, written)
    assert code == "context_length_exceeded"
    assert message == "target a refused the request with status 400: prompt is too long for the model"


def test_a_refusal_says_nothing_of_what_the_target_wrote():
    assert statuses.refusal("a", 422, b"Anna Schmidt") == (
        "target_refused", "target a refused the request with status 422"
    )  # fmt: skip
