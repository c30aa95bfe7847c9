"""A detector's process with a stand-in for its workers: what it needs, what it answers, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal

import aiohttp
import pytest

from proxy.core.findings import SegmentFindings
from proxy.detection.pool.pace import Pace
from proxy.detection.remote import protocol
from proxy.errors import ConfigurationError
from proxy.service import detecting
from proxy.service.detecting import Detecting
from proxy.settings import Settings
from proxy.web.server import bound


class Workers:
    waiting = 0

    def __init__(self):
        self.pace, self.ready, self.asked, self.free = Pace(1), False, asyncio.Event(), asyncio.Event()

    async def start(self):
        self.ready = True

    async def close(self):
        self.ready = False

    def admit(self, tenant, amount, within_s):
        pass

    async def run(self, batches, deadline_s, tenant=""):
        self.asked.set()
        await self.free.wait()
        return [tuple(SegmentFindings() for _ in batch) for batch in batches]


def test_it_serves_this_machine_alone_without_certificates(tmp_path):
    settings = Settings(state_dir=tmp_path, host="0.0.0.0")
    with pytest.raises(ConfigurationError, match="certificates"):
        Detecting(settings)
    with pytest.raises(ConfigurationError, match="all of"):
        Detecting(settings.model_copy(update={"host": "127.0.0.1", "detector_ca": tmp_path}))


@pytest.mark.parametrize("apart", [True, False], ids=["operators' port", "one port"])
async def test_it_says_that_it_is_ready_and_answers_what_it_was_asked_before_it_ends(tmp_path, monkeypatch, apart):
    monkeypatch.setattr(detecting, "NurseryPart", lambda _: None)
    monkeypatch.setattr(detecting.forked, "POSSIBLE", False)
    one = Detecting(Settings(state_dir=tmp_path))
    workers = one._service.pool = Workers()
    sockets = [bound("127.0.0.1", 0, reuse=False) for _ in range(1 + apart)]
    ports = [sock.getsockname()[1] for sock in sockets]
    serving = asyncio.create_task(one.serve(sockets[0], sockets[1] if apart else None))
    async with aiohttp.ClientSession() as session:
        while not workers.ready:
            await asyncio.sleep(0.01)
        async with session.get(f"http://127.0.0.1:{ports[-1]}/readyz") as reply:
            assert (reply.status, (await reply.json())["detector"]) == (200, one._service.identity)
        async with session.get(f"http://127.0.0.1:{ports[-1]}/metrics") as reply:
            assert "proxy_detection_waiting" in await reply.text()
        question = protocol.TextQuestion("7", one._service.identity, "t", 5.0, [["Ann"]])
        url = f"http://127.0.0.1:{ports[0]}{protocol.DETECT}"
        asking = asyncio.create_task(session.post(url, data=protocol.encode_question(question)))
        await workers.asked.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        while not one._service.draining:
            await asyncio.sleep(0.01)
        workers.free.set()
        async with await asking as reply:
            answers, _ = protocol.decode_answer(question, await reply.read())
        assert answers == [(SegmentFindings(),)]
        await serving
    assert not workers.ready
