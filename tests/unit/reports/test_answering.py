"""The process that answers, in this one: what comes over the stream is asked, and the work on it ends with its page."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.upkeep.readings import Requester
from proxy.reports import answer, counting, listing, wire
from proxy.reports.answer import QueryContext
from proxy.reports.answering import Answerer
from proxy.reports.counting import Facets
from proxy.reports.parameters import InvalidParameterError
from testing import evidence

ABOUT = QueryContext(Requester("officer"), datetime(2026, 9, 21, tzinfo=UTC), ("acme",))
FACETS = Facets(2, {}, (), complete=True)


class Sent:
    """The messages that were written, each by its number."""

    def __init__(self) -> None:
        self.contents: dict[int, bytes] = {}

    def write(self, message: bytes) -> None:
        self.contents[int.from_bytes(message[:4])] = message[8:]


class Asker:
    """Whoever asks over a stream."""

    def __init__(self) -> None:
        self.stream, self.sent = asyncio.StreamReader(), Sent()
        self.answerer = Answerer(self.stream, self.sent)
        self.say(0, {"dsn": "postgresql://h/d", "key": str(evidence.SIGNING.verifier), "folder": "/nowhere"})

    def say(self, number, content):
        self.stream.feed_data(wire.message(number, content if isinstance(content, bytes) else orjson.dumps(content)))

    def ask(self, number, moment=0, call=counting.facets, arguments=({},)):
        self.say(number, wire.question(call, arguments, ABOUT, moment))


@pytest.fixture
def calls(monkeypatch):
    """Facets of a connection that is none; and what each asking of them was about."""
    abouts: list[QueryContext] = []

    async def facets(connection, filters, about):
        abouts.append(about)
        return FACETS

    @asynccontextmanager
    async def reader(dsn, tenants, readers):
        assert (dsn, tenants) == ("postgresql://h/d", ("acme",))
        yield None

    monkeypatch.setattr(answer, "reader", reader)
    monkeypatch.setattr(wire, "CALLS", {**wire.CALLS, "facets": facets})
    return abouts


async def test_questions_of_one_moment_share_it_until_it_ends(calls):
    asker = Asker()
    running = asyncio.ensure_future(asker.answerer.run())
    for number, moment in ((1, 5), (2, 5), (3, 0), (4, 6)):
        asker.ask(number, moment)
    while len(asker.sent.contents) < 4:
        await asyncio.sleep(0)
    assert calls[0].moment is calls[1].moment is not None
    assert calls[2].moment is None
    assert calls[3].moment not in {None, calls[0].moment}
    assert calls[0].trusted == evidence.SIGNING.verifier
    asker.say(0, {"end": 5})
    asker.ask(5, 5)
    while len(asker.sent.contents) < 5:
        await asyncio.sleep(0)
    assert calls[4].moment is not calls[0].moment
    assert await wire.read(asker.sent.contents[1], ({},), ABOUT) == FACETS
    asker.stream.feed_eof()
    await running


async def test_a_question_that_nobody_waits_for_is_given_up(calls, monkeypatch):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def page(*_):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(wire, "CALLS", {**wire.CALLS, "page": page})
    asker = Asker()
    running = asyncio.ensure_future(asker.answerer.run())
    asker.ask(1, call=listing.page, arguments=({}, 5, ""))
    await begun.wait()
    asker.say(0, {"cancel": 1})
    await ended.wait()
    asker.ask(2)
    while not asker.sent.contents:
        await asyncio.sleep(0)
    assert asker.sent.contents.keys() == {2}
    begun.clear()
    ended.clear()
    asker.ask(3, call=listing.page, arguments=({}, 5, ""))
    await begun.wait()
    asker.stream.feed_eof()
    await running
    await asker.answerer.close()
    assert ended.is_set(), "its asker has gone"


async def test_a_fault_is_the_answer_to_its_question_alone(calls, monkeypatch):
    async def page(*_):
        raise InvalidParameterError("'limit' must be smaller")

    monkeypatch.setattr(wire, "CALLS", {**wire.CALLS, "page": page})
    asker = Asker()
    running = asyncio.ensure_future(asker.answerer.run())
    asker.ask(1, call=listing.page, arguments=({}, 5, ""))
    asker.ask(2)
    while len(asker.sent.contents) < 2:
        await asyncio.sleep(0)
    with pytest.raises(InvalidParameterError, match="must be smaller"):
        await wire.read(asker.sent.contents[1], ({},), ABOUT)
    assert await wire.read(asker.sent.contents[2], ({},), ABOUT) == FACETS
    asker.stream.feed_eof()
    await running
