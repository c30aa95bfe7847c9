from __future__ import annotations

import json
import ssl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.reports.siem import address, sinks
from proxy.reports.siem.sinks import SinkError
from testing import entries


def opened(url, options=""):
    return sinks.opened(address.parse(f"{url}#{options}"))


async def test_lines_go_in_requests_of_so_many_records(collector):
    await opened(collector.url, "format=record&batch=2").send(entries.every()[:5])
    assert [len(body.splitlines()) for _, body in collector.bodies] == [2, 2, 1]
    assert {headers["Content-Type"] for headers, _ in collector.bodies} == {"application/x-ndjson"}


async def test_headers_come_from_a_file(collector, tmp_path):
    (tmp_path / "headers").write_text("Authorization: Splunk secret\nX-Tenant: acme\n\n")
    sink = opened(collector.url, f"headers={tmp_path}/headers")
    await sink.send(entries.every()[:1])
    [(headers, _)] = collector.bodies
    assert (headers["Authorization"], headers["X-Tenant"]) == ("Splunk secret", "acme")
    assert "secret" not in repr(sink)


async def test_what_is_too_large_for_the_collector_goes_in_halves(collector):
    async def too_large(self, body):
        return 413 if body.count(b"\n") > 1 else 200

    collector.answers = [too_large] * 9
    await opened(collector.url, "format=record").send(entries.every()[:4])
    assert [seq for _, seq in collector.places] == [1, 2, 3, 4]


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_what_is_not_taken_is_a_fault(collector, status):
    collector.answers = [status]
    with pytest.raises(SinkError, match=str(status)):
        await opened(collector.url).send(entries.every()[:1])


async def test_a_collector_may_ask_for_time(collector):
    collector.answers = [web.Response(status=429, headers={"Retry-After": "7"})]
    with pytest.raises(SinkError) as refused:
        await opened(collector.url).send(entries.every()[:1])
    assert refused.value.wait_s == 7.0


async def test_otlp_goes_to_the_path_for_logs_and_what_it_rejects_is_said_and_not_sent_again(collector):
    base = collector.url.removesuffix("/ingest")
    sink = opened(f"otlp+{base}")
    assert sink.url.endswith("/v1/logs")
    assert await sink.send(entries.every()[:3]) == []
    assert json.loads(collector.bodies[0][1])["resourceLogs"]
    collector.answers = [web.json_response({"partialSuccess": {"rejectedLogRecords": "2"}})]
    [refused] = await sink.send(entries.every()[:3])
    assert (len(refused.entries), refused.number, refused.reason) == (3, 2, "it rejected 2 of 3 log records")
    assert len(collector.bodies) == 2


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_record_that_is_no_use_to_a_collector_keeps_no_other_from_it(collector, status):
    sent = entries.every()[:8]

    async def refuses(_, body):
        return status if sent[5].position.hash.hex().encode() in body else 200

    collector.answers = [refuses] * 50
    [refused] = await opened(collector.url, "format=record").send(sent)
    assert (refused.entries, refused.number, refused.reason) == ([sent[5]], 1, f"it answered {status}")
    assert {place[1] for place in collector.places} == {one.position.seq for one in sent} - {sent[5].position.seq}


async def test_binary_cloudevents_go_one_by_one(collector):
    await opened(collector.url, "format=cloudevents-binary").send(entries.every()[:2])
    assert [headers["ce-id"] for headers, _ in collector.bodies] == [one.position.name for one in entries.every()[:2]]


async def test_a_certificate_is_checked(syslog_collector, tmp_path):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    got = []

    async def take(request):
        got.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/x", take)
    server = TestServer(app, scheme="https", host="localhost")
    await server.start_server(ssl=context)
    url = f"https://localhost:{server.port}/x"
    await opened(url, f"roots={syslog_collector.roots}").send(entries.every()[:1])
    assert len(got) == 1
    with pytest.raises(SinkError, match="cannot be reached"):
        await opened(url).send(entries.every()[:1])
    await server.close()
