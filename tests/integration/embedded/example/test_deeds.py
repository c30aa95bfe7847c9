from __future__ import annotations

from types import SimpleNamespace

import asyncpg
import pytest

from proxy.audit.writing.log import PostgresAuditLog
from proxy.catalog import documents
from proxy.embedded.example.deeds import DPO, REGISTRAR, Deeds
from proxy.embedded.example.world import ExampleWorld
from proxy.grants.store import GrantStore
from proxy.identity.subjects import SubjectKeys
from proxy.keys import authority_check
from proxy.registry.store import RegistryStore
from proxy.reports.exports.schedules import ScheduleStore
from proxy.reports.exports.store import ExportStore
from proxy.runtime.clock import SystemClock
from proxy.settings import Settings
from proxy.vault.postgres import PostgresVault
from proxy.web.api.operations import recorded_actor
from testing import evidence


@pytest.fixture
async def parts(fresh_dsn, started, tmp_path):
    keys, clock = evidence.KEYRING, SystemClock()
    made = SimpleNamespace(
        audit=PostgresAuditLog(fresh_dsn, "unused", keys, clock, signing=evidence.SIGNING),
        subjects=await started(SubjectKeys(fresh_dsn, keys, clock)),
        grants=await started(GrantStore(fresh_dsn, keys, clock)),
        vault=await started(PostgresVault(fresh_dsn, keys, 3600, clock)),
        registry=await started(RegistryStore(fresh_dsn, keys)),
    )
    read = documents.read(ExampleWorld().settings(Settings(state_dir=tmp_path)).config_dir)
    await made.registry.put(read.plain, by="first start", base=None)
    return made


async def test_officers_leave_something_of_every_kind_for_a_second_person(parts, fresh_dsn):
    first = await parts.registry.active_revision()
    await Deeds(parts).done()
    waiting = await parts.subjects.waiting()
    assert {row["act"] for row in waiting} == {"place_hold", "release_hold", "erase_subject"}
    revisions = await parts.registry.history()
    assert len(revisions) == 3
    assert {one.made_by for one in revisions} == {"first start", recorded_actor(REGISTRAR, "console:example")}
    assert await parts.registry.active_revision() != first
    grants = await parts.grants.list()
    assert {grant.approval is None for grant in grants} == {True, False}
    store = ExportStore(fresh_dsn, "test", evidence.KEYRING)
    assert {job.state.value for job in await store.listed(None, 9)} == {"waiting", "pending"}
    scheduled = await ScheduleStore(store).listed(None, 9)
    assert {(one.asked.name, one.every.value) for one in scheduled} == {("monthly", "month"), ("AQ-01", "week")}
    assert {one.next.parameters.keys() >= {"since", "until"} for one in scheduled} == {True}
    acts = {"hold", "restriction", "grant", "schedule"}
    assert await authority_check.against(fresh_dsn, evidence.KEYRING, acts) == ()
    connection = await asyncpg.connect(fresh_dsn)
    by = await connection.fetch(
        "SELECT DISTINCT body::jsonb->'facts'->>'by' AS by FROM audit.record WHERE kind = 'event'"
    )
    await connection.close()
    assert DPO in {row["by"] for row in by}
