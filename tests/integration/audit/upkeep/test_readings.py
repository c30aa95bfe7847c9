"""Reads are on durable word before they are answered, and on record once a process that writes looks."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from proxy.audit.access.reader import AuditReader
from proxy.audit.upkeep.readings import Requester
from proxy.audit.upkeep.recovery import Recovery
from proxy.audit.verification.verify import verify
from proxy.runtime import database
from testing import evidence

RECORDED = """
SELECT target, body::json #> '{facts}' AS facts FROM audit.record
WHERE kind = 'event' AND action = 'log_read' ORDER BY recorded_at
"""


@pytest.fixture
async def read(reader):
    """Read once as an officer."""
    await AuditReader(reader, Requester("officer", "why")).exchange("unknown")


async def facts(superuser):
    return [json.loads(row["facts"]) for row in await superuser.fetch(RECORDED)]


async def test_a_read_is_sealed_once_with_the_login_that_made_it(read, log, open_log, fresh_dsn, superuser, reader):
    recoveries = [Recovery(one) for one in (log, await open_log(fresh_dsn))]
    await asyncio.gather(*(one.once() for one in recoveries))
    await recoveries[1].once()
    [told] = await facts(superuser)
    assert told.pop("read_at")
    login = await superuser.fetchval("SELECT session_user")
    assert told == {"by": "officer", "command": "audit show", "filter": {"exchange": "unknown"}, "login": login,
                    "purpose": "why", "rows": 0}  # fmt: skip
    assert await superuser.fetchval("SELECT count(*) FROM audit.reading") == 0
    report = await verify(reader, evidence.SIGNING.verifier)
    assert (report.damages, report.readings) == ([], 0)


async def test_a_process_that_ended_before_it_took_the_word_away_records_nothing_twice(read, log, superuser):
    kept = await superuser.fetchrow("SELECT id, at, login, said FROM audit.reading")
    await Recovery(log).once()
    await superuser.execute("INSERT INTO audit.reading VALUES ($1, $2, $3, $4)", *kept)
    await Recovery(log).once()
    assert len(await facts(superuser)) == 1
    assert await superuser.fetchval("SELECT count(*) FROM audit.reading") == 0


@pytest.mark.parametrize("statement", ["DELETE FROM audit.reading", "UPDATE audit.reading SET said = '{}'", "TRUNCATE audit.reading"])  # fmt: skip
async def test_not_even_the_owner_takes_back_a_read_that_is_not_recorded(read, superuser, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await superuser.execute(f"SET ROLE proxy_owner; {statement}")


async def test_a_process_that_writes_cannot_take_away_what_it_did_not_record(read, fresh_dsn, superuser):
    writer = await database.connect(fresh_dsn, database.WRITER)
    identity = await superuser.fetchval("SELECT id FROM audit.reading")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await writer.fetchval("SELECT audit.reading_recorded($1)", identity)
    await writer.close()


async def test_who_reads_can_only_add_and_only_as_their_own_login(reader):
    for statement in (
        "INSERT INTO audit.reading (login, said) VALUES ('somebody', '{}')",
        "SELECT audit.reading_recorded(gen_random_uuid())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute(statement)


@pytest.mark.parametrize(
    "said", ["{}", '{"filter": 3, "rows": [1, {}], "login": "other"}', '{"filter": {"a": {"b": [[1]]}}}',
             '{"by": "' + "y" * 5000 + '"}', '{"filter": ' + '{"a":' * 900 + "1" + "}" * 900 + "}"],
)  # fmt: skip
async def test_a_word_of_any_form_is_recorded_and_blocks_nothing(reader, log, superuser, said):
    await reader.execute("SELECT audit.announce_reading($1::text::jsonb)", said)
    await AuditReader(reader, Requester("officer")).exchange("x")
    await Recovery(log).once()
    odd, plain = await facts(superuser)
    assert odd["login"] == plain["login"]
    assert plain["command"] == "audit show"
    assert len(odd.get("by", "")) <= 200


async def test_reads_that_wait_are_listed_and_counted(read, reader):
    [event] = await AuditReader(reader, Requester("officer")).events(None, None, "log_read", 5)
    assert (event["facts"]["command"], event["writer"]) == ("audit show", "")
    assert (await verify(reader, evidence.SIGNING.verifier)).readings == 2


async def test_a_read_that_cannot_be_recorded_keeps_no_other_waiting(read, reader, log, superuser):
    """Somebody weakened the database: a record of the first read is refused, by whatever means."""
    identity = await superuser.fetchval("SELECT id FROM audit.reading")
    await superuser.execute(f"ALTER TABLE audit.record ADD CONSTRAINT odd CHECK (target <> '{identity}') NOT VALID")
    await AuditReader(reader, Requester("officer")).exchange("x")
    await Recovery(log).once()
    assert [one["command"] for one in await facts(superuser)] == ["audit show"]
    assert await superuser.fetchval("SELECT id FROM audit.reading") == identity
