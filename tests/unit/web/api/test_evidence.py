from __future__ import annotations

import base64
import sys
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from proxy.audit.sealing import notes
from proxy.audit.verification import proof, proof_check
from proxy.reports import catalogue, composing, statement
from proxy.reports.answer import SignedAnswer
from proxy.web.api import formats
from testing import evidence, proofs
from tests.unit.web.api.conftest import Desk
from tests.unit.web.api.test_serving import error


def asked(desk, question, role, purpose="quarterly review", **parameters):
    body = {"purpose": purpose, "parameters": parameters}
    return desk.running.answered("POST", f"audit/questions/{question}", role, json=body)


async def test_every_question_is_listed_without_what_nobody_gives(desk):
    status, document = await desk.running.answered("GET", "audit/questions", "audit-reader")
    assert status == 200
    listed = {one["id"]: one for one in document["questions"]}
    assert listed.keys() == {one.id for one in catalogue.every()}
    assert list(listed["AQ-02"]["parameters"]) == ["tenant", "since", "until", "activity", "subject", "limit"]
    assert "registry" not in listed["AQ-05"]["parameters"]
    assert "tenant" not in listed["AQ-24"]["parameters"]


async def test_no_operation_answers_about_a_time_that_ends_before_it_begins(desk):
    backward = {"since": "2026-11-01", "until": "2026-10-01"}
    answers = [await asked(desk, question, "auditor", **backward) for question in ("AQ-01", "AQ-05", "AQ-13")]
    answers.append(await reported(desk, "ropa", "auditor", **backward))
    paths = ("exchanges?", "facets?", "series?by=code&bucket=week&", "counts?rows=region&columns=code&", "events?")
    answers += [await desk.running.answered("GET", f"audit/{path}{urlencode(backward)}", "auditor") for path in paths]
    for answer in answers:
        error(answer, 400, "invalid_request")
        assert "'until' must be later than 'since'" in answer[1]["error"]["message"]
    assert desk.given == []


async def test_an_answer_is_checked_with_the_public_key_alone(desk):
    status, document = await asked(desk, "aq-14", "auditor", since="2026-07-01", limit=5)
    assert status == 200
    assert statement.flaw(document, evidence.SIGNING.verifier) is None
    [(question, given, requester, tenants)] = desk.given
    assert (question, given, tenants) == ("AQ-14", {"since": "2026-07-01", "limit": 5}, None)
    assert (requester.name, requester.purpose) == ("crm (auditor)", "quarterly review")
    facts = desk.running.evidence.named("admin_call")[-1]
    assert (facts["question"], facts["rows"]) == ("AQ-14", 1)
    assert facts["answer"] == statement.digest(document["statement"])


async def test_a_format_that_there_is_not_is_refused_before_anything_is_asked(desk):
    options = {"json": {"purpose": "quarterly review"}, "headers": {"Accept": "text/csv"}}
    refused = error(
        await desk.running.answered("POST", "audit/reports/ropa", "auditor", **options), 406, "not_acceptable"
    )
    assert "text/html, application/pdf" in refused["message"]
    error(
        await desk.running.answered("GET", "audit/checkpoint", "auditor", headers=options["headers"]),
        406,
        "not_acceptable",
    )
    assert desk.given == []


