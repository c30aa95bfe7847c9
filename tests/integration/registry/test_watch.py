"""A revision that comes into force reaches everybody who watches, also those that lost their connection meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from proxy.errors import RegistryUnavailableError
from proxy.registry.watch import ActivationWatch
from proxy.runtime.background import Background
from tests.integration.registry.sample import document


class Follower:
    """What a process does with the revisions it is told of."""

    def __init__(self):
        self.taken = []
        self.unavailable = 0

    async def take(self, revision):
        if self.unavailable:
            self.unavailable -= 1
            raise RegistryUnavailableError
        self.taken.append(revision)

    async def until(self, revision, seconds=5):
        async with asyncio.timeout(seconds):
            while self.taken[-1:] != [revision]:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(dsn, known, *followers, poll_s=60):
    background = Background()
    for number, follower in enumerate(followers):
        background.start(f"watch {number}", ActivationWatch(dsn, known, poll_s).run(follower.take))
    try:
        yield
    finally:
        await background.stop()


async def listening(superuser, count):
    async with asyncio.timeout(5):
        while (
            await superuser.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT seq, revision FROM registry.activation%'"
            )
            < count
        ):
            await asyncio.sleep(0.02)


async def test_every_follower_is_told_of_each_revision(fresh_dsn, store, superuser):
    one = await store.put(document(), by="ann", base=None)
    followers = [Follower(), Follower()]
    async with watching(fresh_dsn, one.revision, *followers):
        await listening(superuser, 2)
        two = await store.put(document(ext={"n": 1}), by="ann", base=one.revision)
        for follower in followers:
            await follower.until(two.revision, 2)
        await store.activate(one.revision, by="ann", base=two.revision, may_be_author="ann".__eq__)
        for follower in followers:
            await follower.until(one.revision, 2)
    assert [follower.taken for follower in followers] == [[two.revision, one.revision]] * 2


async def test_what_came_into_force_before_it_listened_is_noticed(fresh_dsn, store):
    one = await store.put(document(), by="ann", base=None)
    follower = Follower()
    async with watching(fresh_dsn, "what was read at the start", follower):
        await follower.until(one.revision)


async def test_a_draft_and_the_known_revision_wake_nobody(fresh_dsn, store, superuser):
    one = await store.put(document(), by="ann", base=None)
    follower = Follower()
    async with watching(fresh_dsn, one.revision, follower, poll_s=0.05):
        await listening(superuser, 1)
        await store.put(document(ext={"n": 1}), by="ann", base=one.revision, activate=False)
        await asyncio.sleep(0.3)
    assert follower.taken == []


async def test_a_lost_connection_is_made_again_and_what_was_missed_noticed(fresh_dsn, store, superuser):
    one = await store.put(document(), by="ann", base=None)
    follower = Follower()
    async with watching(fresh_dsn, one.revision, follower):
        await listening(superuser, 1)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE 'SELECT seq, revision FROM registry.activation%'"
        )
        two = await store.put(document(ext={"n": 1}), by="ann", base=one.revision)
        await follower.until(two.revision)


async def test_what_could_not_be_read_is_tried_again(fresh_dsn, store):
    one = await store.put(document(), by="ann", base=None)
    follower = Follower()
    follower.unavailable = 1
    async with watching(fresh_dsn, "", follower):
        await follower.until(one.revision)
    assert follower.taken == [one.revision]


async def test_what_fails_unforeseen_is_tried_again_at_the_next_look(fresh_dsn, store):
    one = await store.put(document(), by="ann", base=None)
    taken = []

    async def take(revision):
        taken.append(revision)
        if len(taken) == 1:
            raise KeyError("kind")

    background = Background()
    background.start("watch", ActivationWatch(fresh_dsn, "", 0.1).run(take))
    async with asyncio.timeout(5):
        while len(taken) < 2:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    await background.stop()
    assert taken == [one.revision] * 2


async def test_a_notification_that_never_came_is_made_up_for(fresh_dsn, store, superuser):
    one = await store.put(document(), by="ann", base=None)
    follower = Follower()
    await superuser.execute("ALTER TABLE registry.activation DISABLE TRIGGER activation_inserted")
    async with watching(fresh_dsn, one.revision, follower, poll_s=0.1):
        two = await store.put(document(ext={"n": 1}), by="ann", base=one.revision)
        await follower.until(two.revision)


async def test_without_a_database_it_keeps_trying():
    follower = Follower()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await ActivationWatch("postgresql://u@127.0.0.1:1/x", "").run(follower.take)
    assert follower.taken == []
