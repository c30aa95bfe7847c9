from __future__ import annotations

import asyncio

import pytest

from proxy.core.findings import SegmentFindings
from proxy.detection.pool.flights import Flights


class Work:
    """Reads texts when told, and counts."""

    def __init__(self):
        self.go_on, self.begun, self.ended = asyncio.Event(), 0, 0

    async def read(self, *names):
        self.begun += 1
        try:
            await self.go_on.wait()
            return dict.fromkeys(names, SegmentFindings(language="en"))
        finally:
            self.ended += 1


async def ask(flights, work, *names):
    flying = flights.of(names)
    new = [name for name in names if name not in flying]
    if new:
        flying |= dict.fromkeys(new, flights.begin(new, work.read(*new)))
    return await flights.join(flying)


async def test_eight_who_ask_at_once_cost_one():
    flights, work = Flights(), Work()
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(ask(flights, work, b"x")) for _ in range(8)]
        await asyncio.sleep(0)
        work.go_on.set()
    assert (work.begun, {task.result()[b"x"].language for task in asked}) == (1, {"en"})
    assert not flights.of([b"x"])


async def test_texts_of_several_flights_are_waited_for():
    flights, work = Flights(), Work()
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(flights, work, b"x", b"y"))
        await asyncio.sleep(0)
        both = group.create_task(ask(flights, work, b"y", b"z"))
        await asyncio.sleep(0)
        work.go_on.set()
    assert (work.begun, set(both.result())) == (2, {b"y", b"z"})


async def test_who_began_may_leave_and_the_others_get_their_answer():
    flights, work = Flights(), Work()
    loop = asyncio.get_running_loop()
    first, second = (loop.create_task(ask(flights, work, b"x")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    work.go_on.set()
    assert (await second)[b"x"].language == "en"
    assert work.begun == 1


async def test_with_the_last_the_flight_ends():
    flights, work = Flights(), Work()
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(ask(flights, work, b"x")) for _ in range(2)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert not flights.of([b"x"])
    await asyncio.sleep(0)
    assert (work.begun, work.ended) == (1, 1)


async def test_a_fault_reaches_all_who_wait():
    flights = Flights()

    async def failing():
        await asyncio.sleep(0)
        raise RuntimeError

    flight = flights.begin([b"x"], failing())
    with pytest.raises(RuntimeError):
        await flights.join({b"x": flight})
    assert not flights.of([b"x"])


async def test_close_ends_what_flies():
    flights, work = Flights(), Work()
    flights.begin([b"x"], work.read(b"x"))
    await asyncio.sleep(0)
    await flights.close()
    assert (work.ended, flights.of([b"x"])) == (1, {})
