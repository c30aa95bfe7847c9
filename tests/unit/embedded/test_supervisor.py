from __future__ import annotations

import asyncio

import pytest

from proxy.embedded.parts import PartError
from proxy.embedded.supervisor import PartEvent, Patience, Supervisor, in_order
from proxy.errors import ConfigurationError

pytestmark = pytest.mark.heavy


QUICK = Patience(check_every_s=0.02, failures=2, first_delay_s=0.01, longest_delay_s=0.05)


class FakePart:
    """A part without a process; ``journal`` keeps the order of what all fakes do."""

    group = None

    def __init__(self, name, journal, needs=(), refuse=()):
        self.name, self.journal, self.needs = name, journal, needs
        self.refuse = list(refuse)  # one truth value per start
        self.died, self.well = asyncio.Event(), True

    async def prepare(self):
        self.journal.append(f"prepare {self.name}")

    async def start(self, started):
        self.died = asyncio.Event()
        self.well = True
        self.journal.append(f"start {self.name}")
        if self.refuse and self.refuse.pop(0):
            raise PartError(f"{self.name} refused")

    async def ended(self):
        await self.died.wait()

    async def healthy(self):
        return self.well

    async def stop(self):
        self.journal.append(f"stop {self.name}")


async def run(parts, during, events=None):
    stopping = asyncio.Event()

    async def ready():
        await during()
        stopping.set()

    told = (events if events is not None else []).append
    await asyncio.wait_for(Supervisor(parts, told, QUICK).run(stopping, ready), 10)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def test_in_order_puts_needs_first():
    journal = []
    parts = [
        FakePart("proxy", journal, ("db", "engine")),
        FakePart("engine", journal, ("db",)),
        FakePart("db", journal),
    ]
    assert [part.name for part in in_order(parts)] == ["db", "engine", "proxy"]


@pytest.mark.parametrize("needs", [("b",), ("absent",), ("a",)])
def test_in_order_refuses_circles_and_unknown_needs(needs):
    journal = []
    parts = [FakePart("a", journal, needs), FakePart("b", journal, ("a",))]
    with pytest.raises(ValueError, match="need"):
        in_order(parts)


async def test_starts_by_need_and_stops_in_reverse():
    journal = []

    async def nothing():
        journal.append("ready")

    await run([FakePart("proxy", journal, ("db",)), FakePart("db", journal)], nothing)
    assert journal == ["prepare db", "start db", "prepare proxy", "start proxy", "ready", "stop proxy", "stop db"]


async def test_dead_part_is_restarted_and_prepared_only_once():
    journal, events = [], []
    db = FakePart("db", journal)

    async def kill():
        db.died.set()
        await until(lambda: journal.count("start db") == 2)

    await run([db], kill, events)
    assert journal.count("prepare db") == 1
    assert PartEvent("db", "ended") in events


async def test_restart_waits_for_needs():
    journal = []
    db = FakePart("db", journal, refuse=[False, True, True, False])
    proxy = FakePart("proxy", journal, ("db",))

    async def kill_both():
        journal.clear()
        db.died.set()
        proxy.died.set()
        await until(lambda: "start proxy" in journal)

    await run([db, proxy], kill_both)
    assert [step for step in journal if step.startswith("start")] == ["start db"] * 3 + ["start proxy"]


async def test_unresponsive_part_is_restarted():
    journal, events = [], []
    db = FakePart("db", journal)

    async def fall_silent():
        db.well = False
        await until(lambda: journal.count("start db") == 2)

    await run([db], fall_silent, events)
    assert PartEvent("db", "unresponsive") in events


async def test_restart_goes_on_until_it_works():
    journal, events = [], []
    db = FakePart("db", journal, refuse=[False, True, True, False])

    async def kill():
        db.died.set()
        await until(lambda: journal.count("start db") == 4)

    await run([db], kill, events)
    assert [event.detail for event in events if event.state == "failed"] == ["db refused"] * 2


async def test_a_wrong_setting_found_while_preparing_ends_everything_with_its_one_sentence():
    class Wrong(FakePart):
        async def prepare(self):
            raise ConfigurationError("the master key is not this installation's")

    journal = []
    with pytest.raises(ConfigurationError, match="not this installation's"):
        await run([FakePart("db", journal), Wrong("proxy", journal, ("db",))], lambda: None)
    assert journal[-1] == "stop db"


async def test_failed_first_start_ends_everything_and_says_which():
    journal = []
    parts = [FakePart("db", journal), FakePart("proxy", journal, ("db",), refuse=[True])]

    async def never():
        raise AssertionError("must not be ready")

    with pytest.raises(PartError, match="proxy refused"):
        await run(parts, never)
    assert journal[-2:] == ["stop proxy", "stop db"]
