"""The Open Inference Protocol (KServe v2) over HTTP, as KServe, Triton and MLServer speak it.

Sources: the protocol's REST specification; Triton's extensions for binary tensors, generation, classification,
sequences, parameters and shared memory; the types and endpoints of MLServer 1.7; the requests of tritonclient 2.73.

The description of a model comes from its target (``GET /v2/models/...``); readiness of server and model is answered
here. Loading models, sharing memory, tracing, configuration and statistics are not served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from proxy.codecs import checks, numbers, request, tensors
from proxy.codecs import reply as replies
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.codecs.kserve import binary, messages, tables
from proxy.codecs.kserve.dialect import DIALECT
from proxy.codecs.kserve.stream import KServeShape
from proxy.codecs.model_api import BODILESS, OWN, DescribedApi, ModelApi, ParsedRequest
from proxy.core.records import Operation
from proxy.core.wire import BINARY, JSON
from proxy.errors import MalformedRequestError, TooMuchTextError


@dataclass(slots=True, eq=False)
class InferApi(ModelApi):
    """An API of tensors: JSON, or JSON and bytes."""

    consumed: ClassVar[frozenset[str]] = frozenset({messages.LENGTH})

    def parse_request(self, body: bytes, headers: Mapping[str, str]) -> ParsedRequest:
        try:
            return messages.parse_request(body, headers.get(messages.LENGTH))
        except binary.TooMuchError as error:
            raise TooMuchTextError(str(error)) from error

    def render_request(self, document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str], str]:
        body, headers = messages.render_request(document)
        return body, headers, BINARY if headers else JSON

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        document = messages.parse_reply(reply)
        replies.check(document, self.reply)
        return document

    def render_reply(self, document: dict[str, Any]) -> bytes:
        return messages.render_reply(document)


@dataclass(slots=True, eq=False)
class GenerateApi(InferApi):
    """An API of texts under names of the model's own; MLServer accepts a message of tensors there."""

    def parse_request(self, body: bytes, headers: Mapping[str, str]) -> ParsedRequest:
        if messages.LENGTH in headers:
            raise MalformedRequestError("this path takes no bytes behind its JSON")
        document = request.parse(body)
        if _is_message(document):
            return messages.parse_request(body, None)
        binary.read({name: document[name] for name in (binary.PARAMETERS,) if name in document}, b"")
        return tensors.members(document, self.request.keys, self.words)

    def render_request(self, document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str], str]:
        return messages.render_request(document)[0] if _is_message(document) else numbers.dumps(document), {}, JSON


def _is_message(document: Mapping[str, Any]) -> bool:
    """Whether a request for generation is a message of tensors."""
    inputs = document.get(binary.INPUTS)
    return isinstance(inputs, list) and bool(inputs) and all(isinstance(tensor, dict) for tensor in inputs)


_TENSORS = checks.objects(binary.INPUTS, "tensor")


def _with_inputs(document: Mapping[str, Any]) -> None:
    if binary.RAW not in document:
        _TENSORS(document)


def _paths(*verbs: str) -> tuple[str, ...]:
    return tuple(f"/v2/models/{{model}}{version}/{verb}" for verb in verbs for version in ("", "/versions/{version}"))


def _endpoints(whole: str, streamed: str, **more: Any) -> tuple[Endpoint, ...]:
    return (
        *(Endpoint("POST", path, **more) for path in _paths(whole)),
        *(Endpoint("POST", path, stream=True, **more) for path in _paths(streamed)),
    )


_STREAM: dict[str, Any] = {"framing": Sse(), "shape": KServeShape}
INFER = InferApi(
    "kserve_infer", Operation.COMPLETION, tables.INFER, tables.INFER_REPLY, dialect=DIALECT,
    endpoints=_endpoints("infer", "infer_stream", binary=messages.LENGTH, replies=frozenset({BINARY})), address=OWN,
    check=_with_inputs, **_STREAM,
)  # fmt: skip
GENERATE = GenerateApi(
    "kserve_generate", Operation.COMPLETION, tables.GENERATE, tables.GENERATE_REPLY, dialect=DIALECT,
    endpoints=_endpoints("generate", "generate_stream"), address=OWN, words=frozenset({"id"}), **_STREAM,
)  # fmt: skip
DESCRIPTION = DescribedApi(
    "kserve_model", Operation.COMPLETION, BODILESS, tables.DESCRIPTION, dialect=DIALECT,
    endpoints=tuple(Endpoint("GET", path.removesuffix("/")) for path in _paths("")), address=OWN,
)  # fmt: skip


__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (INFER, GENERATE, DESCRIPTION)
