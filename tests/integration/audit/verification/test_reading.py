"""What is read for a question: rows of verified records, and nothing of a log that is not what was sealed."""

from __future__ import annotations

import pytest

from proxy.audit.records.derivation import EXCHANGE
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import reading
from proxy.audit.verification.reading import RECORD, EvidenceDamagedError
from testing import evidence

KEY = evidence.SIGNING.verifier


@pytest.fixture
async def filled(log, serve):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    return log


async def read(connection, key=KEY, **asked):
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await reading.read(connection, key, **asked)


async def test_rows_name_the_exchange_and_what_no_note_covers_is_counted(filled, reader):
    fresh = await read(reader)
    [row] = [dict(zip(EXCHANGE, one, strict=True)) for one in fresh.derived.exchanges]
    assert (row["exchange"], row["target"], row["attempt_hosts"]) == ("x1", "us-1", ("us.example",))
    assert (fresh.note, fresh.unsealed) == (None, fresh.read.records)
    await Checkpointer.of(filled, (), 10.0).once()
    covered = await read(reader)
    assert (covered.note is not None, covered.unsealed, covered.derived.exchanges) == (True, 0, fresh.derived.exchanges)


async def test_the_records_of_an_exchange_have_their_place_in_the_log(filled, reader):
    await Checkpointer.of(filled, (), 10.0).once()
    told = [dict(zip(RECORD, one, strict=True)) for one in (await read(reader, exchange="x1")).records]
    assert [one["kind"] for one in told] == ["decision", "attempt", "outcome"]
    assert all(one["first_seq"] <= one["seq"] <= one["last_seq"] and one["leaf"] is not None for one in told)
    assert (await read(reader, exchange="other")).records == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit.record SET tenant = 'other' WHERE kind = 'outcome'", "DELETE FROM audit.record WHERE kind = 'outcome'",
        "UPDATE audit.seal SET root = sha256('x')", "DELETE FROM audit.leaf", "DELETE FROM audit.seal WHERE first_seq > 1",
        "DROP TABLE audit.tile CASCADE; DROP TABLE audit.witness CASCADE; DROP TABLE audit.note CASCADE",
    ],
)  # fmt: skip
async def test_a_damaged_log_says_nothing(filled, reader, superuser, damage):
    await Checkpointer.of(filled, (), 10.0).once()
    await superuser.execute(f"SET session_replication_role = replica; {damage}")
    with pytest.raises(EvidenceDamagedError, match="nothing can be stated"):
        await read(reader)


async def test_another_key_vouches_for_nothing(filled, reader):
    with pytest.raises(EvidenceDamagedError):
        await read(reader, AuditSigningKey.generate(KEY.origin).verifier)
    assert len((await read(reader, None)).derived.exchanges) == 1  # without a key the chains alone are followed
