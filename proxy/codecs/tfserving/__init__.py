"""TensorFlow Serving's REST API, and KServe's first protocol, which has the same shapes.

Sources: TensorFlow Serving's documentation of the API and the sources of its JSON reader; KServe's v1 protocol.

TensorFlow Serving accepts paths in any letter case and reads a body up to the end of its first value; here a path in
another letter case is unknown, and anything after a value is refused. ``GET /v1/models/{model}`` is OpenAI's. Names of
tensors and features are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from proxy.codecs import checks, media, numbers, request, tensors
from proxy.codecs import reply as replies
from proxy.codecs.base import Api, Dialect, Endpoint, in_stream, message_alone
from proxy.codecs.members import Members, any_of
from proxy.codecs.model_api import BODILESS, OWN, DescribedApi, ModelApi, ParsedRequest
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.tfserving import values
from proxy.core.records import OpaquePart, Operation
from proxy.core.wire import JSON
from proxy.errors import MalformedRequestError

_KEYS = frozenset("signature_name instances inputs context examples b64".split())


def _table(members: str) -> RequestTable:
    return RequestTable(members=Members(any_of(members)), keys=_KEYS, model="", stream="")


PREDICT_TABLE = _table("signature_name instances inputs")
EXAMPLES_TABLE = _table("signature_name context examples")

_ANYTHING = (list, dict, str, int, float)


def _reply(*names: str) -> ReplyTable:
    """Return the table of replies with the model's output in one member."""
    return ReplyTable(structural=frozenset(), needs=dict.fromkeys(names, _ANYTHING), free=names)


PREDICT_REPLY = _reply("predictions", "outputs")
EXPLAIN_REPLY = _reply("explanations", "predictions", "data", "meta")
EXAMPLES_REPLY = _reply("results", "result")
DESCRIPTION_REPLY = ReplyTable(
    structural=frozenset({"name", "dtype", "version", "state", "error_code", "signature_name", "method_name"}),
    needs={"model_version_status": list, "model_spec": dict},
)


DIALECT = Dialect(name="tfserving", error=message_alone, error_event=in_stream(message_alone))


_PARSE = partial(numbers.loads, non_finite=True)
_BYTES = OpaquePart("*.b64", media.UNSPECIFIED)
_VERSIONS = ("", "/versions/{version}", "/labels/{label}")


@dataclass(slots=True, eq=False)
class ServingApi(ModelApi):
    """An API of rows and columns of values."""

    def parse_request(self, body: bytes, headers: Mapping[str, str]) -> ParsedRequest:  # noqa: ARG002 - none says anything of it
        document, unread = values.decode(request.parse(body, _PARSE), strict=True)
        document, opaque = tensors.members(document, self.request.keys, self.words)
        return document, (*opaque, _BYTES) if unread else opaque

    def render_request(self, document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str], str]:
        return numbers.dumps(values.encode(document)), {}, JSON

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        document: dict[str, Any] = values.decode(replies.load(reply), strict=False)[0]
        replies.check(document, self.reply)
        return document

    def render_reply(self, document: dict[str, Any]) -> bytes:
        return numbers.dumps(values.encode(document))


def _rows_or_columns(document: Mapping[str, Any]) -> None:
    if ("instances" in document) == ("inputs" in document):
        raise MalformedRequestError("one of 'instances' and 'inputs' must be there, not both")


def _api(verb: str, table: RequestTable, reply: ReplyTable, check: Any) -> ServingApi:
    paths = (f"/v1/models/{{model}}{version}:{verb}" for version in _VERSIONS)
    return ServingApi(
        name=f"tfserving_{verb}",
        dialect=DIALECT,
        endpoints=tuple(Endpoint("POST", path) for path in paths),
        operation=Operation.COMPLETION,
        request=table,
        reply=reply,
        address=OWN,
        check=check,
        words=frozenset({"signature_name"}),
    )


_EXAMPLES = checks.objects("examples", "example")
PREDICT = _api("predict", PREDICT_TABLE, PREDICT_REPLY, _rows_or_columns)
EXPLAIN = _api("explain", PREDICT_TABLE, EXPLAIN_REPLY, _rows_or_columns)
CLASSIFY = _api("classify", EXAMPLES_TABLE, EXAMPLES_REPLY, _EXAMPLES)
REGRESS = _api("regress", EXAMPLES_TABLE, EXAMPLES_REPLY, _EXAMPLES)
_DESCRIBED = (*(f"{version}/metadata" for version in _VERSIONS), *_VERSIONS[1:])
DESCRIPTION = DescribedApi(
    "tfserving_model", Operation.COMPLETION, BODILESS, DESCRIPTION_REPLY, dialect=DIALECT,
    endpoints=tuple(Endpoint("GET", f"/v1/models/{{model}}{path}") for path in _DESCRIBED), address=OWN,
)  # fmt: skip


__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (PREDICT, EXPLAIN, CLASSIFY, REGRESS, DESCRIPTION)
