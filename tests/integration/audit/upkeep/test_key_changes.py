"""One audit signing key takes another's place while processes with both run; an ended one forges nothing."""

from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep import key_changes
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import Checkpointer, LogInconsistentError
from proxy.audit.verification.verify import verify
from proxy.errors import ConfigurationError
from proxy.runtime import database
from testing import evidence

OLD, NEW = evidence.SIGNING, AuditSigningKey.generate()


@pytest.fixture
def anchor(tmp_path):
    return FileAnchor(tmp_path / "audit.anchor")


@pytest.fixture
def checkpoint(fresh_dsn, anchor):
    async def make(signing):
        return await Checkpointer(fresh_dsn, signing, (anchor,)).once()

    return make


@pytest.fixture
def examined(fresh_dsn, anchor):
    async def run(trusted):
        connection = await database.connect(fresh_dsn, database.READER)
        try:
            return await verify(connection, trusted.verifier, anchor.lines())
        finally:
            await connection.close()

    return run


@pytest.fixture
async def rotated(log, serve, checkpoint):
    """A log that the old key began and the new one goes on with; a process of the old one still runs."""
    await serve(log, "before")
    await checkpoint(OLD)
    assert await key_changes.replaced(log, NEW, "ops")
    await checkpoint(OLD)
    await serve(log, "between")
    await checkpoint(NEW)
    return log


async def test_who_trusts_either_key_finds_the_log_sound_and_which_key_signed_what(rotated, examined, open_log, fresh_dsn, serve):  # fmt: skip
    later = await open_log(fresh_dsn, signing=NEW)
    await serve(later, "after")
    for trusted in (OLD, NEW):
        report = await examined(trusted)
        assert (report.damages, report.state) == ([], "witnessed")
        told = [(one.id, one.state, one.writers, one.notes) for one in report.keys]
        assert told == [(OLD.verifier.id.hex(), "replaced", 1, 4), (NEW.verifier.id.hex(), "in force", 1, 2)]
    assert (await examined(AuditSigningKey.generate())).state == "damaged"


async def test_a_replacement_happens_once(rotated):
    assert not await key_changes.replaced(rotated, NEW, "ops")
    with pytest.raises(ConfigurationError, match="was replaced by"):
        await key_changes.replaced(rotated, AuditSigningKey.generate(), "ops")


@pytest.fixture
async def ended(rotated, open_log, fresh_dsn, checkpoint):
    now = await open_log(fresh_dsn, signing=NEW)
    await key_changes.ended(now, OLD.verifier.id.hex(), "ops")
    await checkpoint(NEW)
    return now


async def test_what_an_ended_key_signed_before_stays_good_and_its_running_process_goes_on(ended, rotated, serve, examined, checkpoint):  # fmt: skip
    await serve(rotated, "late")
    await checkpoint(NEW)
    report = await examined(NEW)
    assert (report.damages, report.keys[0].state) == ([], "ended")


async def test_no_process_starts_with_an_ended_or_a_foreign_key(ended, fresh_dsn):
    with pytest.raises(ConfigurationError, match=f"has ended.*{NEW.verifier.id.hex()}"):
        await key_changes.check(fresh_dsn, OLD)
    with pytest.raises(ConfigurationError, match="is not this installation's"):
        await key_changes.check(fresh_dsn, AuditSigningKey.generate())
    await key_changes.check(fresh_dsn, NEW)


async def test_a_process_with_an_ended_key_signs_no_note_and_opens_no_further_chain(ended, rotated, serve, fresh_dsn):
    checkpointer = Checkpointer.of(rotated, (), 10.0)
    await serve(rotated, "late")
    await rotated.event_durable("flush", {})
    with pytest.raises(LogInconsistentError, match="has ended"):
        await checkpointer.once()
    assert "has ended" in checkpointer.refused
    with pytest.raises(ConfigurationError, match="has ended"):
        rotated._reopened("before")


