from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.records.record import instant
from proxy.audit.sealing import notes, tree
from proxy.audit.sealing.seal import BatchSealer, batch
from proxy.audit.sealing.tree import Growing, leaf
from proxy.audit.sealing.tree_proof import check_growth, consistency_ranges, inclusion_ranges, root_with
from proxy.audit.upkeep import log_tree
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.log_tree import LogGapError
from proxy.audit.writing.session import STATEMENTS
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


@pytest.fixture
async def long(fresh_dsn):
    """A log of 1,100 seals with a note after every 37; returns its leaf hashes."""
    sealer, grown, leaves = BatchSealer(evidence.SIGNING), Growing(), []
    owner = await asyncpg.connect(fresh_dsn)
    columns = ["writer", "first_seq", "last_seq", "first_at", "last_at", "head", "root", "signature"]
    seals = [sealer.seal(batch("w", number, [number], [leaf(b"%d" % number)])) for number in range(1, 1101)]
    rows = [
        (one.batch.writer, *one.batch[1:3], *map(instant, one.batch[3:5]), *one.batch[5:], one.signature)
        for one in seals
    ]
    await owner.copy_records_to_table("seal", schema_name="audit", records=rows, columns=columns)
    await owner.execute(STATEMENTS["add_leaves"], 0, ["w"] * 1100, list(range(1, 1101)), 1100)
    for one in seals:
        leaves.append(one.leaf(evidence.SIGNING.origin))
        grown.append(leaves[-1])
        if grown.size % 37 == 0:
            await owner.execute(STATEMENTS["add_note"], grown.size, grown.packed, "note")
    await owner.close()
    return leaves


async def test_roots_from_notes_are_those_of_the_leaves_and_few_leaves_are_read(fresh_dsn, long, monkeypatch):
    reads = []
    read = log_tree._read
    monkeypatch.setattr(log_tree, "_FEW", 8)
    monkeypatch.setattr(
        log_tree,
        "_read",
        lambda connection, start, end, origin: reads.append(end - start) or read(connection, start, end, origin),
    )
    for size in (1099, 1024, 777):
        for index in (0, 500, size - 1):
            ranges = inclusion_ranges(index, size)
            found = await roots(fresh_dsn, ranges)
            assert found == tuple(tree.root(long[start:end]) for start, end in ranges)
            assert root_with(long[index], index, size, found) == tree.root(long[:size])
        ranges = consistency_ranges(size - 300, size)
        assert await roots(fresh_dsn, ranges) == tuple(tree.root(long[start:end]) for start, end in ranges)
    assert sum(reads) < 12 * 1100 / 2


@pytest.mark.parametrize("table", ["seal", "leaf"])
async def test_a_gap_is_no_root(fresh_dsn, noted, table):
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(f"SET session_replication_role = replica; DELETE FROM audit.{table} WHERE last_seq = 2")
    await owner.close()
    with pytest.raises(LogGapError):
        await roots(fresh_dsn, [(0, noted[-1].size)])
