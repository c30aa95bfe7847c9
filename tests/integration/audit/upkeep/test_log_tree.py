from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.tree_proof import check_growth, consistency_ranges
from proxy.audit.upkeep import log_tree
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.log_tree import LogGapError
from proxy.runtime import database
from testing import evidence


@pytest.fixture
async def noted(fresh_dsn, log):
    """A log of several notes."""
    found = []
    for number in range(5):
        await log.event_durable("e", {"n": number})
        found.append(await Checkpointer(fresh_dsn, evidence.SIGNING).once())
    return found


async def roots(dsn, ranges):
    connection = await database.connect(dsn, database.READER)
    try:
        async with connection.transaction():
            return await log_tree.roots(connection, ranges, evidence.SIGNING.origin)
    finally:
        await connection.close()


async def test_the_whole_log_has_the_root_that_was_signed(fresh_dsn, noted):
    assert await roots(fresh_dsn, [(0, note.size) for note in noted]) == tuple(note.root for note in noted)


async def test_every_note_is_proven_to_continue_every_earlier_one(fresh_dsn, noted):
    for old in noted:
        for new in noted:
            if old.size < new.size:
                check_growth(old, new, await roots(fresh_dsn, consistency_ranges(old.size, new.size)))
    assert all(isinstance(note, notes.Note) for note in noted)


@pytest.mark.parametrize("table", ["seal", "leaf"])
async def test_a_gap_is_no_root(fresh_dsn, noted, table):
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(f"SET session_replication_role = replica; DELETE FROM audit.{table} WHERE last_seq = 2")
    await owner.close()
    with pytest.raises(LogGapError):
        await roots(fresh_dsn, [(0, noted[-1].size)])
