from __future__ import annotations

import pytest

from proxy.errors import ConfigurationError, IdentityUnavailableError
from testing.fakes import CANARY
from tests.unit.web.api.conftest import ListsKept

OFFICER = "privacy-officer"
BODY = {"tenant": "acme", "columns": "name=Name", "csv": f"Name\n{CANARY}\n", "role": "patient"}


@pytest.fixture
async def kept(serve):
    lists = ListsKept()
    async with serve(registered=lists) as running:
        lists.running = running
        yield lists


async def test_an_officer_loads_lists_checks_erases_and_removes(kept):
    asked = kept.running.answered
    assert await asked("PUT", "registered/patients", OFFICER, json=BODY) == (
        200,
        {"load": "rl_aaaaaaaaaaaa", "rows": 1},
    )
    [(name, body, by)] = kept.loaded
    assert (name, body.tenant, body.role, by) == ("patients", "acme", "patient", f"crm ({OFFICER})")
    listed = await asked("GET", "registered?tenant=acme", "auditor")
    assert (listed[0], [(one["tenant"], one["name"], one["matches"]) for one in listed[1]["lists"]]) == (
        200,
        [("acme", "patients", 7)],
    )
    checked = await asked("POST", "registered/checks", OFFICER, json={"tenant": "acme", "text": CANARY})
    assert checked == (200, {"places": [{"start": 0, "end": 2, "type": "PERSON", "list": "patients"}]})
    wanted = {"tenant": "acme", "subject": "patient 7"}
    assert await asked("POST", "registered/erasures", OFFICER, json=wanted) == (200, {"erased": 1})
    assert (await asked("POST", "registered/erasures", OFFICER, json={**wanted, "subject": "x"}))[0] == 404
    assert await asked("DELETE", "registered/patients?tenant=acme", OFFICER) == (200, {"removed": "patients"})
    assert (await asked("DELETE", "registered/staff?tenant=acme", OFFICER))[0] == 404
    assert (await asked("DELETE", "registered/patients", OFFICER))[0] == 404
    recorded = str(kept.running.evidence.events)
    assert CANARY not in recorded
    assert "patient 7" not in recorded


async def test_faults_are_told(kept):
    asked = kept.running.answered
    assert (await asked("PUT", "registered/patients", OFFICER, json={**BODY, "tenant": "nobody"}))[0] == 400
    for fault, status in ((ConfigurationError("the file has no column"), 400), (IdentityUnavailableError(), 503)):
        kept.raises = fault
        assert (await asked("PUT", "registered/patients", OFFICER, json=BODY))[0] == status
        body = {"tenant": "acme", "subject": "patient 7"}
        assert (await asked("POST", "registered/erasures", OFFICER, json=body))[0] == status


@pytest.mark.parametrize("role", ["auditor", "audit-reader", "registry-admin"])
async def test_others_change_nothing(kept, role):
    for method, path, body in (
        ("PUT", "registered/patients", BODY), ("DELETE", "registered/patients?tenant=acme", None),
        ("POST", "registered/checks", {"tenant": "acme", "text": "x"}),
    ):  # fmt: skip
        assert (await kept.running.answered(method, path, role, json=body))[0] == 403
    assert kept.loaded == []


async def test_a_process_without_lists_says_so(serve):
    async with serve() as running:
        assert (await running.answered("GET", "registered", OFFICER))[0] == 409
