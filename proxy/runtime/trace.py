"""Traces, off by default: spans by the OpenTelemetry conventions for HTTP and GenAI, with ids and names, never text.

Needs the extra ``otel`` and ``PROXY_OTEL_ENDPOINT``. A request is a span of kind SERVER, which continues the caller's
``traceparent`` (W3C Trace Context), and a call to a target one of kind CLIENT, whose own goes with the call.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

from proxy.errors import ConfigurationError

#: Stands for a span while traces are ``off``; who opens many of them looks before it asks for one.
OFF: AbstractContextManager[None] = nullcontext()
off = True
#: Not ``tracestate``: it is text of the caller, and would go to targets.
_CARRIED = "traceparent"
_ERROR, _SERVER_ERROR = 400, 500
_USED = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cached": "cache_read__input_tokens",
    "written": "cache_creation__input_tokens",
}


class _Tracing(NamedTuple):
    """The parts of the library, imported once."""

    tracer: Any
    api: Any
    propagator: Any


_tracing: _Tracing | None = None


def configure(endpoint: str | None) -> None:
    """Send spans to an OTLP/HTTP endpoint; None leaves traces off.

    Raises:
        ConfigurationError: the extra ``otel`` is not installed.

    """
    if endpoint is None:
        return
    try:
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise ConfigurationError("PROXY_OTEL_ENDPOINT needs: pip install 'compliance-proxy[otel]'") from error
    export_to(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=endpoint)))


def export_to(processor: Any) -> None:
    """Hand finished spans to a span processor of the OpenTelemetry SDK."""
    global _tracing, off
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    resources = importlib.import_module("opentelemetry.sdk.resources")
    context = importlib.import_module("opentelemetry.trace.propagation.tracecontext")
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "compliance-proxy"}))
    provider.add_span_processor(processor)
    api = importlib.import_module("opentelemetry.trace")
    off, _tracing = False, _Tracing(provider.get_tracer("proxy"), api, context.TraceContextTextMapPropagator())


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """Time a stage. An exception is recorded by its type alone: its message could contain text."""
    return OFF if _tracing is None else _recorded(_tracing, name, _tracing.api.SpanKind.INTERNAL, attributes)


def server(name: str, headers: Mapping[str, str], **attributes: str | int) -> AbstractContextManager[None]:
    """Time a request; ``headers`` may say of which trace it is a part."""
    if _tracing is None:
        return OFF
    parent = _tracing.propagator.extract({_CARRIED: headers.get(_CARRIED, "")})
    return _recorded(_tracing, name, _tracing.api.SpanKind.SERVER, _named(attributes), parent)


def client(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """Time a call to a target."""
    return OFF if _tracing is None else _recorded(_tracing, name, _tracing.api.SpanKind.CLIENT, _named(attributes))


def inject(headers: MutableMapping[str, str]) -> None:
    """Add the context of the current span to the headers of a call; nothing where traces are off."""
    if _tracing is not None:
        _tracing.propagator.inject(headers)


def annotate(**attributes: str | int) -> None:
    """Add attributes to the current span, by names in which ``__`` stands for a point; "" adds nothing."""
    if _tracing is not None:
        _tracing.api.get_current_span().set_attributes(_named(attributes))


def used(counts: Mapping[str, int]) -> None:
    """Say what the current span's call used, by kind (``core.usage.COUNTS``), as the conventions for GenAI name it."""
    annotate(**{f"gen_ai__usage__{_USED[kind]}": number for kind, number in counts.items() if kind in _USED})


def answered(status: int, error: str = "", *, ours: bool = False, name: str = "") -> None:
    """Say how the current span's request was answered: ``error`` is a code of ours, "" for none.

    A server's span has failed if the server is at fault, a client's (``ours``) with every error (OpenTelemetry's
    conventions for HTTP).
    """
    if _tracing is None:
        return
    current, status_code = _tracing.api.get_current_span(), _tracing.api.StatusCode
    current.set_attribute("http.response.status_code", status)
    error = error or (str(status) if ours and status >= _ERROR else "")
    if name:
        current.update_name(name)
    if error:
        current.set_attribute("error.type", error)
    if error and (ours or status >= _SERVER_ERROR):
        current.set_status(status_code.ERROR)


def _named(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    return {name.replace("__", "."): value for name, value in attributes.items() if value != ""}


@contextmanager
def _recorded(
    tracing: _Tracing, name: str, kind: Any, attributes: Mapping[str, str | int], parent: Any = None
) -> Iterator[None]:
    with tracing.tracer.start_as_current_span(
        name, context=parent, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(tracing.api.StatusCode.ERROR)
            raise
