from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.errors import ConfigurationError, IdentityUnavailableError
from tests.unit.web.api.conftest import NOW, RestrictionsKept

BODY = {"tenant": "acme", "subject": "patient 7", "kind": "objection", "ticket": "DSR-8"}


@pytest.fixture
async def listed(serve):
    restrictions = RestrictionsKept()
    async with serve(restrictions=restrictions) as running:
        restrictions.running = running
        yield restrictions


async def test_an_officer_adds_reads_and_lifts(listed):
    status, document = await listed.running.answered("POST", "subjects/restrictions", "privacy-officer", json=BODY)
    assert (status, document) == (200, {"id": "rs_aaaaaaaaaaaa"})
    [(new, by)] = listed.added
    assert (new.tenant, new.subject, new.kind, new.since, new.until) == ("acme", "patient 7", "objection", NOW, None)
    assert by == "crm (privacy-officer)"
    read = await listed.running.answered("GET", "subjects/restrictions?tenant=acme&lifted=true", "privacy-officer")
    assert read == (200, {"restrictions": [{"id": "rs_aaaaaaaaaaaa", "tenant": "acme", "lifted": True}]})
    path = "subjects/restrictions/rs_aaaaaaaaaaaa"
    assert await listed.running.answered("DELETE", path, "privacy-officer") == (200, {"lifted": "rs_aaaaaaaaaaaa"})
    assert (await listed.running.answered("DELETE", "subjects/restrictions/rs_b", "privacy-officer"))[0] == 404
    calls = listed.running.evidence.named("admin_call")
    assert [call.get("restriction") for call in calls] == ["rs_aaaaaaaaaaaa", None, "rs_aaaaaaaaaaaa", None]
    assert "patient" not in str(listed.running.evidence.named("admin_change") + calls)


@pytest.mark.parametrize(
    "body",
    [
        {**BODY, "kind": "dislike"},
        {**BODY, "ticket": "two words"},
        {**BODY, "until": "2026-12-01T00:00:00"},
        {**BODY, "reason": "x"},
        {"tenant": "acme"},
    ],
)
async def test_what_does_not_fit_is_refused(listed, body):
    assert (await listed.running.answered("POST", "subjects/restrictions", "privacy-officer", json=body))[0] == 400
    assert listed.added == []


async def test_times_are_taken_and_faults_told(listed):
    body = {**BODY, "since": "2026-12-01T00:00:00Z", "until": "2026-12-02T00:00:00+01:00"}
    assert (await listed.running.answered("POST", "subjects/restrictions", "privacy-officer", json=body))[0] == 200
    assert listed.added[0][0].since == datetime(2026, 12, 1, tzinfo=UTC)
    for fault, status in ((ConfigurationError("it ends before it begins"), 400), (IdentityUnavailableError(), 503)):
        listed.raises = fault
        assert (await listed.running.answered("POST", "subjects/restrictions", "privacy-officer", json=body))[
            0
        ] == status


@pytest.mark.parametrize("role", ["auditor", "audit-reader", "registry-admin"])
async def test_others_do_not_touch_the_list(listed, role):
    for method, path, more in (("POST", "", {"json": BODY}), ("GET", "", {}), ("DELETE", "/rs_aaaaaaaaaaaa", {})):
        assert (await listed.running.answered(method, f"subjects/restrictions{path}", role, **more))[0] == 403
    assert (listed.added, listed.lifted) == ([], [])


async def test_a_process_without_the_list_says_so(serve):
    async with serve() as running:
        assert (await running.answered("GET", "subjects/restrictions", "privacy-officer"))[0] == 409
