from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter

import pytest
from aiohttp import web

from proxy.errors import ConfigurationError
from proxy.web import server

ASKED = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"


def test_a_bound_socket_takes_nobody_before_it_listens():
    """A caller is refused at once, not left waiting on a process that loads its models."""
    with server.bound("127.0.0.1", 0, reuse=False) as bound, socket.socket() as caller:
        with pytest.raises(ConnectionRefusedError):
            caller.connect(bound.getsockname())
        bound.listen(1)
        caller.connect(bound.getsockname())


@pytest.mark.parametrize("reuse", [True, False])
def test_a_port_that_is_taken_is_one_sentence(reuse):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is taken"):
            server.bound("127.0.0.1", port, reuse)


def test_an_address_of_another_machine_is_one_sentence():
    with pytest.raises(ConfigurationError, match="cannot listen on port 0 of 192"):
        server.bound("192.0.2.1", 0, reuse=False)


def test_a_port_kept_for_workers_is_theirs_alone_and_gets_no_caller():
    with server.reserved("127.0.0.1", 0) as kept, socket.socket() as caller:
        place = kept.getsockname()
        with pytest.raises(ConnectionRefusedError):
            caller.connect(place)
        with server.bound(*place, reuse=True) as worker, socket.socket() as served:
            worker.listen(1)
            served.connect(place)
            with pytest.raises(ConfigurationError, match="is taken"):
                server.reserved(*place)


async def serving(host, port):
    """Return a runner that serves the shared port, and its socket."""

    async def answer(_):
        return web.Response(text="here")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    bound = server.bound(host, port, reuse=True)
    await server.listen(runner, bound)
    return runner, bound


async def ended(runner, bound):
    await server.stop_listening(runner, bound)
    await runner.cleanup()


async def test_callers_of_a_shared_port_notice_no_worker_that_leaves():
    workers = [await serving("127.0.0.1", 0)]
    host, port = workers[0][1].getsockname()
    workers.append(await serving(host, port))
    answers, over = Counter(), False

    async def ask():
        while not over:
            try:
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(ASKED)
                answers[(await reader.read())[:12]] += 1
                writer.close()
            except OSError as error:
                answers[type(error).__name__] += 1

    async with asyncio.TaskGroup() as callers:
        for _ in range(32):
            callers.create_task(ask())
        await asyncio.sleep(0.2)
        for _ in range(5):
            await ended(*workers.pop(0))
            workers.append(await serving(host, port))
        over = True
    assert set(answers) == {b"HTTP/1.1 200"}, answers
    for worker in workers:
        await ended(*worker)


class Queue:
    """Stands in for a listening socket: what ``accept`` returns or raises, in order."""

    def __init__(self, *results):
        self.results = list(results)

    def listen(self, _):
        pass

    def accept(self):
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, OSError):
            raise result
        return result, ("127.0.0.1", 1)


@pytest.mark.parametrize("last", [BlockingIOError(), OSError(errno.EMFILE, "too many open files")])
async def test_a_caller_that_has_gone_leaves_those_behind_it_in_the_queue(last):
    runner, bound = await serving("127.0.0.1", 0)
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(ASKED)
        await server.stop_listening(runner, Queue(ConnectionAbortedError(), ours, last))
        theirs.settimeout(3)
        assert (await asyncio.to_thread(theirs.recv, 12)) == b"HTTP/1.1 200"
    await runner.cleanup()
    bound.close()
