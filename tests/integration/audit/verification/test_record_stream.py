from __future__ import annotations

import orjson
import pytest

from proxy.audit.sealing import seal
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.verification.record_stream import RecordStream
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import STATEMENTS
from testing import evidence

FREE = "SET session_replication_role = replica"  # a superuser switches every trigger off


@pytest.fixture
async def filled(log, serve):
    for number in range(40):
        await serve(log, f'x"{number}\u00e9')
    await log.event_durable("flush", {"codes": ["a", 'b"', "\u00e9"]})
    return log


async def read(connection) -> list[StoredRecord]:
    stream, found = RecordStream(), []

    async def take(chunk) -> None:
        found.extend(stream.read(chunk))

    await connection.copy_from_query(STATEMENTS["verify_rows"], output=take, format="binary")
    return found


async def damages(connection) -> list[tuple[int, str]]:
    return [(one.seq, one.what) for one in (await verify(connection)).damages]


async def test_every_row_is_read_as_it_is_stored(filled, superuser):
    rows = await superuser.fetch("SELECT * FROM audit.record ORDER BY writer, seq")
    records = await read(superuser)
    assert len(records) == len(rows) > 100
    for record, row in zip(records, rows, strict=True):
        assert record._replace(seal=None, leaf=None, day=0) == evidence.stored_record(row)
        assert (record.shared.writer, record.date) == (row["writer"], row["day"])
        assert orjson.loads(record.body)["columns"]["kind"] == row["kind"]


async def test_a_seal_is_read_with_the_record_that_it_ends_with(filled, superuser):
    sealed = {row["last_seq"]: seal.read(row) for row in await superuser.fetch("SELECT * FROM audit.seal")}
    assert sealed
    assert {record.seq: record.seal for record in await read(superuser) if record.seal is not None} == sealed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("hash = '\\x010203'", ["hash"]),
        ("prev = ''", ["body", "link"]),
        ("recorded_at = 'infinity'", ["column"]),
        ('body = \'{"facts":{"retain_until":"2020-01-01"}}\'', ["column"]),
        ("body = '[]'", ["column"]),
        ("packed = '{}'", ["body", "column"]),
        ("packed = '\\x28b52ffd'", ["body", "column"]),
    ],
)
async def test_values_that_no_writer_stores_are_damage_of_their_record(filled, superuser, change, expected):
    for column in ("prev", "hash"):
        await superuser.execute(f"ALTER TABLE audit.record_former DROP CONSTRAINT record_{column}_check")
    at = await superuser.fetchval("SELECT min(seq) FROM audit.record WHERE kind = 'outcome'")
    await superuser.execute(f"{FREE}; UPDATE audit.record SET {change} WHERE seq = {at}")
    assert sorted(one for one in await damages(superuser) if one[1] != "protection") == [
        (at, what) for what in expected
    ]


@pytest.mark.parametrize("column", ["tenant", "hash", "prev", "exchange", "recorded_at", "body", "packed"])
async def test_a_value_that_was_taken_away_is_damage(filled, superuser, column):
    await superuser.execute(f"{FREE}; ALTER TABLE audit.record ALTER {column} DROP NOT NULL")
    await superuser.execute(f"UPDATE audit.record SET {column} = NULL WHERE seq = 5")
    assert 5 in {seq for seq, _ in await damages(superuser)}


async def test_a_column_of_another_type_is_read_by_its_own(filled, superuser):
    await superuser.execute(
        f"{FREE}; UPDATE audit.record SET attempt = 4 WHERE kind = 'attempt' AND exchange LIKE 'x_1_'"
    )
    assert [what for _, what in await damages(superuser)] == ["column"]


async def test_a_log_without_records_is_read(fresh_dsn, superuser):
    assert await read(superuser) == []


@pytest.mark.parametrize("step", [(RecordStream, "read"), (ChainCheck, "feed"), (VerificationReport, "count")])
async def test_a_record_that_cannot_be_read_is_named_and_nothing_waits_for_it(filled, reader, monkeypatch, step):
    """Whatever goes wrong while the records come: an exception within COPY would leave the connection busy for ever."""

    def refused(*_):
        raise LookupError("what the record says")

    monkeypatch.setattr(*step, refused)
    found = (await verify(reader, evidence.SIGNING.verifier)).damages
    [unread] = [one for one in found if one.what == "unread"]
    assert ("LookupError" in unread.detail, "what the record says" in unread.detail) == (True, False)
    assert await reader.fetchval("SELECT 1") == 1
