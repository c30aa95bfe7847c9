"""The targets of the self-test answer what is asked of them, and nobody else."""

from __future__ import annotations

import aiohttp

from proxy.embedded.probes import free_ports
from proxy.selftest import spoken
from proxy.selftest.sink import Sink

CHAT = next(one for one in spoken.every() if one.api.name == "openai_chat")


async def test_a_sink_answers_nobody_else():
    port, _ = free_ports(2)
    sink = Sink()
    async with sink.listening("127.0.0.1", port), aiohttp.ClientSession() as session:
        async with session.post(f"http://127.0.0.1:{port}/outside/v1", data=b"{}") as reply:
            assert reply.status == 404
        sink.asked = CHAT
        async with session.post(f"http://127.0.0.1:{port}/elsewhere/v1", data=b"{}") as reply:
            assert reply.status == 404
        async with session.post(f"http://127.0.0.1:{port}/outside/v1", data=b"\xff") as reply:
            assert reply.status == 400
    assert [one.body for one in sink.received] == [b"\xff"]
