"""What policy no longer obliges to keep is purged under a certificate; what it does, or a hold covers, stays; all verifies."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proxy.audit.access import exporting, following, proving
from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.purging import Purging
from proxy.audit.verification import proof_check, reading, structure
from proxy.audit.verification.offline import verify_export
from proxy.audit.verification.since import verify_since
from proxy.audit.verification.verify import verify
from proxy.core.wire import new_exchange_id
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.subjects import SubjectKeys
from proxy.reports import answer, catalogue
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import evidence, past, twins

KEY = evidence.SIGNING.verifier


@pytest.fixture
def then(fresh_dsn, tmp_path) -> past.Past:
    return past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))


@pytest.fixture
async def old(then, started):
    """A log whose clock stood 500 days ago, with exchanges that policy kept for 400 days and for six years."""
    log = await then.log(500, started)
    made = {"due": [await past.serve(log) for _ in range(3)], "kept": [await past.serve(log, 2190, tenant="mercy")]}
    made["undated"] = [await past.serve(log, None)]
    await log.close()
    await past.aged(then.dsn)
    return made


@pytest.fixture
async def holds(fresh_dsn, started):
    return HoldStore(await started(SubjectKeys(fresh_dsn, evidence.KEYRING, SystemClock())))


async def place(holds, scope: HoldScope, *, approved: bool = True) -> str:
    hold, request = await holds.request("M-1", scope, "alice")
    if approved:
        await holds.approve(request, "bob")
    return hold


async def release(holds, hold: str) -> None:
    await holds.approve(await holds.request_release(hold, "M-1/end", "alice"), "bob")


async def exchanges(superuser) -> set[str]:
    return {row["exchange"] for row in await superuser.fetch("SELECT exchange FROM audit.record WHERE exchange <> ''")}


async def sound(then, reader, superuser) -> None:
    report = await verify(reader, KEY, then.anchor.lines())
    assert (report.damages, report.state) == ([], "witnessed")
    assert [one for one in await structure.differences(superuser) if one.weakens] == []
    await reading.read(reader, KEY)


async def test_what_is_due_goes_and_the_rest_stays_and_everything_verifies(then, old, started, superuser, reader):
    [done] = await then.purge(started)
    assert (done.day, done.refused) == (past.day_ago(500).isoformat(), "")
    assert await exchanges(superuser) == {*old["kept"], *old["undated"]}
    report = await verify(reader, KEY, then.anchor.lines())
    assert (report.damages, report.state, report.purged) == ([], "witnessed", done.records)
    await sound(then, reader, superuser)
    assert await then.purge(started) == []


def midnight(days: int) -> datetime:
    return datetime.combine(past.day_ago(days), datetime.min.time(), UTC)


@pytest.mark.parametrize("bound", [False, True], ids=["who reads all", "who reads a tenant"])
async def test_an_answer_about_what_was_purged_is_not_whole_and_says_so(then, old, started, fresh_dsn, reader, bound):
    """However many records go: an officer never gets a smaller number that passes for the whole."""
    await then.purge(started)
    connection = await database.connect(fresh_dsn, database.READER, tenants=["acme"] if bound else None)
    about = twins.query_context(["acme"] if bound else None, evidence.SIGNING)
    gone = {"since": midnight(600), "until": midnight(1)}
    since = {"since": midnight(1)}
    try:
        for question in ("AQ-01", "AQ-14", "AQ-29"):
            asked = catalogue.named(question)
            before, after = [(await answer.ask(connection, asked, one, about)).statement for one in (gone, since)]
            assert before["coverage"]["purged"] > 0
            assert before["covers_all_records"] is False
            assert after["coverage"]["purged"] == 0
    finally:
        await connection.close()


async def test_certificate_says_what_went_for_which_reasons_and_by_whom(then, old, started, superuser):
    [done] = await then.purge(started)
    facts = json.loads(
        await superuser.fetchval("SELECT body #> '{facts}' FROM audit.record WHERE target = $1", done.purge)
    )
    assert (facts["day"], facts["exchanges"], facts["requested_by"], facts["by"]) == (done.day, 3, "alice", "bob")
    assert (facts["ticket"], facts["holds"], facts["revisions"]) == ("RET-1", {}, [["rev-1", "data-1"]])
    kinds = {"decision": 3, "attempt": 3, "outcome": 3}
    assert facts["tenants"]["acme"].items() >= kinds.items()
    assert "mercy" not in facts["tenants"]
    assert facts["kept_through"] == past.day_ago(100).isoformat()


async def test_a_day_of_which_nothing_is_left_has_no_partition_any_more(then, started, superuser, reader):
    log = await then.log(2300, started)
    for _ in range(2):
        await past.serve(log)
    await log.close()
    name = f"audit.record_{past.day_ago(2300):%Y_%m}"
    [done] = await then.purge(started)
    assert await superuser.fetchval("SELECT to_regclass($1)", name) is None
    left = await superuser.fetch("SELECT action, day FROM audit.record WHERE writer = $1", log.writer.writer)
    assert {row["action"] for row in left} == {"writer_started", "writer_closed"}
    assert done.records > 6
    await sound(then, reader, superuser)


async def test_nothing_goes_on_the_last_day_through_which_it_must_be_kept(then, started, superuser):
    log = await then.log(450, started)
    kept, due = [await past.serve(log, days) for days in (450, 449)]
    await log.close()
    [done] = await then.purge(started)
    assert done.refused == ""
    assert (kept in await exchanges(superuser), due in await exchanges(superuser)) == (True, False)


async def test_a_younger_day_than_the_shortest_period_is_not_looked_at(then, started, superuser):
    log = await then.log(399, started)
    identity = await past.serve(log, 1)
    await log.close()
    assert await then.purge(started) == []
    assert identity in await exchanges(superuser)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (HoldScope(), {"alpha", "beta"}),
        (HoldScope("acme"), {"alpha", "beta"}),
        (HoldScope("other"), set()),
        (HoldScope("acme", "support"), {"alpha", "beta"}),
        (HoldScope("acme", "hiring"), set()),
        (HoldScope("acme", until=datetime(2000, 1, 1, tzinfo=UTC)), set()),
        (HoldScope("acme", since=datetime.now(UTC) - timedelta(days=600)), {"alpha", "beta"}),
        (HoldScope("acme", subject="Ada"), {"alpha"}),
    ],
)
@pytest.mark.parametrize("approved", [True, False], ids=["in force", "pending"])
async def test_what_a_hold_covers_stays_until_two_people_release_it(
    then, holds, started, superuser, reader, scope, held, approved
):
    log = await then.log(500, started)
    ada = (await holds.subjects.of("acme", "Ada")).reference
    made = {name: await past.serve(log, subject=subject) for name, subject in (("alpha", ada), ("beta", "beta"))}
    await log.close()
    hold = await place(holds, scope, approved=approved)
    done = await then.purge(started)
    assert {name for name, one in made.items() if one in await exchanges(superuser)} == held
    assert len(done) == (held != set(made))
    await sound(then, reader, superuser)
    if approved and held:
        await release(holds, hold)
        assert [one.refused for one in await then.purge(started)] == [""]
        assert await exchanges(superuser) == set()
        await sound(then, reader, superuser)


async def test_hold_on_a_person_whom_no_request_has_named_keeps_what_comes(then, holds, started, superuser, reader):
    await place(holds, HoldScope("acme", subject="Ada"))
    log = await then.log(500, started)
    named = await past.serve(log, subject=(await holds.subjects.of("acme", "Ada")).reference)
    other = await past.serve(log, subject=(await holds.subjects.of("acme", "Bob")).reference)
    await log.close()
    await then.purge(started)
    assert (named in await exchanges(superuser), other in await exchanges(superuser)) == (True, False)
    await sound(then, reader, superuser)


async def test_hold_on_a_person_keeps_whatever_names_anybody_where_names_change_by_day(then, holds, started, superuser):
    await place(holds, HoldScope("acme", subject="Ada"))
    holds.subjects.limit, holds.subjects.cache_s = lambda _: 3000, 0
    log = await then.log(500, started)
    named, unnamed = (
        await past.serve(log, subject=(await holds.subjects.of("acme", "Ada")).reference),
        await past.serve(log),
    )
    await log.close()
    await then.purge(started)
    assert (named in await exchanges(superuser), unnamed in await exchanges(superuser)) == (True, False)


async def test_hold_on_a_person_keeps_the_events_about_held_exchanges(then, holds, started, superuser, reader):
    """On the day of the exchange and on a later one, about an exchange that is held and one that is not."""
    subject = (await holds.subjects.of("acme", "Ada")).reference
    log = await then.log(2500, started)
    held, other = await past.serve(log, subject=subject), await past.serve(log)
    for day in range(2):
        log.clock.seconds += day * past.DAY_S
        for exchange in (held, other):
            await log.event_durable("oversight_required", {"exchange": exchange}, tenant="acme")
            await log.event_durable("late_outcome", {"outcome": {}}, tenant="acme", target=exchange)
    await log.close()
    hold = await place(holds, HoldScope("acme", subject="Ada"))
    await then.purge(started)
    assert await exchanges(superuser) == {held}
    about = "SELECT coalesce(nullif(target, ''), body #>> '{facts,exchange}') AS about, count(*) AS n FROM audit.record WHERE action IN ('oversight_required', 'late_outcome') GROUP BY 1"
    assert [tuple(row) for row in await superuser.fetch(about)] == [(held, 4)]
    await sound(then, reader, superuser)
    await release(holds, hold)
    await then.purge(started)
    assert await superuser.fetch(about) == []


async def test_what_was_stored_lately_stays_whatever_clock_its_writer_had(then, started, superuser):
    """A process whose clock stands 500 days back writes today."""
    log = await then.log(500, started)
    made = await past.serve(log)
    await log.close()
    assert await then.purge(started, stored_then=False) == []
    assert await exchanges(superuser) == {made}


async def test_typed_row_goes_with_its_records_although_the_clock_stepped_back(then, started, superuser, reader):
    log = await then.log(500, started)
    identity = new_exchange_id(log.clock.seconds)
    made = replace(evidence.exchange(identity), received_at=log.clock.seconds)
    async with log.entry(made) as entry:
        entry.note(evidence.inspection(), evidence.facts(tenant="acme"), past._kept(400))
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(evidence.COMPLETE)
        log.clock.seconds -= 2
        entry.settle(evidence.DELIVERED)
    await log.close()
    [done] = await then.purge(started)
    assert done.refused == ""
    await sound(then, reader, superuser)


async def test_hold_that_is_released_while_a_day_is_purged_changes_nothing_of_it(
    then, holds, started, superuser, reader
):
    log = await then.log(500, started)
    due, held = await past.serve(log, tenant="acme"), await past.serve(log, tenant="mercy")
    await log.close()
    hold = await place(holds, HoldScope("mercy"))
    ending = await holds.request_release(hold, "M-1/end", "alice")
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE audit.purged IN SHARE MODE")
        purging = asyncio.create_task(then.purge(started))
        await waiting(superuser, 1)  # before its first row there, what goes has been read
        releasing = asyncio.create_task(holds.approve(ending, "bob"))
        await waiting(superuser, 2)
    done = await purging
    assert (await releasing).about == hold
    assert (done[0].refused, await exchanges(superuser)) == ("", {held})
    assert due != held
    await sound(then, reader, superuser)
    assert [one.refused for one in await then.purge(started)] == [""]
    await sound(then, reader, superuser)


async def waiting(connection, number: int) -> None:
    """Return once so many sessions wait for a lock."""
    for _ in range(500):
        if await connection.fetchval("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted") >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_kept_exchange_is_proven_and_exported_although_its_neighbours_are_gone(
    then, old, started, reader, superuser, tmp_path
):
    await then.purge(started)
    for identity in (*old["kept"], *old["undated"]):
        proof = await proving.prove(reader, identity, KEY)
        assert len(proof_check.check(proof, KEY).facts) == 3
    assert await proving.prove(reader, old["due"][0], KEY) is None
    await exporting.write(reader, tmp_path / "out", await exporting.stretch(reader, None, None), KEY)
    report = verify_export(tmp_path / "out", KEY, then.anchor.lines())
    assert (report.damages, report.state) == ([], "witnessed")
    assert report.purged == await superuser.fetchval("SELECT sum(last_seq - first_seq + 1)::int FROM audit.purged")


async def test_log_is_verified_on_from_a_note_of_before_the_purge(then, old, started, reader):
    await then.checkpoint()
    before = (await verify(reader, KEY)).note
    await then.purge(started)
    assert (await verify_since(reader, KEY, before)).damages == []


async def test_log_is_followed_over_what_was_purged(then, old, started, reader):
    await then.purge(started)
    for writer, head in (await following.heads(reader)).items():
        found = await following.window(reader, writer, 0, 1000)
        assert (found.until, len(found.records) + found.purged) == (head, head)


async def test_answers_stay_as_long_as_a_record_names_them(then, started, superuser, reader):
    log = await then.log(500, started)
    await past.serve(log)
    kept = await past.serve(log, 2190)
    await log.close()
    stated = "SELECT count(*) FROM audit.record WHERE action = 'answer_stated'"
    before = await superuser.fetchval(stated)
    await then.purge(started)
    [read] = await evidence.recorded(superuser, "exchange = $1 AND kind = 'decision'", kept)
    assert "verdicts" in read["body"]["facts"]
    assert await superuser.fetchval(stated) == before
    await sound(then, reader, superuser)


async def test_records_without_a_day_go_as_days_do(then, started, superuser, reader, serve):
    log = await then.log(500, started)
    await serve(log, "former")
    await log.event_durable("flush", {})
    await log.close()
    assert (await then.purge(started)) == []  # policy put no day on it, so it is kept for six years
    log = await then.log(2300, started)
    await serve(log, "older")
    await log.event_durable("flush", {})
    await log.close()
    without, dated = await then.purge(started)
    assert (without.day, without.refused, dated.refused) == ("-infinity", "", "")
    assert await exchanges(superuser) == {"former"}
    await sound(then, reader, superuser)


async def test_records_that_came_when_their_day_had_no_partition_go_too(then, started, superuser, reader):
    log = await then.log(500, started, made=False)
    await past.serve(log)
    kept = await past.serve(log, 2190)
    await log.close()
    [done] = await then.purge(started)
    assert (done.day, done.refused) == (past.day_ago(500).isoformat(), "")
    assert await exchanges(superuser) == {kept}
    assert await superuser.fetchval("SELECT count(*) FROM audit.record_rest WHERE day < current_date - 9") == 0
    await sound(then, reader, superuser)


async def test_parts_that_hold_what_goes_are_made_again(then, old, started, superuser, reader):
    await then.checkpoint()
    closer = PartCloser(then.dsn, then.signing)
    assert await closer.once(least=1)
    assert [one.rows for one in (await reading.read(reader, KEY)).parts] == [5]
    [done] = await then.purge(started)
    assert await superuser.fetchval("SELECT count(*) FROM audit.part") == 0
    assert await closer.once(least=1)
    held = await reading.read(reader, KEY)
    assert [(one.rows, one.hidden) for one in held.parts] == [(2, done.records)]
    assert len(held.derived.exchanges) == 0
    await sound(then, reader, superuser)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.fixture
async def retention(fresh_dsn):
    connection = await database.connect(fresh_dsn, database.RETENTION)
    yield Purging(connection)
    await connection.close()


async def test_one_person_alone_purges_nothing(retention, old, fresh_dsn):
    request = await past.asked_for_a_purge(fresh_dsn, datetime.now(UTC).date())
    assert await past.approved(fresh_dsn, request, "alice") is None
    await past.a_day_later(fresh_dsn)
    assert await past.approved(fresh_dsn, request, "bob") is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no second person"):
        await retention.connection.fetchval(
            "SELECT audit.purge_day($1, $2, $3, 1)", request, past.day_ago(500), uuid.uuid4()
        )


async def test_approval_is_for_days_up_to_the_one_asked_for(then, old, started, superuser):
    assert await then.purge(started, past.day_ago(501)) == []
    assert {*old["due"]} <= await exchanges(superuser)


async def test_without_a_certificate_under_an_anchored_note_nothing_is_purged(then, retention, old, started, superuser):
    await then.checkpoint()
    now = datetime.now(UTC)
    request = await past.asked_for_a_purge(then.dsn, now.date())
    await past.approved(then.dsn, request, "bob")
    [plan] = await retention.plans(now.date())
    purge, call = uuid.uuid4(), "SELECT audit.purge_day($1, $2, $3, $4)"
    with pytest.raises(asyncpg.CheckViolationError, match="no certificate"):
        await retention.connection.fetchval(call, request, past.day_ago(500), purge, 1)
    log = await then.log(1, started)
    await log.event_durable("day_purged", plan.facts | {"root": "00" * 32}, target=str(purge))
    with pytest.raises(asyncpg.CheckViolationError, match="no certificate"):
        await retention.connection.fetchval(call, request, past.day_ago(500), purge, 1)
    await then.checkpoint()
    size = await superuser.fetchval("SELECT max(size) FROM audit.note")
    with pytest.raises(asyncpg.CheckViolationError, match="other records"):
        await retention.connection.fetchval(call, request, past.day_ago(500), purge, size)


async def test_what_a_stream_has_not_sent_stays(then, old, started, superuser):
    await superuser.execute("INSERT INTO audit.stream (login, name) VALUES ('siem', 'http x')")
    [done] = await then.purge(started)
    assert "siem http x has not sent them" in done.refused
    await superuser.execute(
        "INSERT INTO audit.stream_position SELECT 'siem', 'http x', writer, max(last_seq) FROM audit.seal GROUP BY writer"
    )
    [done] = await then.purge(started)
    assert done.refused == ""


async def test_without_an_anchored_note_over_them_nothing_goes(then, old, started, superuser):
    other = past.Past(then.dsn, FileAnchor(then.anchor.path.with_name("other.anchor")))
    blocked = type(other.checkpointer)(other.dsn, other.signing, ())
    past_purge = Purging(await database.connect(then.dsn, database.RETENTION))
    [plan] = await past_purge.plans(datetime.now(UTC).date())
    assert "anchored note" in plan.blocked(await blocked.anchored())
    await past_purge.connection.close()


async def test_day_goes_while_somebody_reads_for_long_and_its_file_when_it_is_purged_next(
    then, old, started, fresh_dsn, superuser
):
    month = f"audit.record_{past.day_ago(500):%Y_%m}"
    file = f"SELECT pg_relation_filenode('{month}')"
    before = await superuser.fetchval(file)
    reading = await database.connect(fresh_dsn, database.READER)
    async with reading.transaction():
        await reading.fetch("SELECT count(*) FROM audit.record")
        [done] = await then.purge(started)
        assert (done.refused, await superuser.fetchval(file)) == ("", before)
        assert not await exchanges(superuser) & {*old["due"]}
    await reading.close()
    await superuser.fetchval("SELECT audit.settle_month($1)", past.day_ago(500))
    assert await superuser.fetchval(file) != before


async def test_a_day_of_which_nothing_may_go_is_read_once(then, started, retention, superuser):
    log = await then.log(500, started)
    await past.serve(log, 2190)
    await log.close()
    await past.aged(then.dsn)
    today = datetime.now(UTC).date()
    [first] = await retention.plans(today, 1)
    assert (first.records, first.next, first.kept > 0) == (0, past.day_ago(500 - 2190).isoformat(), True)
    await superuser.execute("""UPDATE audit.kept_day SET plan = plan || '{"kept": 4711}'""")
    assert [one.kept for one in await retention.plans(today, 1)] == [4711]
    await superuser.execute("UPDATE audit.kept_day SET through = current_date - 2")
    assert await retention.plans(today, 1) == [first]


async def test_a_day_is_read_again_once_another_hold_is_in_force(then, started, retention, superuser, holds):
    log = await then.log(500, started)
    await past.serve(log, 2190)
    await log.close()
    today = datetime.now(UTC).date()
    assert [one.held for one in await retention.plans(today, 1)] == [0]
    hold = await place(holds, HoldScope("acme"))
    assert [set(one.holds) for one in await retention.plans(today, 1)] == [{hold}]
    assert [one.held > 0 for one in await retention.plans(today, 1)] == [True]
    await release(holds, hold)
    assert [one.held for one in await retention.plans(today, 1)] == [0]


async def test_a_day_with_something_that_may_go_is_read_each_time(then, old, retention, superuser):
    today = datetime.now(UTC).date()
    plans = await retention.plans(today)
    assert plans[0].records > 0
    assert await retention.plans(today) == plans
    assert await superuser.fetchval("SELECT count(*) FROM audit.kept_day") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT audit.purge_plan(current_date)", "SELECT * FROM audit.kept_day", "DELETE FROM audit.kept_day",
        "SELECT * FROM audit.record", "SELECT * FROM audit.purged", "SELECT * FROM identity.hold_state",
        "DELETE FROM audit.record", "INSERT INTO audit.purged DEFAULT VALUES",
        "SELECT audit.take_out(gen_random_uuid(), current_date)", "SELECT * FROM audit.lifetimes(current_date, current_date)",
        "SELECT audit.add_month(current_date)",
        "INSERT INTO audit.tenant_login VALUES ('proxy_reader', '{}')", "SELECT identity.approve_hold('a', 'b')",
    ],
)  # fmt: skip
async def test_retention_role_may_call_its_functions_and_nothing_else(retention, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await retention.connection.fetch(statement)


@pytest.mark.parametrize(
    "role", [database.WRITER, database.READER, database.IDENTITY, database.VERIFIER, database.VAULT]
)
async def test_no_other_role_purges(fresh_dsn, role):
    connection = await database.connect(fresh_dsn, role)
    for call in ("purge_day('r', current_date, gen_random_uuid(), 1)", "settle_month(current_date)",
                 "purge_plan(current_date)", "plan_for(current_date)"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(f"SELECT audit.{call}")
    await connection.close()


async def test_verifier_verifies_and_reads_nothing_else(then, old, started, fresh_dsn):
    await then.purge(started)
    connection = await database.connect(fresh_dsn, database.VERIFIER)
    assert (await verify(connection, KEY, then.anchor.lines())).state == "witnessed"
    for table in ("identity.subject_key", "identity.hold_state", "vault.pseudonym",
                  "registry.bundle", "audit.stream", "master_key.proof"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {table}")
    for change in ("INSERT INTO audit.record DEFAULT VALUES", "DELETE FROM audit.purged", "SELECT audit.head('w')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)
    await connection.close()


# --- what a superuser does is named -----------------------------------------------------------------------------------

FREE = "SET session_replication_role = replica"
YOUNG = "(SELECT writer, seq, hash FROM audit.record WHERE kind = 'attempt' ORDER BY recorded_at DESC LIMIT 1)"
MOVED = f"""
    CREATE TABLE public.one AS SELECT * FROM {YOUNG} o;
    INSERT INTO audit.purged SELECT {{purge}}, {{day}}, writer, seq, seq, hash FROM public.one;
    DELETE FROM audit.record r USING public.one o WHERE r.writer = o.writer AND r.seq = o.seq;
    DROP TABLE public.one
