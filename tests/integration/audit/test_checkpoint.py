"""What a chain alone cannot show, a checkpoint shows: records cut off at the end, removed chains, rewritten chains."""

from __future__ import annotations

import pytest

from proxy import database
from proxy.audit import checkpoint, notes
from proxy.audit.chain import genesis
from proxy.audit.record import Columns, make
from proxy.audit.session import chained
from proxy.audit.verify import verify
from proxy.core.keyring import Keyring
from tests import evidence

FREE = "SET session_replication_role = replica"
KEY = notes.private_key(evidence.KEYRING)


class Ledger:
    def __init__(self, reader, writer) -> None:
        self.reader, self.writer, self.anchor = reader, writer, []

    async def checkpoint(self, key=KEY) -> None:
        epoch, note = await checkpoint.make(self.reader, self.writer, key, evidence.NOW)
        self.anchor.append(checkpoint.anchor_line(epoch, note))

    async def damages(self, anchored: bool = False) -> list[tuple[str, int, str]]:
        report = await verify(self.reader, (KEY.public_key(),), self.anchor if anchored else ())
        return [(one.writer, one.seq, one.what) for one in report.damages]


@pytest.fixture
async def ledger(fresh_dsn):
    made = Ledger(
        await database.connect(fresh_dsn, database.READER), await database.connect(fresh_dsn, database.WRITER)
    )
    yield made
    await made.reader.close()
    await made.writer.close()


@pytest.fixture
async def logs(fresh_dsn, open_log, serve, ledger):
    made = [await open_log(fresh_dsn) for _ in range(2)]
    for number in range(8):
        await serve(made[number % 2], f"x{number}")
        if number % 3 == 2:
            for log in made:
                await log.event_durable("flush", {})
            await ledger.checkpoint()
    for log in made:
        await log.event_durable("flush", {})
    await ledger.checkpoint()
    return made


async def test_untouched_log_keeps_every_promise(ledger, logs):
    assert await ledger.damages(anchored=True) == []
    report = await verify(ledger.reader, (KEY.public_key(),), ledger.anchor)
    assert report.checkpoints == 3


async def test_newest_records_cut_off_are_missed(ledger, logs, superuser):
    writer = logs[0].writer_id
    assert await superuser.execute(f"{FREE}; DELETE FROM audit.record WHERE writer = '{writer}' AND seq > 10")
    assert (writer, 11, "checkpoint") in await ledger.damages()


async def test_removed_chain_is_missed(ledger, logs, superuser):
    writer = logs[1].writer_id
    await superuser.execute(f"{FREE}; DELETE FROM audit.record WHERE writer = '{writer}'")
    assert (writer, 0, "checkpoint") in await ledger.damages()


async def test_chain_rewritten_with_all_hashes_is_found(ledger, logs, superuser):
    writer = logs[0].writer_id
    rows = await superuser.fetch("SELECT body::text AS body FROM audit.record WHERE writer = $1 ORDER BY seq", writer)
    bodies = [row["body"].replace("us-1", "de-1") for row in rows]
    await superuser.execute(FREE)
    head = genesis(writer)
    for seq, body in enumerate(bodies, 1):
        record = make(Columns(at=0, kind="event"), {})._replace(body=body.encode())
        [row], head = chained(writer, head, [record])
        await superuser.execute(
            "UPDATE audit.record SET body = $3::text::json, prev = $4, hash = $5, target = replace(target, 'us-1', 'de-1')"
            " WHERE writer = $1 AND seq = $2", writer, seq, body, row[-3], row[-2],
        )  # fmt: skip
    assert {what for _, _, what in await ledger.damages()} == {"checkpoint"}


async def test_removed_checkpoint_breaks_the_row_of_notes(ledger, logs, superuser):
    await superuser.execute(f"{FREE}; DELETE FROM audit.checkpoint WHERE epoch = 2")
    assert await ledger.damages()


async def test_last_checkpoint_removed_is_found_by_the_anchor_only(ledger, logs, superuser):
    await superuser.execute(f"{FREE}; DELETE FROM audit.checkpoint WHERE epoch = 3")
    assert await ledger.damages() == []
    assert await ledger.damages(anchored=True) == [("", 0, "checkpoint")]


async def test_checkpoint_of_another_key_is_found(ledger, logs, superuser):
    note = notes.sign(notes.Checkpoint(3, 0, bytes(32), bytes(32)), notes.private_key(Keyring(b"z" * 32)))
    await superuser.execute(FREE)
    await superuser.execute("UPDATE audit.checkpoint SET note = $1 WHERE epoch = 3", note)
    assert await ledger.damages() == [("", 0, "checkpoint")]


async def test_no_checkpoint_is_made_over_a_cut_log(ledger, logs, superuser):
    await superuser.execute(f"{FREE}; DELETE FROM audit.record WHERE writer = '{logs[0].writer_id}' AND seq > 5")
    with pytest.raises(checkpoint.LogCutError):
        await ledger.checkpoint()


async def test_checkpoints_are_append_only(superuser, ledger, logs):
    for statement in (
        "UPDATE audit.checkpoint SET note = ''",
        "DELETE FROM audit.checkpoint",
        "TRUNCATE audit.checkpoint",
    ):
        with pytest.raises(Exception, match="append-only"):
            await superuser.execute(statement)
