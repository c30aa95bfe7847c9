"""What two people do, through the admin API: named by their credentials, so that it can be done in containers."""

from __future__ import annotations

import json

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.grants.store import GrantStore
from proxy.identity.subjects import SubjectKeys
from proxy.runtime.clock import SystemClock
from proxy.service.acts import Acts
from proxy.vault.postgres import PostgresVault
from testing import evidence
from tests.unit.web.api.conftest import in_memory, serve  # noqa: F401 - fixtures

PERSON = {"tenant": "acme", "subject": "patient 7"}
GRANT = {"tenant": "acme", "ticket": "INC-1", "reason": "outage"}


@pytest.fixture
async def api(serve, fresh_dsn, started):  # noqa: F811
    """Serve the API over real stores: "all" and "second" are two people with every role."""
    keys, clock = evidence.KEYRING, SystemClock()
    log = await started(PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), keys, clock, signing=evidence.SIGNING))
    acts = Acts(
        await started(SubjectKeys(fresh_dsn, keys, clock)), log, await started(PostgresVault(fresh_dsn, keys, 60, clock)),
        await started(GrantStore(fresh_dsn, keys, clock)),
    )  # fmt: skip
    async with serve(acts=acts) as running:

        async def post(path, who="all", status=200, **body):
            answered = await running.answered("POST", path, who, json=body)
            assert answered[0] == status, answered
            return answered[1]

        async def get(path, who="all"):
            answered = await running.answered("GET", path, who)
            assert answered[0] == 200, answered
            return answered[1]

        post.acts, post.get = acts, get
        yield post


async def test_a_hold_takes_two_people_to_begin_and_to_end(api, superuser):
    placed = await api("holds", matter="M-1", **PERSON)
    approve = f"requests/{placed['request']}/approve"
    assert (await api(approve, status=409))["error"]["code"] == "act_refused"
    assert await api(approve, "second") == {"approved": "place_hold", "about": placed["hold"]}
    erasure = await api("subjects/erasures", **PERSON, ticket="DSR-7")
    refused = await api("subjects/erasures", "second", 409, **PERSON, request=erasure["request"])
    assert "a legal hold covers" in refused["error"]["message"]
    release = await api("holds/releases", "second", hold=placed["hold"], ticket="M-1")
    await api(f"requests/{release['request']}/approve", "second", 409)
    await api(f"requests/{release['request']}/approve")
    assert await api("subjects/erasures", "second", **PERSON, request=erasure["request"]) == {
        "keys": 1,
        "pseudonyms": 0,
    }
    rows = await superuser.fetch(
        "SELECT action, body #>> '{facts,by}' AS by FROM audit.record WHERE action LIKE '%hold%' ORDER BY seq"
    )
    assert [(row["action"], row["by"]) for row in rows] == [
        ("hold_requested", "ops"), ("hold_placed", "ops2"), ("hold_release_requested", "ops2"), ("hold_released", "ops"),
    ]  # fmt: skip
    bodies = await superuser.fetch("SELECT body FROM audit.record")
    assert "patient" not in json.dumps([row["body"] for row in bodies])


async def test_a_purge_is_approved_here_and_carried_out_elsewhere(api, superuser):
    request = (await api("purges", through="2025-01-01", ticket="RET-1"))["request"]
    await api(f"requests/{request}/approve", status=409)
    assert await api.acts.subjects.approved_purges() == ()
    await api(f"requests/{request}/approve", "second")
    [row] = await api.acts.subjects.approved_purges()
    assert (row["id"], row["about"], row["requested_by"], row["approver"]) == (request, "2025-01-01", "ops", "ops2")
    await superuser.execute(
        "SET session_replication_role = replica; UPDATE identity.two_person_approval SET approver = 'x'"
    )
    assert await api.acts.subjects.approved_purges() == ()


async def test_a_grant_takes_two_people_and_one_ends_it(api):
    grant = (await api("break-glass", **GRANT))["grant"]
    await api(f"break-glass/{grant}/approve", status=409, mfa="webauthn")
    assert "expires" in await api(f"break-glass/{grant}/approve", "second", mfa="webauthn")
    assert await api(f"break-glass/{grant}/revoke") == {"revoked": grant}
    await api(f"break-glass/{grant}/revoke", status=409)


async def test_the_inbox_holds_what_waits_and_forgets_what_was_decided(api):
    placed = await api("holds", matter="M-1", **PERSON)
    erasure = await api("subjects/erasures", **PERSON, ticket="DSR-7")
    purge = await api("purges", through="2026-01-31", ticket="P-1")
    grant = await api("break-glass", **GRANT)
    waiting = {one["id"]: one for one in (await api.get("inbox", "second"))["waiting"]}
    assert {one["kind"] for one in waiting.values()} == {"place_hold", "erase_subject", "purge_days", "break_glass"}
    assert all(one["may_decide"] for one in waiting.values())
    assert not any(one["may_decide"] for one in (await api.get("inbox"))["waiting"])
    assert "patient 7" not in json.dumps(waiting)
    for one in waiting.values():  # each is decided as the inbox says
        body = {**PERSON, "request": one["id"]} if one["kind"] == "erase_subject" else {}
        if one["kind"] in {"purge_days", "break_glass"}:
            await api(one["decide"]["path"], "second", **body)
    await api(waiting[placed["request"]]["decide"]["path"], "second")
    left = {one["id"] for one in (await api.get("inbox", "second"))["waiting"]}
    assert left == {erasure["request"]}  # held, so that it still waits
    assert purge["request"] not in left
    assert [one["state"] for one in (await api.get("holds"))["holds"]] == ["in force"]
    [opened] = (await api.get("break-glass"))["grants"]
    assert (opened["id"], opened["state"], opened["approver"]) == (grant["grant"], "open", "ops2")
    await api(f"break-glass/{grant['grant']}/review", status=409, finding="justified")  # it has not ended
