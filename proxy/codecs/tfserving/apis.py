"""``:predict``, ``:explain``, ``:classify``, ``:regress``, and the description and state of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from proxy.codecs import checks, media, numbers, request, tensors
from proxy.codecs import reply as replies
from proxy.codecs.base import Dialect, Endpoint, in_stream, message_alone
from proxy.codecs.model_api import BODILESS, OWN, DescribedApi, ModelApi, ParsedRequest
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.tfserving import tables, values
from proxy.core.records import OpaquePart, Operation
from proxy.core.wire import JSON
from proxy.errors import MalformedRequestError

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
PREDICT = _api("predict", tables.PREDICT, tables.PREDICT_REPLY, _rows_or_columns)
EXPLAIN = _api("explain", tables.PREDICT, tables.EXPLAIN_REPLY, _rows_or_columns)
CLASSIFY = _api("classify", tables.EXAMPLES, tables.EXAMPLES_REPLY, _EXAMPLES)
REGRESS = _api("regress", tables.EXAMPLES, tables.EXAMPLES_REPLY, _EXAMPLES)
_DESCRIBED = (*(f"{version}/metadata" for version in _VERSIONS), *_VERSIONS[1:])
DESCRIPTION = DescribedApi(
    "tfserving_model", Operation.COMPLETION, BODILESS, tables.DESCRIPTION, dialect=DIALECT,
    endpoints=tuple(Endpoint("GET", f"/v1/models/{{model}}{path}") for path in _DESCRIBED), address=OWN,
)  # fmt: skip
