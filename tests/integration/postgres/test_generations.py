from __future__ import annotations

import asyncpg
import pytest

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError, ConfigurationError
from proxy.keys import generations
from proxy.runtime import database

OLD, NEW, OTHER = (Keyring(letter * 32) for letter in (b"o", b"n", b"x"))
BOTH = Keyring(NEW.master, read_only=(OLD,))


async def test_the_first_start_notes_its_key_and_others_are_refused(fresh_dsn):
    await generations.check(fresh_dsn, OLD)
    await generations.check(fresh_dsn, OLD)
    with pytest.raises(ConfigurationError, match="not this installation's"):
        await generations.check(fresh_dsn, OTHER)


async def test_rotation_needs_both_keys_and_retirement_the_new_one(fresh_dsn):
    await generations.check(fresh_dsn, OLD)
    with pytest.raises(ConfigurationError, match="needed too"):
        await generations.rotate(fresh_dsn, NEW)
    with pytest.raises(ConfigurationError, match="rotate-master"):
        await generations.check(fresh_dsn, BOTH)
    assert await generations.rotate(fresh_dsn, BOTH) == OLD.key_id
    assert await generations.rotate(fresh_dsn, BOTH) == ""
    await generations.check(fresh_dsn, BOTH)
    with pytest.raises(ConfigurationError, match="is missing"):
        await generations.check(fresh_dsn, NEW)
    assert not await generations.retire(fresh_dsn, OLD, OLD.key_id)
    assert not await generations.retire(fresh_dsn, NEW, NEW.key_id)
    assert await generations.retire(fresh_dsn, NEW, OLD.key_id)
    await generations.check(fresh_dsn, NEW)
    with pytest.raises(ConfigurationError, match="not this installation's"):
        await generations.check(fresh_dsn, OLD)


@pytest.mark.parametrize("role", ["proxy_writer", "proxy_reader", "proxy_identity", "proxy_vault"])
async def test_no_role_changes_the_keys_without_holding_one(fresh_dsn, role):
    await generations.check(fresh_dsn, OLD)
    connection = await database.connect(fresh_dsn, role)
    try:
        for change in ("UPDATE master_key.generation SET in_force = false", "DELETE FROM master_key.generation"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(change)
        kept = await connection.fetchrow("SELECT key_id, known_by FROM master_key.generation")
        asked = "SELECT master_key.rotate($1, $2, $3, $4, now())"
        if role == "proxy_writer":  # what the table shows proves nothing
            assert not await connection.fetchval(asked, kept["key_id"], kept["known_by"], OTHER.key_id, OTHER.proof())
            assert not await connection.fetchval("SELECT master_key.found($1, $2, now())", OTHER.key_id, OTHER.proof())
    finally:
        await connection.close()
    await generations.check(fresh_dsn, OLD)


async def test_without_a_database_nothing_is_checked():
    with pytest.raises(AuditUnavailableError):
        await generations.check("postgresql://nobody@127.0.0.1:1/none", OLD)
