"""Has another process answer officers, of low priority, so that requests to this one do not wait for them.

It is started with the first question and answers from then on; where it has ended, its questions fail, and the next one
starts another. It holds no key that signs: what it answers is signed here.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from proxy.audit.sealing.keys import VerifierKey
from proxy.errors import AuditUnavailableError
from proxy.reports import wire
from proxy.reports.answer import QueryContext
from proxy.runtime import child_process

_Answer = TypeVar("_Answer")
MODULE = "proxy.reports.answering"
_ENDED = "the process that reads the evidence ended early; try again"
_END_S = 5.0


class _Companion:
    """One such process, from its start to its end."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.has_ended = False
        self._process, self._reader, self._writer = process, reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def ask(self, content: bytes) -> bytes:
        """Return the answer to a question; cancellation ends the work on it.

        Raises:
            AuditUnavailableError: the process has ended.

        """
        if self.has_ended:
            raise AuditUnavailableError(_ENDED)
        number = next(self._numbers)
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self.say(content, number)
        try:
            return await waiting
        finally:
            del self._waiting[number]
            if waiting.cancelled():
                self.say({"cancel": number})

    def say(self, content: bytes | dict[str, Any], number: int = 0) -> None:
        """Send a message, unless the process has ended."""
        if not self.has_ended:
            self._writer.write(wire.message(number, content if isinstance(content, bytes) else orjson.dumps(content)))

    async def close(self) -> None:
        """Have the process end by itself, which deletes its files; after a while it is killed."""
        with contextlib.suppress(OSError):
            self._writer.write_eof()
        await asyncio.wait({self._reading}, timeout=_END_S)
        await self._end()
        await self._reading

    async def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, content = await wire.received(self._reader)
                if number in self._waiting and not self._waiting[number].done():
                    self._waiting[number].set_result(content)
        self.has_ended = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(AuditUnavailableError(_ENDED))
        await self._end()

    async def _end(self) -> None:
        self._writer.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class AnsweringProcess:
    """The process that answers: the one that runs, or the next."""

    def __init__(self, dsn: str, verifier: VerifierKey) -> None:
        self._beginning = {"dsn": dsn, "key": str(verifier), "folder": str(Path.cwd())}
        self._companion: _Companion | None = None
        self._starting = asyncio.Lock()
        self._moments = itertools.count(1)

    async def running(self) -> _Companion:
        """Return the process that runs, started if none does.

        Raises:
            AuditUnavailableError: it cannot be started.

        """
        async with self._starting:
            if self._companion is None or self._companion.has_ended:
                try:
                    started = await child_process.companion(MODULE, child_process.for_database())
                except OSError as error:
                    raise AuditUnavailableError("the process that reads the evidence cannot be started") from error
                self._companion = _Companion(*started)
                self._companion.say(orjson.dumps(self._beginning))
            return self._companion

    def moment(self) -> int:
        """Return the number of a new moment."""
        return next(self._moments)

    async def close(self) -> None:
        """End it."""
        async with self._starting:
            if self._companion is not None:
                await self._companion.close()
                self._companion = None


@dataclass(slots=True)
class _Moment:
    """One moment of the evidence, and the process that sees it once something was asked."""

    number: int
    companion: _Companion | None = None


@dataclass(frozen=True, slots=True)
class AnswersApart:
    """Answers of such a process, each by itself or all of one moment."""

    process: AnsweringProcess
    _moment: _Moment | None = field(default=None, repr=False)

    @asynccontextmanager
    async def at_one_moment(self) -> AsyncIterator[AnswersApart]:
        """Yield what answers several questions of one requester, of which the log is read once."""
        moment = _Moment(self.process.moment())
        try:
            yield AnswersApart(self.process, moment)
        finally:
            if moment.companion is not None:
                moment.companion.say({"end": moment.number})

    async def answered(
        self, call: Callable[..., Awaitable[_Answer]], arguments: Sequence[Any], about: QueryContext
    ) -> _Answer:
        """Return what one of ``wire.CALLS`` answers.

        Raises:
            AuditUnavailableError: the process cannot be started, or has ended.
            ProxyError: as the call says.

        """
        number = self._moment.number if self._moment is not None else 0
        content = wire.question(call, arguments, about, number)
        companion = await self._companion()
        answer: _Answer = await wire.read(await companion.ask(content), arguments, about)
        return answer

    async def _companion(self) -> _Companion:
        if self._moment is None:
            return await self.process.running()
        if self._moment.companion is None:
            self._moment.companion = await self.process.running()
        return self._moment.companion
