from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import asyncpg
import pytest

from proxy.core.decision.bulk import Sighting
from proxy.errors import CounterUnavailableError
from proxy.runtime import database
from proxy.vault.us_persons import UsPersons
from testing import evidence

DAY = 86400


def people(*names) -> frozenset[bytes]:
    return frozenset(hashlib.sha256(str(name).encode()).digest() for name in names)


ONE = Sighting("acme", ("far",), ("personal_health",), (10,), people("ann"))


@pytest.fixture
async def counter(fresh_dsn):
    made = UsPersons(fresh_dsn, evidence.FixedClock())
    await made.start()
    yield made
    await made.close()


async def rows(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        kept = await connection.fetchval("SELECT count(*) FROM vault.us_person")
        told = await connection.fetchval("SELECT sum(persons) FROM vault.us_tally")
    finally:
        await connection.close()
    return kept, told


async def test_each_person_counts_once(counter):
    assert await counter.count(ONE) == {"personal_health": 1}
    assert await counter.count(ONE) == {"personal_health": 1}
    assert await counter.count(replace(ONE, persons=people("ann", "bo", "cy"))) == {"personal_health": 3}


async def test_who_is_only_looked_at_is_not_kept(counter, fresh_dsn):
    assert await counter.count(ONE, keep=False) == {"personal_health": 1}
    assert await rows(fresh_dsn) == (0, None)
    await counter.count(ONE)
    assert await counter.count(replace(ONE, persons=people("bo")), keep=False) == {"personal_health": 2}
    assert await rows(fresh_dsn) == (1, 1)


async def test_tenants_categories_and_recipients_are_apart(counter):
    await counter.count(replace(ONE, persons=people(*range(5))))
    assert await counter.count(replace(ONE, tenant="rival")) == {"personal_health": 1}
    assert await counter.count(replace(ONE, recipients=("other",))) == {"personal_health": 1}
    both = replace(ONE, categories=("biometric", "personal_health"), thresholds=(10, 10))
    assert await counter.count(both) == {"biometric": 1, "personal_health": 6}


async def test_of_several_recipients_the_largest_count_is_told(counter):
    await counter.count(replace(ONE, persons=people(*range(5))))
    assert await counter.count(replace(ONE, recipients=("far", "other"))) == {"personal_health": 6}


async def test_the_crossing_is_told_to_the_request_that_crosses(counter):
    assert await counter.count(replace(ONE, persons=people(*range(10)))) == {"personal_health": 10}
    assert await counter.count(replace(ONE, persons=people("one more"))) == {"personal_health": 11}
    assert await counter.count(replace(ONE, persons=people(3))) == {"personal_health": 11}


async def test_no_more_is_kept_than_one_above_the_threshold(counter, fresh_dsn):
    assert await counter.count(replace(ONE, persons=people(*range(500)))) == {"personal_health": 500}
    assert await rows(fresh_dsn) == (11, 11)
    assert await counter.count(replace(ONE, persons=people(*range(600, 700)))) == {"personal_health": 111}
    assert await rows(fresh_dsn) == (11, 11)


async def test_who_was_not_seen_for_twelve_months_is_forgotten(counter, fresh_dsn):
    await counter.count(replace(ONE, persons=people("ann", "bo")))
    counter.clock.seconds += 200 * DAY
    await counter.count(replace(ONE, persons=people("bo")))
    counter.clock.seconds += 165 * DAY  # twelve months: still counted
    assert await counter.count(replace(ONE, persons=people("cy"))) == {"personal_health": 3}
    counter.clock.seconds += DAY
    assert await counter.count(replace(ONE, persons=people("cy"))) == {"personal_health": 2}
    assert await rows(fresh_dsn) == (2, 2)


async def test_counting_at_once_loses_nobody(counter, fresh_dsn):
    limits = replace(
        ONE, recipients=("far", "other"), categories=("biometric", "personal_health"), thresholds=(10**4, 10**4)
    )
    async with asyncio.TaskGroup() as group:
        for n in range(100):
            group.create_task(counter.count(replace(limits, persons=people(n, n // 2))))
    assert await counter.count(limits) == {"biometric": 101, "personal_health": 101}
    kept, told = await rows(fresh_dsn)
    assert kept == told == 404


async def test_the_vault_role_cannot_read_or_change_the_digests(counter, fresh_dsn):
    await counter.count(ONE)
    connection = await database.connect(fresh_dsn, database.VAULT)
    try:
        for statement in (
            "SELECT * FROM vault.us_person",
            "DELETE FROM vault.us_person",
            "UPDATE vault.us_tally SET persons = 0",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_unreachable_database_is_said():
    counter = UsPersons("postgresql://127.0.0.1:1/x", evidence.FixedClock(), timeout_s=1)
    await counter.start()
    for _ in range(2):
        with pytest.raises(CounterUnavailableError):
            await counter.count(ONE)
    await counter.close()
    with pytest.raises(CounterUnavailableError):
        await counter.count(ONE)
