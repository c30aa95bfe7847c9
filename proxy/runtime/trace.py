"""Traces, off by default: one span per exchange and one per stage, with ids and names as attributes, never text.

Needs the extra ``otel`` and ``PROXY_OTEL_ENDPOINT``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from proxy.errors import ConfigurationError

_OFF: AbstractContextManager[None] = nullcontext()
_tracer: Any = None


def configure(endpoint: str | None) -> None:
    """Send spans to an OTLP/HTTP endpoint; None leaves traces off.

    Raises:
        ConfigurationError: the extra ``otel`` is not installed.

    """
    global _tracer  # noqa: PLW0603 - one exporter per process, set once at start
    if endpoint is None:
        return
    try:
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources = importlib.import_module("opentelemetry.sdk.resources")
    except ImportError as error:
        raise ConfigurationError("PROXY_OTEL_ENDPOINT needs: pip install 'compliance-proxy[otel]'") from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "compliance-proxy"}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=endpoint)))
    _tracer = provider.get_tracer("proxy")


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """Time a stage. An exception is recorded by its type alone: its message could contain text."""
    return _OFF if _tracer is None else _recorded(name, attributes)


@contextmanager
def _recorded(name: str, attributes: dict[str, str | int]) -> Iterator[None]:
    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            raise