async def test_a_chain_that_the_thief_of_an_ended_key_opens_is_named(ended, open_log, fresh_dsn, serve, examined, checkpoint):  # fmt: skip
    thief = await open_log(fresh_dsn, signing=OLD)
    await serve(thief, "forged")
    assert [one.what for one in (await examined(NEW)).damages] == ["key"]
    await checkpoint(NEW)
    for trusted in (OLD, NEW):
        assert [(one.what, one.writer) for one in (await examined(trusted)).damages] == [("key", thief.writer_id)]


async def test_a_note_that_the_thief_of_an_ended_key_signs_is_named(ended, serve, superuser, examined):
    await serve(ended, "more")
    await ended.event_durable("flush", {})
    thief = Checkpointer(ended.dsn, OLD)
    thief._speaks = _nothing
    note = await thief.once()
    found = (await examined(NEW)).damages
    assert {one.what for one in found} == {"checkpoint"}
    assert any(
        f"checkpoint {note.size} is signed by the key {OLD.verifier.id.hex()} after" in one.detail for one in found
    )


async def test_a_key_that_takes_the_place_of_a_stolen_one_for_the_thief_is_named(ended, open_log, fresh_dsn, examined):
    thief = await open_log(fresh_dsn, signing=OLD)
    note = key_changes.change_note("replaced", OLD, AuditSigningKey.generate())
    await thief.event_durable("audit_key_changed", {"note": note})
    assert {"key"} == {one.what for one in (await examined(NEW)).damages}


async def test_removing_the_end_of_a_key_is_named(ended, superuser, examined):
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("DELETE FROM audit.record WHERE action = 'audit_key_changed' AND body::text LIKE '%ended%'")
    assert (await examined(NEW)).state == "damaged"


async def test_a_key_put_in_place_of_another_without_its_word_is_damage(log, serve, checkpoint, superuser, examined):
    """Whoever owns the database signs the whole log anew with a key of their own."""
    await serve(log, "before")
    await log.event_durable("flush", {})
    mine = AuditSigningKey.generate()
    await Checkpointer(log.dsn, mine).once()
    found = {one.what for one in (await examined(OLD)).damages}
    assert "checkpoint" in found
    row = await superuser.fetchrow("SELECT size, note FROM audit.note ORDER BY size DESC LIMIT 1")
    assert notes.opened(row["note"], mine.verifier) is not None
    with pytest.raises(ConfigurationError, match="is not this installation's"):
        await key_changes.check(log.dsn, OLD)


async def test_a_foreign_note_among_our_own_is_damage_and_keeps_nobody_from_starting(rotated, fresh_dsn, examined):
    connection = await database.connect(fresh_dsn, database.WRITER)
    note = notes.sign(notes.Note(10**6, bytes(32)), AuditSigningKey.generate())
    await connection.execute("INSERT INTO audit.note (size, peaks, note) VALUES (1000000, $1, $2)", bytes(32), note)
    await connection.close()
    await key_changes.check(fresh_dsn, OLD)
    assert (await examined(NEW)).state == "damaged"


@pytest.mark.parametrize("key_id", ["00000000", NEW.verifier.id.hex()], ids=["nobody", "in-force"])
async def test_only_a_replaced_key_ends(rotated, open_log, fresh_dsn, key_id):
    now = await open_log(fresh_dsn, signing=NEW)
    with pytest.raises(ConfigurationError):
        await key_changes.ended(now, key_id, "ops")
    with pytest.raises(ConfigurationError, match="only the key in force"):
        await key_changes.ended(rotated, OLD.verifier.id.hex(), "ops")


async def test_the_writer_learns_the_notes_on_keys_and_no_record(rotated, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.WRITER)
    assert len(await key_changes.read(connection)) == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("SELECT body FROM audit.record")
    await connection.close()


async def _nothing(_connection) -> None:
    return None
