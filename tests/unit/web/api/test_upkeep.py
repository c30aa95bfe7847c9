from __future__ import annotations

import pytest

from proxy.web.api import access, table
from tests.unit.web.api.conftest import ActsDone, Desk, KeysKept
from tests.unit.web.api.test_serving import error

#: Operations of people: the body of each, and what a path parameter is.
CALLS = {
    "inbox": None, "inbox.item": None, "holds.list": None, "break_glass.list": None, "oversight.list": None,
    "oversight.close": {"finding": "accepted"}, "break_glass.review": {"finding": "justified"}, "audit.events": None,
    "audit.anchors": None, "keys.list": None, "keys.revoke": None, "audit.series": None, "audit.facets": None,
    "policy.revisions": None, "policy.sources": None, "registry.schema": None, "registry.dependents": None,
}  # fmt: skip


@pytest.mark.parametrize("role", [*access.ROLES, "plain"])
async def test_each_role_may_call_what_the_table_says_and_nothing_else(serve, role):
    async with serve(desk=Desk(), acts=ActsDone(), keys=KeysKept()) as running:
        for operation in table.OPERATIONS:
            if operation.id not in CALLS:
                continue
            path = operation.path.replace("{id}", "x1").replace("{revision}", "f" * 20)
            status, document = await running.answered(operation.method, path, role, json=CALLS[operation.id])
            allowed = bool(operation.roles & access.effective((role,)))
            assert (status != 403) == allowed, (operation.id, document)


async def test_keys_are_listed_without_what_they_are(serve):
    async with serve(keys=KeysKept()) as running:
        status, document = await running.answered("GET", "keys", "auditor")
        assert (status, document["keys"][0]["service"], document["keys"][0]["state"]) == (200, "crm", "valid")
        assert "hash" not in str(document)


async def test_a_key_is_revoked_once_and_on_record(serve):
    async with serve(keys=KeysKept()) as running:
        assert (await running.answered("DELETE", "keys/aaaaaaaaaaaa", "registry-admin"))[0] == 200
        error(await running.answered("DELETE", "keys/aaaaaaaaaaaa", "registry-admin"), 404, "not_found")
        assert running.evidence.named("key_revoked") == [{"key_id": "aaaaaaaaaaaa", "by": "crm (registry-admin)"}]


async def test_an_audit_reader_oversees_its_own_tenant_alone(desk):
    assert (await desk.running.answered("GET", "oversight?tenant=acme", "audit-reader"))[0] == 200
    assert desk.given[-1][1::2] == ({"tenant": "acme"}, ("acme",))
    error(await desk.running.answered("GET", "oversight?tenant=other", "audit-reader"), 403, "role_missing")


async def test_events_are_bounded_by_moments(desk):
    assert (await desk.running.answered("GET", "audit/events?name=log_read&since=2026-07-01", "auditor"))[0] == 200
    assert desk.given[-1][0] == "log_read"
    error(await desk.running.answered("GET", "audit/events?since=soon", "auditor"), 400, "invalid_request")


async def test_what_is_not_open_is_not_closed(desk):
    body = {"finding": "stopped", "note": "wrong patient"}
    assert (await desk.running.answered("POST", "oversight/x1/close", "privacy-officer", json=body))[0] == 200
    error(await desk.running.answered("POST", "oversight/x2/close", "privacy-officer", json=body), 404, "not_found")


async def test_anchors_say_how_old_their_word_is(serve):
    async with serve(ages=lambda: {"log": 1.23, "file": 7.0}) as running:
        _, document = await running.answered("GET", "audit/anchors", "audit-reader")
    assert document == {"anchors": [{"where": "log", "age_s": 1.2}, {"where": "file", "age_s": 7.0}]}
