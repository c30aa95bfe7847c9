"""Lists of registered people in a real database: loaded, in force, replaced, erased; and what leaves with them."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from proxy.core.findings import SegmentFindings
from proxy.core.keyring import Keyring
from proxy.core.records import Obligation
from proxy.detection.detector import PooledDetector
from proxy.detection.registered.rows import columns
from proxy.embedded import trials
from proxy.embedded.checks import CheckContext
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity import subject_resealing
from proxy.identity.registered import RegisteredStore
from proxy.identity.subjects import SubjectKeys
from proxy.service import registered
from proxy.service.registered import RegisteredDesk, RegisteredWatch
from proxy.settings import Settings
from testing import evidence
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage, catalog, chat, completion, target
from testing.registered_lists import ANNA, COLUMNS, JAN, ROSE, MemoryLog

TEXT = "Ask Jan Kowalski, and Müller-Lüdenscheidt, Anna about account DE89370400440532013000."
PSEUDONYMS = (
    Obligation("o1", "pseudonymize", entities=("PERSON",)), Obligation("o2", "redact", entities=("BANK_ACCOUNT",)),
    Obligation("o3", "residual_scan"), Obligation("o4", "reidentify_response"),
)  # fmt: skip


class Blind:
    """A pool whose models find nobody."""

    ready, pids, details = True, (), ()

    def admit(self, tenant, amount, within_s):
        pass

    async def run(self, batches, deadline_s, tenant):
        await asyncio.sleep(0)
        return [tuple(SegmentFindings() for _ in batch) for batch in batches]


@pytest.fixture
async def store(started, fresh_dsn):
    return await started(RegisteredStore(fresh_dsn, evidence.KEYRING, evidence.FixedClock()))


@pytest.fixture
def detector():
    made = PooledDetector(1, 2.0, 4, 1 << 20, b"k" * 32)
    made.pool = Blind()
    return made


@pytest.fixture
async def watch(started, fresh_dsn, tmp_path, detector):
    store = RegisteredStore(fresh_dsn, evidence.KEYRING, evidence.FixedClock())
    return await started(RegisteredWatch(store, tmp_path / "registered", detector.register))


async def load(store, rows, name="patients", tenant="acme", log=None):
    new = registered.new_list(tenant, name, columns(COLUMNS), "patient")
    return await registered.load(store, log or MemoryLog(), new, iter(rows), "alice")


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_leaves_names_no_registered_person(store, watch, detector):
    await load(store, [JAN], name="customers")
    await until(lambda: "acme" in detector.registered)
    report = await load(store, [ANNA, JAN, ROSE])
    await until(lambda: report.load in detector.registered["acme"].version.version)
    upstreams = FakeUpstreams({"a": FakeReply(parts=[completion("done")])})
    stage = Stage(detector, FakePdp(PSEUDONYMS), upstreams, catalog=catalog(target("a")))
    await stage.run(chat(TEXT))
    assert stage.client.status == 200, stage.client.body
    [sent] = stage.upstreams.sent
    body = sent.wire.body.decode()
    for value in ("Kowalski", "Jan", "denscheidt", "Anna", "DE89370400440532013000"):
        assert value not in body
    assert "about account" in body
    [facts] = {facts.registered for facts in stage.pdp.asked if facts.phase == "request"}
    assert facts == (("customers", ("PERSON",)), ("patients", ("BANK_ACCOUNT", "PERSON")))


async def test_one_tenants_people_are_nobody_elses(store, watch, detector):
    await load(store, [JAN], tenant="mercy")
    await until(lambda: "mercy" in detector.registered)
    assert not (await detector.detect([TEXT], "acme")).segments[0].findings
    assert (await detector.detect([TEXT], "mercy")).segments[0].findings


async def test_a_list_is_replaced_whole_at_once_and_texts_are_read_anew(store, watch, detector):
    await load(store, [JAN])
    await until(lambda: "acme" in detector.registered)
    first = await detector.detect([TEXT], "acme")
    report = await load(store, [ANNA])
    await until(lambda: report.load in detector.registered["acme"].version.version)
    second = await detector.detect([TEXT], "acme")
    names = [[TEXT[f.start : f.end] for f in one.segments[0].findings] for one in (first, second)]
    assert names == [["Jan Kowalski"], ["Müller-Lüdenscheidt, Anna", "DE89370400440532013000"]]
    assert first.detectors[-1].id == second.detectors[-1].id == "registered"
    files = {path.stem for path in watch.folder.iterdir()}
    assert files == {report.load}


async def test_a_load_that_fails_changes_nothing(store):
    await load(store, [JAN])
    [before] = await store.lists("acme")

    def broken():
        yield from [ANNA] * 1_500
        raise OSError

    with pytest.raises(OSError):
        await load(store, broken())
    assert await store.lists("acme") == (before,)
    people = await registered.people_of(store, "acme")
    assert people is not None
    assert [one.registered for one in people.find(TEXT)] == ["patients"]


async def test_a_list_of_another_version_is_said_to_need_a_load(store, fresh_dsn, superuser, tmp_path):
    context = CheckContext(Settings(DATABASE_URL=fresh_dsn), dt.date(2026, 12, 1), None, tmp_path)
    await load(store, [JAN])
    await load(store, [JAN], name="staff")
    assert (await trials.registered_people(context)).detail == "lists: 2"
    await superuser.execute("UPDATE identity.registered_list SET version = 0 WHERE name = 'staff'")
    desk = RegisteredDesk(store, MemoryLog(), dict)
    assert {row["name"]: row["outdated"] for row in await desk.lists()} == {"patients": False, "staff": True}
    told = await trials.registered_people(context)
    assert (told.result, "of acme/staff:" in told.detail, told.advice) == (
        "failed", True, "load them again: compliance-proxy registered load",
    )  # fmt: skip
    assert await registered.erase(store, MemoryLog(), "acme", JAN["id"], "alice") == 2
    assert [one["outdated"] for one in await desk.lists()] == [False, True]
    await load(store, [JAN], name="staff")
    assert (await trials.registered_people(context)).result == "ok"


async def test_two_loads_of_a_list_do_not_mix(store):
    key = await store.key("acme", create=True)
    async with store.replacing(key, "patients"):
        with pytest.raises(ConfigurationError, match="another load"):
            await load(store, [JAN])
        await load(store, [JAN], name="staff")


async def test_a_person_is_erased_from_every_list_and_others_stay(store):
    log = MemoryLog()
    await load(store, [ANNA, JAN])
    await load(store, [JAN], name="staff")
    assert await registered.erase(store, log, "acme", JAN["id"], "bob") == 2
    assert await registered.erase(store, log, "acme", JAN["id"], "bob") == 0
    people = await registered.people_of(store, "acme")
    assert people is not None
    assert [TEXT[one.start : one.end] for one in people.find(TEXT)] == [
        "Müller-Lüdenscheidt, Anna", "DE89370400440532013000",
    ]  # fmt: skip
    assert [name for name, _ in log.events] == ["registered_person_erased"] * 2
    assert JAN["id"] not in repr(log.events)


async def test_events_say_what_was_loaded_without_a_value(store):
    log = MemoryLog()
    report = await load(store, [ANNA, JAN, ROSE, {}], log=log)
    assert (report.rows, report.people, report.left_out) == (4, 2, 2)
    await registered.remove(store, log, "acme", "patients", "bob")
    assert not await registered.remove(store, log, "acme", "patients", "bob")
    assert [name for name, _ in log.events] == ["registered_list_loaded", "registered_list_removed"]
    facts = log.events[0][1]
    assert (facts["list"], facts["load"], facts["people"]) == ("patients", report.load, 2)
    assert "Kowalski" not in repr(log.events)
    assert await registered.people_of(store, "acme") is None


async def test_nothing_stored_says_anything_without_the_key(store, superuser):
    await load(store, [ANNA, JAN, JAN])
    rows = [
        *await superuser.fetch("SELECT * FROM identity.registered_block"),
        *await superuser.fetch("SELECT * FROM identity.registered_list"),
        *await superuser.fetch("SELECT * FROM identity.registered_key"),
    ]
    stored = repr([dict(row) for row in rows]).lower()
    for value in ("kowalski", "88237465", "lüdenscheidt", "4711", "example.org"):
        assert value not in stored
    [key] = [row["sealed"] for row in await superuser.fetch("SELECT sealed FROM identity.registered_key")]
    await registered.remove(store, MemoryLog(), "acme", "patients", "bob")
    assert not await superuser.fetch("SELECT FROM identity.registered_key")
    await load(store, [JAN])
    assert key != await superuser.fetchval("SELECT sealed FROM identity.registered_key")


async def test_altered_or_missing_records_are_noticed(store, superuser):
    await load(store, [ANNA, JAN] * 1_000)
    await superuser.execute("DELETE FROM identity.registered_block WHERE number = 1")
    with pytest.raises(IdentityUnavailableError, match="lacks records"):
        await registered.people_of(store, "acme")
    await superuser.execute("UPDATE identity.registered_block SET sealed = sealed || '\\x00'")
    with pytest.raises(IdentityUnavailableError, match="altered"):
        await registered.people_of(store, "acme")


async def test_a_new_master_key_seals_the_key_again_and_digests_stay(store, started, fresh_dsn):
    await load(store, [JAN])
    keys = Keyring(b"n" * 32, read_only=(evidence.KEYRING,))
    subjects = await started(SubjectKeys(fresh_dsn, keys, evidence.FixedClock()))
    assert await subject_resealing.reseal(subjects) == 1
    assert await subjects.sealed_with() == {Keyring(b"n" * 32).key_id: 1}
    alone = await started(RegisteredStore(fresh_dsn, replace(keys, read_only=()), evidence.FixedClock()))
    people = await registered.people_of(alone, "acme")
    assert people is not None
    assert people.find(TEXT)
    with pytest.raises(IdentityUnavailableError, match="does not open"):
        await registered.people_of(store, "acme")


async def test_a_process_that_cannot_read_its_lists_does_not_serve(store, fresh_dsn, tmp_path, detector):
    await load(store, [JAN])
    other = RegisteredStore(fresh_dsn, Keyring(b"x" * 32), evidence.FixedClock())
    with pytest.raises(IdentityUnavailableError):
        await RegisteredWatch(other, tmp_path, detector.register).start()
    await other.close()
