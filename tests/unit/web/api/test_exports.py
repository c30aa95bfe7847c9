from __future__ import annotations

import base64
import gzip

import pytest

from tests.unit.web.api.conftest import Desk, ExportsKept, SchedulesKept
from tests.unit.web.api.test_serving import error

BACKWARD = {"since": "2026-11-01", "until": "2026-10-01"}


@pytest.fixture
async def api(serve):
    async with serve(desk=Desk(), exports=ExportsKept(), schedules=SchedulesKept()) as running:
        yield running


def wanted(api, role, **more):
    body = {"purpose": "quarterly review", "kind": "question", "name": "AQ-14", "format": "csv", **more}
    return api.answered("POST", "audit/exports", role, json=body)


async def fetched(api, export, role="auditor"):
    async with api.ask("GET", f"audit/exports/{export}/result", role, headers={"Accept": "text/csv"}) as response:
        return response.status, await response.read(), response.headers


async def test_an_export_is_accepted_and_its_file_handed_out_piece_by_piece_with_its_statement(api):
    async with api.ask(
        "POST", "audit/exports", "auditor",
        json={"purpose": "review", "kind": "question", "name": "AQ-14", "format": "pdf", "parameters": {"limit": 5}},
    ) as response:  # fmt: skip
        accepted = await response.json()
        assert (response.status, response.headers["Location"]) == (202, f"/admin/v1/audit/exports/{accepted['id']}")
    facts = api.evidence.named("admin_call")[-1]
    assert (facts["export"], facts["purpose"], facts["parameters"]) == (accepted["id"], "review", ["limit"])
    status, content, headers = await fetched(api, accepted["id"])
    assert (status, content, headers["Content-Type"], headers["Content-Length"]) == (
        200,
        b"one23",
        "application/pdf",
        "5",
    )
    assert gzip.decompress(base64.b64decode(headers["x-compliance-statement"])) == b"{}"
    facts = api.evidence.named("admin_call")[-1]
    assert (facts["operation"], facts["export"], facts["by"]) == (
        "audit.export_result",
        accepted["id"],
        "crm (auditor)",
    )


async def test_an_audit_reader_exports_and_sees_its_own_tenant_alone(api):
    _, every = await wanted(api, "auditor")
    _, own = await wanted(api, "audit-reader")
    assert api.api.exports.jobs[own["id"]].asked.tenants == ("acme",)
    _, found = await api.answered("GET", "audit/exports", "audit-reader")
    assert [one["id"] for one in found["exports"]] == [own["id"]]
    error(await api.answered("GET", f"audit/exports/{every['id']}", "audit-reader"), 404, "not_found")
    assert (await fetched(api, every["id"], "audit-reader"))[0] == 404
    error(await wanted(api, "audit-reader", parameters={"tenant": "mercy"}), 403, "role_missing")
    error(await wanted(api, "audit-reader", kind="records", name="", format="tar.gz"), 403, "role_missing")
    error(await wanted(api, "audit-reader", name="AQ-24"), 403, "tenant_refused")


async def test_an_export_about_a_person_needs_another_privacy_officer(api):
    about = {"name": "AQ-10", "parameters": {"tenant": "mercy", "subject": "patient-7"}}
    error(await wanted(api, "auditor", **about), 403, "role_missing")
    status, job = await wanted(api, "privacy-officer", **about)
    assert (status, job["state"], job["of_subject"]) == (202, "pending", True)
    assert "patient" not in str(job)
    assert api.api.exports.jobs[job["id"]].asked.parameters["subject"] == ["hmac-sha256:k:patient-7@mercy"]
    assert (await fetched(api, job["id"], "privacy-officer"))[0] == 409
    path = f"audit/exports/{job['id']}/approve"
    error(await api.answered("POST", path, "privacy-officer"), 409, "not_approved")
    assert (await api.answered("POST", path, "second"))[0] == 200
    facts = api.evidence.named("admin_call")[-1]
    assert (facts["by"], facts["requested_by"]) == ("ops2 (second)", "crm (privacy-officer)")
    error(await api.answered("POST", path, "second"), 409, "not_approved")
    assert (await fetched(api, job["id"], "auditor"))[0] == 403
    assert (await fetched(api, job["id"], "privacy-officer"))[:2] == (200, b"one23")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"format": "tar.gz"}, 400),
        ({"kind": "report", "name": "ropa", "format": "csv"}, 400),
        ({"name": "AQ-99"}, 404),
        ({"kind": "report", "name": "none", "format": "pdf"}, 404),
        ({"parameters": {"nothing": 1}}, 400),
        ({"parameters": {"since": "yesterday"}}, 400),
        ({"kind": "records", "name": "", "format": "tar.gz", "parameters": {"activity": "x"}}, 400),
        ({"kind": "records", "name": "", "format": "tar.gz", "parameters": {"since": "x"}}, 400),
        ({"kind": "records", "name": "", "format": "tar.gz", "parameters": BACKWARD}, 400),
        ({"parameters": BACKWARD}, 400),
        ({"kind": "report", "name": "ropa", "format": "pdf", "parameters": BACKWARD}, 400),
        ({"purpose": ""}, 400),
    ],
)
async def test_what_cannot_be_made_is_refused_at_once(api, body, status):
    assert (await wanted(api, "auditor", **body))[0] == status
    assert api.api.exports.jobs == {}


