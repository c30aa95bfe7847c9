"""Spans follow the conventions, and carry no content."""

from __future__ import annotations

import pytest

from proxy.runtime import trace
from testing.fakes import CANARY, FakePdp, FakeUpstreams, Stage, chat
from testing.serving import serving

export = pytest.importorskip("opentelemetry.sdk.trace.export", reason="make setup installs it")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture
def spans():
    exporter = memory.InMemorySpanExporter()
    trace.export_to(export.SimpleSpanProcessor(exporter))
    yield exporter
    trace._tracing, trace.off = None, True


async def finished(spans, stage, **headers):
    async with serving(stage) as running, running.post(chat(CANARY, model="m"), **headers) as response:
        await response.read()
    made = spans.get_finished_spans()
    return {each.kind.name: each for each in made if each.kind.name != "INTERNAL"}, made


async def test_a_request_continues_the_callers_trace_and_a_call_is_its_child(spans):
    named, made = await finished(spans, Stage(), **CALLED)
    server, client = named["SERVER"], named["CLIENT"]
    assert (f"{server.context.trace_id:032x}", f"{server.parent.span_id:016x}") == (TRACE, PARENT)
    assert client.context.trace_id == server.context.trace_id
    assert server.name == "POST /v1/chat/completions"
    assert dict(server.attributes) == {
        "exchange": server.attributes["exchange"], "tenant": "acme", "http.request.method": "POST",
        "http.route": "/v1/chat/completions", "http.response.status_code": 200,
    }  # fmt: skip
    assert (client.name, client.attributes["gen_ai.operation.name"]) == ("chat", "chat")
    assert client.attributes["gen_ai.usage.input_tokens"] > 0
    assert (client.attributes["gen_ai.provider.name"], client.attributes["target"]) == ("self", "a")
    assert CANARY not in str([(each.name, dict(each.attributes), each.events) for each in made])


@pytest.mark.parametrize(("stage", "status", "code", "state"), [
    (lambda: Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"}))), 403, "NO_COMPLIANT_TARGET", "UNSET"),
    (lambda: Stage(upstreams=FakeUpstreams({}, down=frozenset({"a", "b", "local"}))), 503, "targets_down", "ERROR"),
])  # fmt: skip
async def test_a_servers_span_has_failed_where_the_server_has(spans, stage, status, code, state):
    named, _ = await finished(spans, stage())
    server = named["SERVER"]
    said = (
        server.attributes["http.response.status_code"],
        server.attributes["error.type"],
        server.status.status_code.name,
    )
    assert said == (status, code, state)


async def test_the_context_goes_along_with_a_call(spans):
    headers: dict[str, str] = {}
    with trace.server("POST /x", {**CALLED, "tracestate": "vendor=text-of-the-caller"}), trace.client("chat m"):
        trace.inject(headers)
    client, _ = spans.get_finished_spans()
    assert headers == {"traceparent": f"00-{TRACE}-{client.context.span_id:016x}-01"}


def test_without_an_endpoint_nothing_is_made():
    trace.configure(None)
    headers: dict[str, str] = {}
    with trace.server("x", CALLED), trace.client("y"), trace.span("z"):
        trace.annotate(a="b")
        trace.answered(200)
        trace.inject(headers)
    assert headers == {}
