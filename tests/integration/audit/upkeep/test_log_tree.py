from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.sealing import notes, seal, tree
from proxy.audit.sealing.tree_proof import check_growth, consistency_ranges, inclusion_ranges, root_with
from proxy.audit.upkeep import log_tree
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.verification.verify import verify
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
            return await LogTree(connection, evidence.SIGNING.origin).roots(ranges)
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
    """A log of 66,000 seals, which fill 257 tiles and one of the next level; returns its leaf hashes."""
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(
        """
        INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
        SELECT 'w', n, n, now(), now(), sha256(int8send(n)), sha256(int8send(-n)), sha256(int8send(n)) || sha256(int8send(n))
        FROM generate_series(1, 66000) n;
        INSERT INTO audit.leaf (leaf, writer, last_seq, noted) SELECT n - 1, 'w', n, 66000 FROM generate_series(1, 66000) n
        """
    )
    rows = await owner.fetch(STATEMENTS["listed_seals"], 0, 66_000)
    await owner.close()
    return [seal.read(row).leaf(evidence.SIGNING.origin) for row in rows]


async def stored(dsn, size, times):
    connection = await database.connect(dsn, database.WRITER)
    try:
        for _ in range(times):
            async with connection.transaction():
                await log_tree.store_tiles(connection, size, evidence.SIGNING.origin)
    finally:
        await connection.close()


async def proven(dsn, long, size, index):
    """Both proofs are what the leaves say; returns how many seals and roots were read for them."""
    connection = await database.connect(dsn, database.READER)
    reads = []
    try:
        connection.add_query_logger(lambda query: reads.append(query.args[-1] - query.args[-2] if query.args else 0))
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for ranges in (inclusion_ranges(index, size), consistency_ranges(index + 1, size)):
                found = await LogTree(connection, evidence.SIGNING.origin).roots(ranges)
                assert found == tuple(tree.root(long[start:end]) for start, end in ranges)
                if ranges == inclusion_ranges(index, size):
                    assert root_with(long[index], index, size, found) == tree.root(long[:size])
    finally:
        await connection.close()
    return sum(reads)


async def test_proofs_of_a_long_log_read_a_few_tiles_of_it(fresh_dsn, long):
    await stored(fresh_dsn, 66_000, 5)  # a bounded number at a time
    for size in (66_000, 65_536, 777):
        for index in (500, size - 1):
            assert await proven(fresh_dsn, long, size, index) <= 2 * 4 * 256


async def test_a_log_without_stored_tiles_proves_the_same(fresh_dsn, long):
    await proven(fresh_dsn, long, 66_000, 12_345)
    await stored(fresh_dsn, 66_000, 1)
    await proven(fresh_dsn, long, 66_000, 12_345)


async def test_the_checkpointer_stores_each_tile_once_it_is_full(fresh_dsn, log):
    for number in range(300):
        await log.event_durable("e", {"n": number})
        if number in {200, 299}:
            await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    connection = await database.connect(fresh_dsn, database.READER)
    try:
        [(level, number, root)] = await connection.fetch(STATEMENTS["every_tile"])
        assert (level, number) == (0, 0)
        assert [root] == list(await roots(fresh_dsn, [(0, 256)]))
        assert (await verify(connection, evidence.SIGNING.verifier)).damages == []
    finally:
        await connection.close()
    superuser = await asyncpg.connect(fresh_dsn)
    await superuser.execute("SET session_replication_role = replica; UPDATE audit.tile SET root = sha256(root)")
    report = await verify(superuser, evidence.SIGNING.verifier)
    await superuser.close()
    assert [(one.what, one.detail) for one in report.damages] == [
        ("checkpoint", "the stored root of tile 0/0 of the log is not that of its seals")
    ]


@pytest.mark.parametrize("table", ["seal", "leaf"])
async def test_a_gap_is_no_root(fresh_dsn, noted, table):
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(f"SET session_replication_role = replica; DELETE FROM audit.{table} WHERE last_seq = 2")
    await owner.close()
    with pytest.raises(LogGapError):
        await roots(fresh_dsn, [(0, noted[-1].size)])
