from __future__ import annotations

import asyncpg
import pytest

from proxy.reports.siem.positions import PassingPositions, StoredPositions
from proxy.runtime import database


async def test_a_place_is_stored_and_only_moves_forward(reader):
    places = StoredPositions(reader, "a")
    assert await places.load() is None
    await places.begin({"w": 3})
    await places.advance({"w": 7, "x": 1})
    await places.advance({"w": 5})
    assert await places.load() == {"w": 7, "x": 1}
    assert await StoredPositions(reader, "b").load() is None


async def test_a_stream_that_began_at_an_empty_log_has_begun(reader):
    await StoredPositions(reader, "a").begin({})
    assert await StoredPositions(reader, "a").load() == {}


async def test_one_process_has_a_stream_until_its_connection_ends(reader, fresh_dsn):
    other = await database.connect(fresh_dsn, database.READER)
    assert await StoredPositions(other, "a").take()
    assert not await StoredPositions(reader, "a").take()
    assert await StoredPositions(reader, "b").take()
    await other.close()
    assert await StoredPositions(reader, "a").take()


async def test_no_reader_writes_in_the_name_of_another_login_or_takes_a_place_back(reader):
    await StoredPositions(reader, "a").begin({"w": 3})
    for statement in (
        "INSERT INTO audit.stream (login, name) VALUES ('other', 'a')",
        "INSERT INTO audit.stream_position (login, name, writer, seq) VALUES ('other', 'a', 'w', 1)",
        "UPDATE audit.stream_position SET login = 'other'",
        "DELETE FROM audit.stream_position",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute(statement)


async def test_what_passes_remembers_nothing():
    places = PassingPositions()
    await places.begin({"w": 1})
    await places.advance({"w": 2})
    assert await places.load() is None
