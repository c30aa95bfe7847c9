from __future__ import annotations

import asyncio

from proxy.runtime import database


def test_statements_are_split_at_their_names(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text("-- a comment\n-- name: one\nSELECT 1\n\n-- name: two\nSELECT\n  2\n")
    assert database.statements(path) == {"one": "SELECT 1", "two": "SELECT\n  2"}


async def test_waiting_for_a_server_that_does_not_come_ends(tmp_path):
    """What is started next says why; waiting itself raises nothing."""
    async with asyncio.timeout(5):
        await database.wait(f"postgresql://nobody@/nothing?host={tmp_path}", database.WRITER, patience_s=0.1)
