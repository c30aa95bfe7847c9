"""The process that answers officers beside one that serves: ``python -m proxy.reports.answering``; ``apart`` starts it.

It reads and verifies the log as anybody does who asks, with the rights of whoever asks, over connections of its own. It
has no key that signs, and ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

import orjson

from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import parts
from proxy.reports import answer, wire
from proxy.reports.answer import SharedMoment
from proxy.runtime.child_process import give_way
from proxy.runtime.idle import IdleReaders

_END_S = 1.0  # for the database to hear that nobody waits for it


class Answerer:
    """Answers what comes over a stream until that ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._moments: dict[int, SharedMoment] = {}
        self._working: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Answer, until nobody asks any more."""
        with contextlib.suppress(EOFError, OSError):
            beginning = orjson.loads((await wire.received(self._reader))[1])
            with contextlib.suppress(OSError):
                os.chdir(beginning["folder"])  # files that a connection string names may be relative
            readers, verifier = IdleReaders(beginning["dsn"]), VerifierKey.parse(beginning["key"])
            while True:
                number, content = await wire.received(self._reader)
                asked = orjson.loads(content)
                if number:
                    self._begin(number, self._answer(number, asked, readers, verifier))
                elif "end" in asked:
                    await self._forget(asked["end"])
                elif (working := self._working.get(asked["cancel"])) is not None:
                    working.cancel()

    async def close(self) -> None:
        """End the work on what has no answer yet."""
        for working in self._working.values():
            working.cancel()
        if self._working:
            await asyncio.wait(self._working.values(), timeout=_END_S)
        for moment in self._moments.values():
            await moment.close()

    def _begin(self, number: int, work: Coroutine[Any, Any, None]) -> None:
        self._working[number] = task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda _: self._working.pop(number))

    async def _forget(self, moment: int) -> None:
        if (seen := self._moments.pop(moment, None)) is not None:
            await seen.close()

    async def _answer(self, number: int, asked: Mapping[str, Any], readers: IdleReaders, verifier: VerifierKey) -> None:
        try:
            content = wire.answered(await self._result(asked, readers, verifier))
        except Exception as error:  # noqa: BLE001 - whoever asked is told, and the next question is another
            content = wire.failed(error)
        self._writer.write(wire.message(number, content))

    async def _result(self, asked: Mapping[str, Any], readers: IdleReaders, verifier: VerifierKey) -> Any:
        shared = self._moments.setdefault(asked["moment"], SharedMoment()) if asked["moment"] else None
        about = replace(wire.context(asked, verifier), moment=shared)
        async with answer.reader(readers.dsn, about.tenants, readers) as connection:
            return await wire.CALLS[asked["call"]](connection, *wire.arguments(asked), about)


async def _serve() -> None:
    try:
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=0))
        answerer = Answerer(reader, writer)
        await answerer.run()
        await answerer.close()
    finally:
        parts.files().close()
        os._exit(0)  # threads that still count keep it no longer


def _main() -> None:
    give_way()
    for number in (signal.SIGINT, signal.SIGTERM):  # all processes of a service get those: this one ends with its own
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(_serve())


if __name__ == "__main__":
    _main()
