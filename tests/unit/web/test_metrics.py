from __future__ import annotations

from proxy.reports.siem.stream import StreamState
from proxy.web import metrics
from testing.fakes import CANARY, chat


async def exposed(running):
    async with running.session.get(running.url + "/metrics") as response:
        assert response.status == 200
        return await response.text()


async def test_exchanges_are_counted_by_path_status_and_action(serve):
    async with serve() as running:
        line = 'proxy_exchanges_total{action="forward",path="/v1/chat/completions",status="200"}'
        before = count(await exposed(running), line)
        async with running.post(chat()) as response:
            assert response.status == 200
        assert count(await exposed(running), line) == before + 1


async def test_a_fault_is_counted_with_its_status(serve):
    async with serve() as running:
        running.stage.audit.writer.down = True
        line = 'proxy_exchanges_total{action="",path="unknown",status="503"}'
        before = count(await exposed(running), line)
        async with running.post(chat(), "/v1/unknown") as response:
            assert response.status == 503
        assert count(await exposed(running), line) == before + 1


async def test_no_text_of_a_request_becomes_a_label(serve):
    async with serve() as running:
        async with running.post(
            chat(CANARY, model=CANARY), f"/v1/{CANARY}?q={CANARY}", x_compliance_minor=CANARY
        ) as response:
            assert response.status == 404
        async with running.session.get(running.url + f"/{CANARY}", headers={"Authorization": CANARY}) as response:
            assert response.status == 401
        assert "canary" not in await exposed(running)


def count(text, line):
    return next((float(one.split()[-1]) for one in text.splitlines() if one.startswith(line)), 0.0)


def test_a_stream_is_behind_by_records_and_seconds_in_the_process_that_has_it():
    def shown(**state):
        metrics.streams({"a collector": StreamState(behind=3, behind_since=100.0, **state)}, 107.5)
        gauges = (metrics.STREAM_BEHIND, metrics.STREAM_BEHIND_S)
        return [one.labels("a collector")._value.get() for one in gauges]

    assert shown(holds=True) == [3.0, 7.5]
    assert shown(holds=False) == [0.0, 0.0]