"""
OF_PURGE = "(SELECT purge FROM audit.purged LIMIT 1)"
DAMAGES = {
    "records purged without a certificate": (
        MOVED.format(purge="gen_random_uuid()", day="current_date"), "purge", "no certificate"),
    "more purged than the certificate says": (
        MOVED.format(purge=OF_PURGE, day="(SELECT day FROM audit.purged LIMIT 1)"), "purge", "over other records"),
    "a certificate removed": (
        "DELETE FROM audit.record WHERE action = 'day_purged'", "purge", "no certificate"),
    "a certificate altered": (
        "UPDATE audit.record SET body = replace(body::text, '\"exchanges\":3', '\"exchanges\":2')::json WHERE action = 'day_purged'",
        "body", "body"),
    "a purged hash altered": (
        "UPDATE audit.purged SET hashes = overlay(hashes PLACING sha256('x') FROM 1 FOR 32)", "purge", "over other records"),
    "a purged place removed": (
        "DELETE FROM audit.purged WHERE first_seq = (SELECT min(first_seq) FROM audit.purged)", "missing", "are missing"),
    "a purged day renamed": ("UPDATE audit.purged SET day = day - 90", "purge", "over other records"),
    "a record that is kept was removed": (
        "DELETE FROM audit.record WHERE kind = 'attempt' AND tenant = 'mercy'", "missing", "are missing"),
    "a purged record put back": (
        ("INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed) "
         "SELECT p.writer, p.first_seq, now(), 'event', '', 0, '', '', 'x', '', sha256(''), sha256(''), '{}', '' FROM audit.purged p LIMIT 1"), "order", "two records"),
    "an opening record purged": (
        ("INSERT INTO audit.purged SELECT gen_random_uuid(), current_date, writer, seq, seq, hash FROM audit.record "
         "WHERE action = 'writer_started'; DELETE FROM audit.record WHERE action = 'writer_started'"), "uncertified", "did not certify"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
async def test_tampering_with_what_was_purged_is_named(then, old, started, superuser, reader, name):
    await then.purge(started)
    statement, what, told = DAMAGES[name]
    await superuser.execute(FREE)
    await superuser.execute(statement)
    found = [one for one in (await verify(reader, KEY, then.anchor.lines())).damages if one.what == what]
    assert any(told in one.detail for one in found), found


async def test_purge_that_no_policy_allowed_yet_is_named_even_with_a_certificate(then, started, superuser, reader):
    log = await then.log(300, started)
    await past.serve(log)
    await log.close()
    await superuser.execute(
        "UPDATE pg_proc SET prosrc = replace(prosrc, '400', '200') WHERE proname IN ('days_past', 'lifetimes')"
    )
    body = await superuser.fetchval("SELECT pg_get_functiondef('audit.lifetimes'::regproc)")
    await superuser.execute(
        body.replace("(r.body #>> '{facts,retain_until}'::text[])::date", "date '2000-01-01'").replace(
            "(r.body #>> '{facts,retain_until}')::date", "date '2000-01-01'"
        )
    )
    [done] = await then.purge(started)
    assert done.refused == ""
    damages = (await verify(reader, KEY, then.anchor.lines())).damages
    assert [one for one in damages if one.what == "purge" and "no policy allowed it" in one.detail], damages


async def test_purge_of_what_a_hold_covered_is_named_even_with_a_certificate(then, old, started, superuser, reader):
    log = await then.log(1, started)
    facts = {"hold": "hd_abcdefghijkl", "activity": "", "of_subject": False}
    await log.event_durable("hold_requested", facts, tenant="acme")
    await log.event_durable("hold_placed", {"hold": facts["hold"]})
    await log.close()
    await then.purge(started)  # as if somebody had removed the hold from its table
    damages = (await verify(reader, KEY, then.anchor.lines())).damages
    assert [one for one in damages if one.what == "purge" and "legal hold hd_abcdefghijkl covered" in one.detail], (
        damages
    )


async def test_certificate_of_an_export_is_needed_there_too(then, old, started, reader, tmp_path):
    await then.purge(started)
    await exporting.write(reader, tmp_path / "out", await exporting.stretch(reader, None, None), KEY)
    path = tmp_path / "out" / "context.json"
    context = json.loads(path.read_text())
    context["records"] = [one for one in context["records"] if '"day_purged"' not in one["body"]]
    path.write_text(json.dumps(context))
    assert "purge" in {one.what for one in verify_export(tmp_path / "out", KEY).damages}
