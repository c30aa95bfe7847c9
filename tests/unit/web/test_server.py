from __future__ import annotations

import asyncio
import socket

import pytest

from proxy.errors import ConfigurationError
from proxy.web import server
from testing.fakes import FakeReply, FakeUpstreams, Stage, chat, completion


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_bound(host, family):
    try:
        with server.bound(host, 0, reuse=False) as sock:
            assert (sock.family, sock.getblocking()) == (family, False)
    except OSError:
        pytest.skip("no such address family here")


def test_workers_share_a_port_and_get_no_callers_before_they_serve():
    with server.bound("127.0.0.1", 0, reuse=True) as first:
        port = first.getsockname()[1]
        with server.bound("127.0.0.1", port, reuse=True):
            pass
        with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
            caller.connect(("127.0.0.1", port))
        first.listen()
        with pytest.raises(ConfigurationError, match="is taken"):
            server.bound("127.0.0.1", port, reuse=False)


async def test_a_request_in_flight_is_finished_when_the_service_stops(serve):
    class Slow(FakeReply):
        async def read(self):
            await asyncio.sleep(0.1)
            return completion("late")

    stage = Stage(upstreams=FakeUpstreams({"a": Slow()}))
    async with asyncio.TaskGroup() as group, serve(stage) as running:

        async def call():
            async with running.post(chat()) as response:
                return response.status

        task = group.create_task(call())
        while not stage.upstreams.sent:
            await asyncio.sleep(0.005)
        assert await task == 200
