from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors import NewNote, opened, postgres

KEY = AuditSigningKey.generate()


def note(size: int, root: bytes = b"r" * 32) -> NewNote:
    signed = notes.sign(notes.Note(size, root), KEY)
    return NewNote(size, signed, notes.anchor_line(signed), lambda _: None)


@pytest.fixture
async def other(fresh_dsn):
    """Another database, prepared as the documentation says, and what somebody who may only add there is called."""
    login = f"anchor_{urlsplit(fresh_dsn).path.strip('/')}"
    owner = await asyncpg.connect(fresh_dsn)
    wanted = [line.strip() for line in postgres.__doc__.splitlines() if line.strip().startswith(("CREATE", "GRANT"))]
    await owner.execute(f"CREATE ROLE {login}")
    for statement in wanted:
        await owner.execute(statement.replace("<login>", login))
    yield owner, login, fresh_dsn
    await owner.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")
    await owner.close()


async def test_notes_are_kept_in_order_and_once(tmp_path, other):
    _, _, dsn = other
    (anchor,) = opened(f"postgres:{dsn.partition(':')[2]}", tmp_path)
    assert await anchor.newest(KEY.origin) == ""
    for size in (3, 5, 5, 4):
        await anchor.put(note(size))
    assert [notes.anchored(line, KEY.verifier).size for line in await anchor.every(KEY.origin)] == [3, 5]
    assert notes.anchored(await anchor.newest(KEY.origin), KEY.verifier).size == 5


async def test_the_login_there_can_neither_change_nor_remove(other):
    owner, login, _ = other
    await owner.execute(f"INSERT INTO anchor (line, size) VALUES ('a', 1); SET ROLE {login}")
    for statement in ("UPDATE anchor SET size = 0", "DELETE FROM anchor", "TRUNCATE anchor"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)
    await owner.execute("INSERT INTO anchor (line, size) VALUES ('b', 2); RESET ROLE")


async def test_a_database_that_is_away_is_a_fault_and_its_password_is_not_told():
    anchor = postgres.opened("//who:hidden@127.0.0.1:1/notes")
    with pytest.raises(OSError):
        await anchor.put(note(1))
    assert anchor.where == "postgres 127.0.0.1/notes"
    assert "hidden" not in repr(anchor)
