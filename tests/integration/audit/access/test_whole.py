from __future__ import annotations

from datetime import UTC, datetime

from proxy.audit.access import whole
from testing import evidence

_CONTENTS = "SELECT packed FROM audit.record WHERE kind <> 'event' ORDER BY seq"


async def test_records_are_read_with_the_answers_that_they_name(log, serve, superuser):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    contents = [row["packed"] for row in await superuser.fetch(_CONTENTS)]
    read = await whole.documents(superuser, contents)
    assert [one["columns"]["kind"] for one in read] == ["decision", "attempt", "outcome"]
    assert read[0]["facts"]["verdicts"][0]["target"] == evidence.VERDICT.target
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("DELETE FROM audit.record WHERE action = 'answer_stated'")
    assert "verdicts" not in (await whole.documents(superuser, contents[:1]))[0]["facts"]


async def test_what_cannot_be_read_is_empty(superuser):
    [read] = await whole.documents(superuser, [b"\x28\xb5\x2f\xfd"])
    assert (read["columns"]["kind"], read["facts"]) == ("", {})


_EVER = datetime(2020, 1, 1, tzinfo=UTC)


async def test_decisions_and_events_are_read_whole(log, serve, fresh_dsn):
    for name in ("x1", "x2"):
        await serve(log, name)
    await log.event_durable("shadow_differs", {"n": 1})

    def exchanges(documents) -> list[str]:
        assert all("verdicts" in one["facts"] for one in documents)
        return [one["columns"]["exchange"] for one in documents]

    assert exchanges(await whole.decisions_since(fresh_dsn, _EVER)) == ["x1", "x2"]
    assert set(exchanges(await whole.latest_decisions(fresh_dsn, 5))) == {"x1", "x2"}
    assert exchanges(await whole.decision_of(fresh_dsn, "x2")) == ["x2"]
    [event] = await whole.events_since(fresh_dsn, "shadow_differs", _EVER)
    assert event["facts"] == {"n": 1}
