from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock import DIALECT
from proxy.codecs.endpoints import TABLE
from proxy.codecs.framing.aws_event_stream import AwsEventStream


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "ValidationException"), (401, "UnrecognizedClientException"), (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"), (413, "ValidationException"), (429, "ThrottlingException"),
        (500, "InternalServerException"), (502, "ServiceUnavailableException"), (503, "ServiceUnavailableException"),
    ],
)  # fmt: skip
def test_an_error_says_its_kind_in_a_header(status, kind):
    assert DIALECT.headers(status, "code") == {"x-amzn-errortype": kind}
    assert orjson.loads(DIALECT.error(status, "code", "No.", "id")) == {"message": "No."}


def test_an_error_inside_a_stream_is_an_exception():
    parser = AwsEventStream().parser()
    [frame] = parser.feed(DIALECT.error_event("application/vnd.amazon.eventstream", "code", "No.", "id"))
    assert (frame.fails, frame.name, orjson.loads(frame.data)) == (True, "internalServerException", {"message": "No."})


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/model/anthropic.claude-v2%3A1/converse", "anthropic.claude-v2:1"),
        ("/model/anthropic.claude-v2:1/converse-stream", "anthropic.claude-v2:1"),
        ("/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ax%2Fy/converse", "arn:aws:bedrock:eu:1:x/y"),
    ],
)
def test_a_model_stands_in_the_path(path, model):
    found = TABLE.find("POST", path, {})
    assert found.served is not None
    assert found.variables == {"model": model}


def test_what_is_kept_and_what_is_unknown_is_refused_in_this_dialect():
    assert TABLE.find("POST", "/async-invoke", {}).kept
    for path in ("/model/x/invoke-with-bidirectional-stream", "/model/..%2Fx/converse"):
        found = TABLE.find("POST", path, {"x-amz-date": "now"})
        assert (found.served, found.dialect.name) == (None, "bedrock")
