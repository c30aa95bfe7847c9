"""Whatever the product obeys is obeyed only with a proof: each row and each column of it, forged by SQL alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from proxy.errors import IdentityUnavailableError
from proxy.grants.grant import GrantRequest
from proxy.grants.store import GrantStore
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.restrictions import NewRestriction, RestrictionKind, RestrictionList
from proxy.identity.store import ApiKeyStore, Binding
from proxy.identity.subjects import SubjectKeys
from proxy.keys import authority_check
from proxy.keys.authority import KINDS
from proxy.keys.authority_check import AuthorityCheck
from proxy.registry.store import RegistryStore
from proxy.reports.exports.job import ExportKind, NewExport
from proxy.reports.exports.schedule import Every
from proxy.reports.exports.schedules import ScheduleStore
from proxy.reports.exports.store import ExportStore
from proxy.runtime.clock import SystemClock
from testing import evidence
from tests.integration.registry.sample import document

KEYS = evidence.KEYRING
#: What an administrator of the database may try, by what ``audit verify`` says of it.
FORGED = {
    "the API key": "UPDATE identity.api_key SET roles = '{privacy-officer}'",
    "the break-glass grant": "UPDATE identity.break_glass_approval SET expires = approved + interval '23 hours'",
    "the restriction": "UPDATE identity.restriction SET until = now() WHERE lifted IS NULL",
    "the end of the restriction": "UPDATE identity.restriction SET lifted = now(), lifted_by = 'x' WHERE lifted IS NULL",
    "the request for a second person": "UPDATE identity.two_person_request SET requested_by = 'carol'",
    "the hold": "INSERT INTO identity.two_person_request VALUES ('rq_000000000000', 'release_hold', 'acme', 'x', 'T', 'a');"
    "INSERT INTO identity.two_person_approval VALUES ('rq_000000000000', 'b');"
    "INSERT INTO identity.hold_release SELECT id, 'rq_000000000000' FROM identity.hold",
    "the registry's revision": "UPDATE registry.revision SET made_by = 'carol'",
    "the registry's activation": "INSERT INTO registry.activation SELECT 7, revision, now(), 'x' FROM registry.revision",
    "the quarantine": "INSERT INTO registry.quarantine (target, reported) VALUES ('de-1', 'x')",
    "the end of the quarantine": "UPDATE registry.quarantine SET cleared_at = now(), cleared_by = 'x' WHERE target = 'us-2'",
    "the schedule": "UPDATE export.schedule SET tenants = '{mercy}'",
    "the export": 'UPDATE export.job SET parameters = \'{"subject": ["y"]}\'',
}


@pytest.fixture
async def filled(fresh_dsn, started):
    """One row of every kind, made by the product; return the stores by name."""
    clock = SystemClock()
    subjects = await started(SubjectKeys(fresh_dsn, KEYS, clock))
    keys = await started(ApiKeyStore(fresh_dsn, KEYS, clock))
    grants = await started(GrantStore(fresh_dsn, KEYS, clock))
    registry = await started(RegistryStore(fresh_dsn, KEYS))
    await keys.create(Binding("acme", "crm", ("support",), "support", "DE"))
    grant = await grants.request(GrantRequest("acme", "INC-1", "outage", timedelta(hours=1), "alice"))
    await grants.approve(grant, "bob", "webauthn", timedelta(hours=4))
    restrictions, holds = RestrictionList(subjects), HoldStore(subjects)
    now = datetime.now(UTC) - timedelta(minutes=1)
    entry = await restrictions.add(
        NewRestriction("acme", "patient 7", RestrictionKind.OBJECTION, now, None, "DSR-7"), "alice"
    )
    lifted = await restrictions.add(
        NewRestriction("acme", "patient 8", RestrictionKind.OBJECTION, now, None, "DSR-8"), "alice"
    )
    await restrictions.lift(lifted, "bob")
    hold, request = await holds.request("M-1", HoldScope("acme"), "alice")
    await holds.approve(request, "bob")
    await registry.put(document(), by="alice", base=None)
    await registry.quarantine("us-1", "somewhere")
    await registry.clear("us-1", "alice")
    await registry.quarantine("us-2", "somewhere")
    exports = ExportStore(fresh_dsn, "runner-1", KEYS)
    asked = NewExport(
        ExportKind.QUESTION, "AQ-11", {"subject": ["x"]}, "csv", "jane (k1)", "jane", "acme", None, "review"
    )
    export = await exports.add(asked)
    await exports.approve(export.id, "joe (k2)", "joe")
    await ScheduleStore(exports).add(replace(asked, parameters={}), Every.MONTH)
    return {"subjects": subjects, "keys": keys, "restrictions": restrictions, "registry": registry, "holds": holds,
            "grants": grants, "exports": exports, "entry": entry, "hold": hold, "grant": grant}  # fmt: skip


async def unproven(dsn):
    return await authority_check.against(dsn, KEYS, tuple(KINDS))


async def test_what_the_product_made_is_proven(filled, fresh_dsn):
    assert await unproven(fresh_dsn) == ()


@pytest.mark.parametrize("named", FORGED)
async def test_a_row_that_the_database_alone_made_is_named(named, filled, fresh_dsn, superuser):
    await superuser.execute(f"SET session_replication_role = replica; {FORGED[named]}")
    said = await unproven(fresh_dsn)
    assert any(one.startswith(f"{named} ") and "not made by a holder of the master key" in one for one in said), said


async def test_no_row_that_the_database_alone_made_is_obeyed(filled, fresh_dsn, superuser):
    await superuser.execute(f"SET session_replication_role = replica; {';'.join(FORGED.values())}")
    await superuser.execute("UPDATE identity.restriction SET until = NULL WHERE ticket = 'DSR-7'")
    assert (await filled["subjects"].of("acme", "patient 7")).restricted, "a forged end of it does not count"
    assert [one.proven for one in await filled["keys"].list()] == [False]
    assert not (await filled["grants"].get(filled["grant"])).proven
    assert [one.target for one in await filled["registry"].quarantined()] == ["us-2"]
    assert await filled["registry"].active() is None, "neither the forged activation nor that of a changed revision"
    assert not (await filled["exports"].claim()).proven
    assert await filled["subjects"].asked("rq_000000000000") is None


async def test_a_forged_restriction_restricts_nobody(filled, superuser):
    lookup = await filled["subjects"].lookup("acme", "patient 9")
    await superuser.execute(
        "INSERT INTO identity.restriction (id, tenant, lookup, kind, since, ticket, added_by) "
        "VALUES ('rs_000000000000', 'acme', $1, 'restriction', now() - interval '1 hour', 'T', 'x')",
        lookup,
    )
    assert not (await filled["subjects"].of("acme", "patient 9")).restricted


async def test_a_name_of_a_data_subject_that_was_changed_is_refused(filled, fresh_dsn, started, superuser):
    await filled["subjects"].of("acme", "patient 7")
    await superuser.execute("SET session_replication_role = replica; UPDATE identity.subject_key SET handle = 'x'")
    with pytest.raises(IdentityUnavailableError):
        await (await started(SubjectKeys(fresh_dsn, KEYS, SystemClock()))).of("acme", "patient 7")


@pytest.fixture
def old_events(superuser):
    """Store events a minute old, as if their writer had sealed them."""

    async def store(*events):
        await superuser.execute("SET session_replication_role = replica")
        for seq, (action, facts) in enumerate(events, start=1):
            await superuser.execute(
                "INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, "
                "target, prev, hash, body, packed, day) "
                "VALUES ('w', $1, now() - interval '1 minute', 'event', '', 0, '', '', $2, '', "
                "sha256(''), sha256($3::bytea), $4, '', (now() - interval '1 minute')::date)",
                seq, action, action.encode(), orjson.dumps({"facts": facts}).decode(),
            )  # fmt: skip

    return store


async def test_what_was_removed_is_missed(filled, fresh_dsn, superuser, old_events):
    [key] = await filled["keys"].list()
    await old_events(
        ("subject_restricted", {"restriction": filled["entry"]}),
        ("hold_requested", {"hold": filled["hold"]}),
        ("hold_placed", {"hold": filled["hold"]}),
        ("key_revoked", {"key_id": key.id}),
        ("break_glass_revoked", {"grant": filled["grant"]}),
        ("target_quarantined", {"target": "us-2"}),
        ("registry_changed", {"revision": "f" * 20, "active": True}),
    )
    check = AuthorityCheck(fresh_dsn, KEYS)
    missing = " ".join((await check.once()).missing)
    assert "API key" in missing
    assert "grant" in missing
    assert "hold" not in missing
    await superuser.execute(
        "DELETE FROM identity.restriction; DELETE FROM identity.hold; DELETE FROM registry.quarantine; DELETE FROM registry.activation"
    )
    missing = " ".join((await check.once()).missing)
    assert f"the registry's revision {'f' * 20} is in force in the log, and not in the database" in missing
    for one in (f"restriction {filled['entry']}", f"hold {filled['hold']}", "quarantine of us-2"):
        assert f"the {one} is in the log, and was removed" in missing


class Events:
    """A log that keeps what it is told."""

    def __init__(self):
        self.told = []

    async def event_durable(self, action, facts, **_):
        self.told.append((action, facts))


async def test_an_older_row_with_its_own_proof_is_noticed(filled, fresh_dsn, superuser, old_events):
    """Who has a dump can put a key back as it was before it was to expire: its proof of then is a proof."""
    [key] = await filled["keys"].list()
    events = Events()
    await superuser.execute(
        "CREATE TABLE public.k AS SELECT * FROM identity.api_key; CREATE TABLE public.p AS SELECT * FROM master_key.proof"
    )
    await filled["keys"].expire(key.id, datetime.now(UTC))
    running = AuthorityCheck(fresh_dsn, KEYS, events)
    await running.compare()
    await running.compare()
    [(action, facts)] = events.told
    assert action == "authority_stated"
    assert facts["generations"][f"api_key {key.id}"] == 2
    assert running.last.missing == ()
    await superuser.execute(
        "SET session_replication_role = replica; DELETE FROM identity.api_key; INSERT INTO identity.api_key SELECT * FROM public.k;"
        "DELETE FROM master_key.proof; INSERT INTO master_key.proof SELECT * FROM public.p"
    )
    [back] = await filled["keys"].list()
    assert back.proven
    assert back.expires is None
    await old_events((action, facts))
    for check in (running, AuthorityCheck(fresh_dsn, KEYS)):
        assert (await check.once()).missing == (f"the API key {key.id} is as it was before it was last changed",)
    await running.compare()
    assert not await running.ready()
    assert len(events.told) == 1
