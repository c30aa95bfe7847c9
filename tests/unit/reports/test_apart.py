"""The serving side, beside a process that is a task of this one."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.upkeep.readings import Requester
from proxy.errors import AuditUnavailableError
from proxy.reports import counting, wire
from proxy.reports.answer import QueryContext
from proxy.reports.apart import AnsweringProcess, AnswersApart
from proxy.reports.counting import Facets
from proxy.runtime import child_process
from testing import evidence

ABOUT = QueryContext(Requester("officer"), datetime(2026, 9, 21, tzinfo=UTC), None, evidence.SIGNING)
FACETS = Facets(2, {}, (), complete=True)


class Played:
    """Stands for a started process: what it was sent, and what it sends."""

    def __init__(self, theirs: socket.socket) -> None:
        self.killed, self._theirs, self._ended = False, theirs, asyncio.Event()

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(sock=self._theirs)

    async def next(self):
        number, content = await wire.received(self.reader)
        return number, orjson.loads(content)

    def answer(self, number: int) -> None:
        self.writer.write(wire.message(number, wire.answered(FACETS)))

    def end(self) -> None:
        self.writer.close()
        self._ended.set()

    def kill(self) -> None:
        self.killed = True
        self.end()

    async def wait(self) -> None:
        await self._ended.wait()


@pytest.fixture
def played(monkeypatch):
    """The processes that were started."""
    started: list[Played] = []

    async def companion(module, environment):
        ours, theirs = socket.socketpair()
        process = Played(theirs)
        await process.open()
        streams = await asyncio.open_connection(sock=ours)
        started.append(process)
        return process, *streams

    monkeypatch.setattr(child_process, "companion", companion)
    return started


@pytest.fixture
async def answers():
    process = AnsweringProcess("postgresql://h/d", evidence.SIGNING.verifier)
    yield AnswersApart(process)
    await process.close()


def asking(answers):
    return asyncio.ensure_future(answers.answered(counting.facets, ({},), ABOUT))


async def begun(played, number=0):
    while len(played) <= number:
        await asyncio.sleep(0)
    beginning = await played[number].next()
    assert beginning[1].keys() == {"dsn", "key", "folder"}
    return played[number]


async def test_nothing_is_started_before_the_first_question_and_one_for_all(played, answers):
    async with answers.at_one_moment():
        pass
    assert not played
    first, second = asking(answers), asking(answers)
    process = await begun(played)
    numbers = [(await process.next())[0] for _ in range(2)]
    for number in reversed(numbers):
        process.answer(number)
    assert [await first, await second] == [FACETS, FACETS]
    assert len(played) == 1


async def test_the_process_learns_of_a_moment_and_of_its_end(played, answers):
    async with answers.at_one_moment() as still:
        for _ in range(2):
            asked = asking(still)
            process = played[0] if played else await begun(played)
            number, content = await process.next()
            assert content["moment"] == 1
            process.answer(number)
            await asked
    assert await process.next() == (0, {"end": 1})
    alone = asking(answers)
    number, content = await process.next()
    assert content["moment"] == 0
    process.answer(number)
    await alone


async def test_a_page_that_is_given_up_ends_the_work_on_it(played, answers):
    asked = asking(answers)
    process = await begun(played)
    number, _ = await process.next()
    asked.cancel()
    assert await process.next() == (0, {"cancel": number})
    process.answer(number)  # too late for anybody
    again = asking(answers)
    process.answer((await process.next())[0])
    assert await again == FACETS


async def test_where_it_ends_its_questions_fail_and_the_next_starts_another(played, answers):
    async with answers.at_one_moment() as still:
        asked = asking(still)
        process = await begun(played)
        await process.next()
        process.end()
        with pytest.raises(AuditUnavailableError, match="ended early"):
            await asked
        with pytest.raises(AuditUnavailableError, match="ended early"):
            await asking(still)  # a page is of one moment
    assert len(played) == 1
    asked = asking(answers)
    process = await begun(played, 1)
    process.answer((await process.next())[0])
    assert await asked == FACETS


async def test_it_ends_by_itself_once_it_is_closed(played, answers):
    asked = asking(answers)
    process = await begun(played)
    process.answer((await process.next())[0])
    await asked
    closing = asyncio.ensure_future(answers.process.close())
    with pytest.raises(EOFError):
        await process.next()
    assert not process.killed
    process.end()
    await closing


async def test_one_that_cannot_be_started_is_a_fault_of_the_evidence(monkeypatch, answers):
    async def companion(*_):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(child_process, "companion", companion)
    with pytest.raises(AuditUnavailableError, match="cannot be started"):
        await asking(answers)