async def test_records_with_their_proofs_are_for_an_auditor(api):
    status, _ = await wanted(
        api, "auditor", kind="records", name="", format="tar.gz", parameters={"since": "2026-07-01"}
    )
    assert status == 202


async def test_a_process_without_exports_says_so(serve):
    async with serve(desk=Desk()) as running:
        error(await wanted(running, "auditor"), 409, "not_configured")


async def test_a_verification_is_a_job_of_who_reads_all_tenants(api):
    body = {"kind": "verification", "name": "", "format": "json"}
    assert (await wanted(api, "auditor", **body))[0] == 202
    error(await wanted(api, "audit-reader", **body), 403, "role_missing")
    error(await wanted(api, "auditor", **{**body, "format": "csv"}), 400, "invalid_request")
    error(await wanted(api, "auditor", **body, parameters={"since": "2026-01-01"}), 400, "invalid_request")


async def test_who_asked_or_reads_all_tenants_ends_an_export_once_and_on_record(api):
    parameters = {"tenant": "acme", "subject": "p"}
    made = [await wanted(api, "privacy-officer", name="AQ-10", parameters=parameters) for _ in range(2)]
    first, second = (document["id"] for _, document in made)
    error(await api.answered("POST", f"audit/exports/{first}/cancel", "audit-reader"), 404, "not_found")
    assert (await api.answered("POST", f"audit/exports/{first}/cancel", "auditor"))[0] == 200
    error(await api.answered("POST", f"audit/exports/{first}/cancel", "auditor"), 404, "not_found")
    assert [facts["failure"] for facts in api.evidence.named("export_failed")] == ["cancelled"]
    assert (await api.answered("POST", f"audit/exports/{second}/cancel", "privacy-officer"))[0] == 200


def scheduled(api, role, **more):
    body = {"purpose": "monthly review", "kind": "question", "name": "AQ-14", "format": "pdf", "every": "month", **more}
    return api.answered("POST", "audit/schedules", role, json=body)


async def test_a_schedule_is_of_who_asked_and_on_record_until_it_is_stopped(api):
    status, made = await scheduled(api, "audit-reader", language="de", parameters={"code": "NO_BAA"})
    assert (status, made["every"], made["language"], made["parameters"]) == (201, "month", "de", {"code": "NO_BAA"})
    assert api.api.schedules.rows[made["id"]].asked.tenants == ("acme",)
    facts = api.evidence.named("admin_call")[-1]
    assert (facts["operation"], facts["schedule"], facts["every"]) == ("audit.schedule", made["id"], "month")
    assert (facts["purpose"], facts["parameters"]) == ("monthly review", ["code"])
    _, found = await api.answered("GET", "audit/schedules", "audit-reader")
    assert [one["id"] for one in found["schedules"]] == [made["id"]]
    assert (await api.answered("POST", f"audit/schedules/{made['id']}/stop", "audit-reader"))[0] == 200
    assert api.evidence.named("admin_call")[-1]["operation"] == "audit.stop_schedule"
    error(await api.answered("POST", f"audit/schedules/{made['id']}/stop", "audit-reader"), 404, "not_found")


async def test_a_schedule_of_every_tenant_is_neither_seen_nor_stopped_by_who_reads_one(api):
    _, made = await scheduled(api, "auditor")
    assert api.api.schedules.rows[made["id"]].asked.tenants is None
    assert (await api.answered("GET", "audit/schedules", "audit-reader"))[1]["schedules"] == []
    error(await api.answered("POST", f"audit/schedules/{made['id']}/stop", "audit-reader"), 404, "not_found")
    assert (await api.answered("POST", f"audit/schedules/{made['id']}/stop", "privacy-officer"))[0] == 200


async def test_what_cannot_be_made_or_needs_a_second_person_has_no_schedule(api):
    about = {"tenant": "mercy", "subject": "patient-7"}
    error(await scheduled(api, "privacy-officer", name="AQ-10", parameters=about), 400, "invalid_request")
    error(await scheduled(api, "auditor", parameters={"since": "2026-01-01"}), 400, "invalid_request")
    error(await scheduled(api, "auditor", parameters={"nothing": "x"}), 400, "invalid_request")
    error(await scheduled(api, "auditor", name="AQ-99"), 404, "not_found")
    error(await scheduled(api, "auditor", kind="report", name="monthly", format="csv"), 400, "invalid_request")
    error(await scheduled(api, "audit-reader", parameters={"tenant": "mercy"}), 403, "role_missing")
    error(await scheduled(api, "audit-reader", name="AQ-24"), 403, "tenant_refused")
    assert (await scheduled(api, "auditor", kind="report", name="breach"))[0] == 201
    assert len(api.api.schedules.rows) == 1