async def test_a_format_whose_library_is_missing_is_refused_before_anything_is_asked(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    options = {"json": {"purpose": "review"}, "headers": {"Accept": "application/pdf"}}
    refused = error(
        await desk.running.answered("POST", "audit/questions/AQ-14", "auditor", **options), 406, "not_acceptable"
    )
    assert "compliance-proxy[reports]" in refused["message"]
    assert desk.given == []


def test_the_statement_of_every_question_fits_into_a_header():
    for question in catalogue.every():
        about = {"question": question.id, "columns": question.columns, "rows_sha256": "0" * 64}
        signed = SignedAnswer(question, (), about, evidence.SIGNING)
        assert len(formats.signed("csv", b"", question.id, signed).more[formats.STATEMENT]) < 3000


async def test_a_page_of_exchanges_is_a_table_whose_next_page_is_linked(desk):
    path = "audit/exchanges?since=2026-07-01&limit=5"
    async with desk.running.ask("GET", path, "auditor", headers={"Accept": "application/x-ndjson"}) as response:
        assert await response.read() == b'{"exchange":"x1","tenant":"acme"}\n'
        assert response.headers["Link"] == '<?since=2026-07-01&limit=5&after=next>; rel="next"'
        assert response.headers["x-compliance-covers-all-records"] == "true"


async def test_an_audit_reader_reads_its_own_tenant_alone(desk):
    assert (await asked(desk, "AQ-14", "audit-reader"))[0] == 200
    assert (await asked(desk, "AQ-14", "audit-reader", tenant="acme"))[0] == 200
    assert [(given, tenants) for _, given, _, tenants in desk.given] == [
        ({}, ("acme",)),
        ({"tenant": "acme"}, ("acme",)),
    ]
    error(await asked(desk, "AQ-14", "audit-reader", tenant="mercy"), 403, "role_missing")
    assert len(desk.given) == 2


async def test_a_person_is_looked_for_by_a_privacy_officer_with_the_tenant(desk):
    assert (await asked(desk, "AQ-10", "privacy-officer", tenant="mercy", subject="patient-7"))[0] == 200
    assert desk.given[0][1] == {"tenant": "mercy", "subject": ["hmac-sha256:k:patient-7@mercy"]}
    assert (await asked(desk, "AQ-10", "privacy-officer", subject="hmac-sha256:k:aa"))[0] == 200
    error(await asked(desk, "AQ-10", "auditor", tenant="mercy", subject="patient-7"), 403, "role_missing")
    error(await asked(desk, "AQ-10", "privacy-officer", subject="patient-7"), 400, "invalid_request")
    assert desk.looked_up == [("patient-7", "mercy"), ("hmac-sha256:k:aa", "")]


async def test_a_tenant_is_named_by_a_text(desk):
    error(await asked(desk, "AQ-10", "privacy-officer", tenant=7, subject="patient-7"), 400, "invalid_request")
    assert desk.looked_up == []


async def test_a_purpose_is_needed_and_a_question_must_exist(desk):
    error(await asked(desk, "AQ-14", "auditor", purpose=""), 400, "invalid_request")
    error(await asked(desk, "AQ-99", "auditor"), 404, "not_found")
    assert desk.given == []


async def test_more_questions_than_the_bound_are_refused_not_queued(desk):
    with desk.running.api.questions.hold(), desk.running.api.questions.hold():
        error(await asked(desk, "AQ-14", "auditor"), 429, "admin_busy")


async def test_a_process_without_the_evidence_says_so(serve):
    async with serve() as running:
        answer = await running.answered("POST", "audit/questions/AQ-14", "auditor", json={"purpose": "review"})
    error(answer, 409, "not_configured")


@pytest.mark.parametrize(
    ("path", "name"),
    [("exchanges", "exchanges"), ("series", "series"), ("counts", "crossed"), ("facets", "facets")],
)
async def test_every_list_and_count_says_how_many_records_are_unread(desk, path, name):
    found = getattr(desk, name)

    async def behind(*given):
        return replace(await found(*given), complete=False, unread=4100)

    setattr(desk, name, behind)
    _, document = await desk.running.answered("GET", f"audit/{path}", "auditor")
    assert (document["unread"], document["covers_all_records"]) == (4100, False)


async def test_exchanges_come_by_pages_of_the_tenants_that_a_role_reads(desk):
    path = "audit/exchanges?since=2026-07-01&category=health&limit=5&after=abc&purpose=review"
    status, document = await desk.running.answered("GET", path, "audit-reader")
    assert (status, document["after"], document["covers_all_records"]) == (200, "next", True)
    assert document["exchanges"] == [{"exchange": "x1", "tenant": "acme"}]
    await desk.running.answered("GET", "audit/exchanges?tenant=mercy", "auditor")
    await desk.running.answered("GET", "audit/exchanges", "auditor")
    assert [(given, rest) for _, given, _, rest in desk.given] == [
        ({"since": "2026-07-01", "category": "health"}, (5, "abc", ("acme",))),
        ({"tenant": "mercy"}, (50, "", None)),
        ({}, (50, "", None)),
    ]
    assert desk.given[0][2].purpose == "review"
    error(await desk.running.answered("GET", "audit/exchanges?tenant=mercy", "audit-reader"), 403, "role_missing")
    error(await desk.running.answered("GET", "audit/exchanges?limit=1001", "auditor"), 400, "invalid_request")
    error(await desk.running.answered("GET", "audit/exchanges?subject=hmac-sha256:a", "auditor"), 403, "role_missing")


async def test_the_story_of_an_exchange_is_for_who_reads_its_tenant(desk):
    status, document = await desk.running.answered("GET", "audit/exchanges/x1?purpose=complaint", "audit-reader")
    assert status == 200
    assert [part["title"] for part in document["story"]] == ["outcome", "place in the log"]
    assert [record["seq"] for record in document["records"]] == [3]
    error(await desk.running.answered("GET", "audit/exchanges/x2", "auditor"), 404, "not_found")


async def test_the_proof_of_an_exchange_is_checked_with_the_public_key_alone(desk):
    status, document = await desk.running.answered("GET", "audit/exchanges/x3/proof?purpose=court", "audit-reader")
    assert status == 200
    assert proof_check.check(proof.read(document), proofs.KEY.verifier).exchange == "x3"
    [(exchange, _, requester, tenants)] = desk.given
    assert (exchange, requester.purpose, tenants) == ("x3", "court", ("acme",))
    error(await desk.running.answered("GET", "audit/exchanges/x9/proof", "auditor"), 404, "not_found")
    message = error(await desk.running.answered("GET", "audit/exchanges/early/proof", "auditor"), 409, "not_proven")[
        "message"
    ]
    assert "signed note yet" in message
    refused = error(await desk.running.answered("GET", "audit/exchanges/part/proof", "auditor"), 409, "not_configured")
    assert "mercy" not in refused["message"]
    error(await desk.running.answered("GET", "audit/exchanges/x3/proof", "policy-reader"), 403, "role_missing")


async def test_the_newest_checkpoint_is_told_whole_and_in_parts(desk):
    status, document = await desk.running.answered("GET", "audit/checkpoint", "audit-reader")
    assert (status, document["origin"], document["size"]) == (200, evidence.SIGNING.origin, 7)
    assert notes.opened(document["note"], evidence.SIGNING.verifier) == (7, base64.b64decode(document["root"]))


async def test_another_tenants_exchange_is_as_unknown_as_none(serve):
    class Others(Desk):
        async def exchange(self, exchange, requester, tenants):
            return [{**record, "tenant": "mercy"} for record in await super().exchange(exchange, requester, tenants)]

    async with serve(desk=Others()) as running:
        known = error(await running.answered("GET", "audit/exchanges/x1", "audit-reader"), 404, "not_found")
        unknown = error(await running.answered("GET", "audit/exchanges/x2", "audit-reader"), 404, "not_found")
        assert known["message"] == unknown["message"]
        assert (await running.answered("GET", "audit/exchanges/x1", "auditor"))[0] == 200


async def test_every_report_is_listed_with_its_parts(desk):
    status, document = await desk.running.answered("GET", "audit/reports", "audit-reader")
    assert status == 200
    listed = {one["name"]: one for one in document["reports"]}
    assert listed.keys() == {one.name for one in composing.every()}
    assert list(listed["ropa"]["parameters"]) == ["tenant", "since", "until", "activity", "limit"]
    assert listed["breach"]["parts"].keys() == {"clocks", "scope", "notification"}


def reported(desk, name, role, **parameters):
    body = {"purpose": "quarterly review", "parameters": parameters}
    return desk.running.answered("POST", f"audit/reports/{name}", role, json=body)


async def test_a_report_is_checked_with_the_public_key_alone_and_is_of_the_tenants_that_a_role_reads(desk):
    status, document = await reported(desk, "ropa", "audit-reader", since="2026-07-01")
    assert status == 200
    assert statement.flaw(document, evidence.SIGNING.verifier) is None
    [(name, given, requester, tenants)] = desk.given
    assert (name, given, tenants) == ("ropa", {"since": "2026-07-01"}, ("acme",))
    assert (requester.name, requester.purpose) == ("crm (audit-reader)", "quarterly review")
    facts = desk.running.evidence.named("admin_call")[-1]
    assert (facts["report"], facts["answer"]) == ("ropa", statement.digest(document["statement"]))


async def test_the_account_of_a_persons_disclosures_is_for_a_privacy_officer(desk):
    assert (await reported(desk, "disclosures", "privacy-officer", tenant="mercy", subject="patient-7"))[0] == 200
    assert desk.given[0][1] == {"tenant": "mercy", "subject": ["hmac-sha256:k:patient-7@mercy"]}
    error(await reported(desk, "disclosures", "auditor", tenant="mercy", subject="patient-7"), 403, "role_missing")
    error(await reported(desk, "none", "auditor"), 404, "not_found")


async def test_counts_are_narrowed_like_the_list_and_of_the_tenants_that_a_role_reads(desk):
    counted = "audit/counts?rows=region&columns=code&action=block"
    for path in ("audit/series?by=code&bucket=week&action=block", "audit/facets?action=block", counted):
        assert (await desk.running.answered("GET", path, "audit-reader"))[0] == 200
        error(await desk.running.answered("GET", f"{path}&tenant=other", "audit-reader"), 403, "role_missing")
        error(await desk.running.answered("GET", f"{path}&subject=p", "auditor"), 403, "role_missing")
        error(await desk.running.answered("GET", path, "policy-admin"), 403, "role_missing")
        error(await desk.running.answered("GET", f"{path}&after=x", "auditor"), 400, "invalid_request")
    assert [(name, given, tenants) for name, given, _, tenants in desk.given] == [
        ("code week", {"action": "block"}, ("acme",)), ("facets", {"action": "block"}, ("acme",)),
        ("region code", {"action": "block"}, ("acme",)),
    ]  # fmt: skip
