from __future__ import annotations

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
