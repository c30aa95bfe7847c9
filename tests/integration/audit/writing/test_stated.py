"""What many decisions say alike is stored once in each chain and day, before the first that names it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from proxy.audit.access import whole
from proxy.audit.records import answers
from proxy.audit.records.record import Columns, StatedAnswer, make, stored
from proxy.audit.verification.verify import verify
from proxy.audit.writing.writer import ChainWriter
from proxy.policy.decision.document import input_document
from testing import evidence

DAY_US = 86_400_000_000


async def stated(superuser) -> list[tuple[str, int]]:
    rows = await superuser.fetch(
        "SELECT writer, seq FROM audit.record WHERE action = 'answer_stated' ORDER BY writer, seq"
    )
    return [(row["writer"], row["seq"]) for row in rows]


def naming(identity: str, at: int = 7, tenant: str = "acme"):
    answer = answers.AnswerBytes(input_document).of(evidence.facts(), evidence.decision(), "x", 0.0)[1]
    columns = Columns(at, "decision", identity, tenant=tenant)
    return make(columns, {answers.EVENT: answer.digest})._replace(stated=(answer,))


async def test_many_exchanges_state_one_answer_in_each_chain(fresh_dsn, open_log, serve, superuser, reader):
    logs = [await open_log(fresh_dsn) for _ in range(2)]
    for number in range(6):
        await serve(logs[number % 2], f"x{number}")
    for log in logs:
        await log.event_durable("flush", {})
    assert await stated(superuser) == sorted((log.writer_id, 2) for log in logs)
    assert (await verify(reader, evidence.SIGNING.verifier)).damages == []


async def test_concurrent_exchanges_state_their_answer_before_any_of_them(log, serve, superuser, reader):
    await asyncio.gather(*(serve(log, f"x{number}") for number in range(40)))
    await log.event_durable("flush", {})
    assert len(await stated(superuser)) == 1
    assert (await verify(reader, evidence.SIGNING.verifier)).damages == []


async def test_another_day_and_another_tenant_have_their_own(log, superuser, reader):
    days = [naming("a"), naming("b", at=DAY_US), naming("c", at=DAY_US + 1), naming("d", tenant="mercy")]
    for record in days:
        await log.writer.durable(log.writer.put([record]))
    assert [seq for _, seq in await stated(superuser)] == [2, 4, 7]
    tenants = await superuser.fetch("SELECT tenant FROM audit.record WHERE action = 'answer_stated' ORDER BY seq")
    assert [row["tenant"] for row in tenants] == ["acme", "acme", "mercy"]


async def test_a_chain_that_goes_on_under_another_name_states_anew(log, serve, superuser, reader):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    await superuser.execute("SET session_replication_role = replica")
    gone = "(SELECT max(first_seq) FROM audit.seal)"  # an old backup
    await superuser.execute(
        f"DELETE FROM audit.record WHERE seq >= {gone}; DELETE FROM audit.seal WHERE first_seq = {gone}"
    )
    await superuser.execute("SELECT pg_terminate_backend($1)", log.writer._session._connection.get_server_pid())
    await asyncio.sleep(0.05)
    await serve(log, "x2")
    assert await stated(superuser) == [(log.writer_id, 2), (f"{log.writer_id}~2", 2)]


async def test_a_refused_record_takes_no_statement_with_it(log, superuser):
    bad = naming("")  # a decision without an exchange
    refused, good = log.writer.put([bad]), log.writer.put([naming("x1")])
    await log.writer.durable(good)
    assert refused.refused
    assert len(await stated(superuser)) == 1


async def test_what_is_not_remembered_is_stated_again(log, superuser, reader, monkeypatch):
    monkeypatch.setattr(ChainWriter, "MOST_STATED", 0)
    for number in range(3):
        await log.writer.durable(log.writer.put([naming(f"x{number}")]))
    assert len(await stated(superuser)) == 3


@pytest.mark.parametrize("renewed", [False, True])
async def test_a_record_is_read_whole_as_it_was_decided(log, superuser, renewed):
    async with log.entry(evidence.exchange("x1")) as entry:
        for phase in ("request", "post_transform"):
            entry.note(evidence.inspection(), evidence.facts(phase=phase), evidence.decision())
        await entry.intend(evidence.outbound("x1"), 1)
        if renewed:
            entry.note(evidence.inspection(), evidence.facts(phase="fallback"), evidence.decision(id="d-2"))
            await entry.intend(evidence.outbound("x1"), 2)
        entry.settle(evidence.DELIVERED)
    await log.event_durable("flush", {})
    rows = await superuser.fetch("SELECT * FROM audit.record WHERE kind = ANY ($1) ORDER BY seq", list(answers.NAMING))
    read = await whole.documents(superuser, [row["packed"] for row in rows])
    made = await superuser.fetch(
        "SELECT target, body #>> '{facts}' AS facts FROM audit.record WHERE action = 'answer_stated'"
    )
    held = tuple(StatedAnswer(row["target"], row["facts"].encode()) for row in made)
    assert len(held) == 3 if renewed else 2
    for row, document in zip(rows, read, strict=True):
        assert document == orjson.loads(evidence.whole(stored(evidence.body_of(row))._replace(stated=held)).body)
        assert answers.EVENT not in orjson.dumps(document).decode()
    decided = read[0]["facts"]
    assert [one["phase"] for one in (*decided["earlier"], decided)] == ["request", "post_transform"]
    assert decided["input"] == input_document(evidence.facts(phase="post_transform"), "x1", evidence.NOW - 0.5)
    if renewed:
        assert read[2]["facts"]["answer"]["phase"] == "fallback"


async def test_records_that_say_everything_themselves_stay_as_they_are(log, superuser, reader):
    decision = evidence.decision()
    columns = Columns(7, "decision", "x1", tenant="acme", action="forward")
    old = make(
        columns, {"bundle": "b", "decision_id": "d-1", "decision": decision.document, "input": {}, "verdicts": []}
    )
    ended = make(columns._replace(kind="outcome"), {"ended": "delivered", "attempts": []})
    await log.writer.durable(log.writer.put([old, ended]))
    row = await superuser.fetchrow("SELECT * FROM audit.record WHERE kind = 'decision'")
    assert evidence.body_of(row) == old.body
    assert await whole.documents(superuser, [row["packed"]]) == [orjson.loads(old.body)]
    assert (await verify(reader, evidence.SIGNING.verifier)).damages == []
