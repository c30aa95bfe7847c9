"""The dialect of Bedrock: errors as AWS's clients read them, lists of models, headers, places of credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from proxy.codecs import paths
from proxy.codecs.base import PRESENTED, SERVER_ERROR, SIGNED, Dialect, Endpoint, listing
from proxy.codecs.framing import Frame, FrameHeader, aws_event_stream

_KINDS = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    504: "ModelTimeoutException",
}
_EXCEPTION = "internalServerException"


def error(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render the body of an error; its kind stands in a header."""
    return orjson.dumps({"message": message})


def _headers(status: int, _code: str) -> Mapping[str, str]:
    other = "ValidationException" if status < SERVER_ERROR else "ServiceUnavailableException"
    return {"x-amzn-errortype": _KINDS.get(status, other)}


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as an exception inside a stream."""
    values = {":exception-type": _EXCEPTION, ":content-type": "application/json", ":message-type": "exception"}
    headers = tuple(FrameHeader(name, aws_event_stream.STRING, value) for name, value in values.items())
    return aws_event_stream.encode(Frame(headers=headers), error(SERVER_ERROR, code, message, request_id))


def _describe(name: str) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:::foundation-model/{name}",
        "modelId": name,
        "modelName": name,
        "responseStreamingSupported": True,
        "modelLifecycle": {"status": "ACTIVE"},
    }


def _render_model(name: str) -> bytes:
    """Render one model (GetFoundationModel)."""
    return orjson.dumps({"modelDetails": _describe(name)})


_X = "x-amzn-bedrock-"
GUARDRAIL = f"{_X}guardrailidentifier"
#: Headers of InvokeModel and their values. Who is billed (``projectidentifier``) is the target's business.
_PASSED = {
    f"{_X}trace": re.compile(r"(?:EN|DIS)ABLED|ENABLED_FULL"),
    GUARDRAIL: re.compile(r"[A-Za-z0-9:/._-]{0,2048}"),
    f"{_X}guardrailversion": re.compile(r"[1-9][0-9]{0,7}|DRAFT"),
    f"{_X}service-tier": re.compile(r"default|priority|flex|reserved"),
    f"{_X}performanceconfig-latency": re.compile(r"standard|optimized"),
    f"{_X}request-metadata": re.compile(r"[\x20-\x7e]{0,8500}"),
}
#: Headers of replies: token counts, and the content type of events.
_RETURNED = {
    **dict.fromkeys(
        (f"{_X}{kind}-token-count" for kind in ("input", "output", "cache-read-input", "cache-write-input")),
        re.compile(r"\d{1,10}"),
    ),
    f"{_X}content-type": re.compile(r"application/json"),
}
#: Headers of requests without text of the caller.
OWN = frozenset(f"@header/{name}" for name in _PASSED if not name.endswith("metadata"))

DIALECT = Dialect(
    name="bedrock",
    error=error,
    error_event=error_event,
    models=listing("modelSummaries", _describe),
    model=_render_model,
    listed=(Endpoint("GET", "/foundation-models"), Endpoint("GET", "/foundation-models/{id:path}")),
    stateful_paths=paths.with_subpaths("/async-invoke"),
    client_headers=frozenset({"x-amz-date", "amz-sdk-invocation-id"}),
    credential_places=(SIGNED, *PRESENTED),
    forwarded=_PASSED,
    headers=_headers,
    reply_headers=_RETURNED,
    id_headers=("x-amzn-requestid",),
)
