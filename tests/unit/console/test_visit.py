from __future__ import annotations

import pytest

from proxy.console.visit import RefusedCallError, Visit
from proxy.console.words import spoken
from proxy.identity.console_logins import LoginKind
from proxy.web.api.faults import InvalidRequestError, RoleMissingError, SecondFactorError
from tests.unit.console.conftest import LATER


async def visit(served, *roles, path="/console/", query=None, **login):
    person = {"person": "officer", "roles": list(roles), "tenant": "acme", "by": "oidc", **login}
    token = await served.logins.add(LoginKind.SESSION, person)
    await served.logins.give_purpose(await served.logins.session(token), "review of Q3")
    session = await served.logins.session(token)
    return Visit(served.console, spoken("en"), token, session, path, "", query or {})


async def test_an_operation_is_called_as_the_person_and_on_record(served):
    made = await visit(served, "auditor")
    answer = await made.document("audit.ask", "AQ-14", made.asking(since="2026-07-01", until="", code=None))
    assert answer["rows"]
    (question, given, requester, tenants) = served.desk.given[-1]
    assert (question, given, requester.purpose, tenants) == ("AQ-14", {"since": "2026-07-01"}, "review of Q3", None)
    (facts,) = served.evidence.named("admin_call")
    assert facts["operation"] == "audit.ask"
    assert facts["by"].startswith("officer (console:")


async def test_who_lacks_the_role_calls_nothing(served):
    made = await visit(served, "policy-reader")
    with pytest.raises(RoleMissingError):
        await made.call("audit.checkpoint")
    assert await made.part("audit.checkpoint") is None
    assert served.evidence.events == []


async def test_a_reader_of_one_tenant_reads_no_other(served):
    made = await visit(served, "audit-reader")
    assert made.tenants == ("acme",)
    with pytest.raises(RefusedCallError) as refused:
        await made.call("audit.exchanges", tenant="mercy")
    assert (refused.value.status, refused.value.reason) == (403, "role_missing")


async def test_a_form_is_checked_as_a_body_is(served):
    made = await visit(served, "auditor")
    with pytest.raises(InvalidRequestError):
        await made.call("audit.ask", "AQ-14", {"purpose": "x"})


async def test_a_second_factor_is_fresh_for_five_minutes(served):
    made = await visit(served, "privacy-officer", fresh_at=served.console.clock.now())
    made.check_second_factor()
    served.console.clock.seconds += LATER.total_seconds()
    with pytest.raises(SecondFactorError):
        made.check_second_factor()
    with pytest.raises(SecondFactorError):
        (await visit(served, "privacy-officer")).check_second_factor()


async def test_a_second_factor_that_is_yet_to_come_is_none(served):
    ahead = {
        seconds: await visit(served, "auditor", fresh_at=served.console.clock.now() + seconds) for seconds in (30, 3600)
    }
    ahead[30].check_second_factor()
    with pytest.raises(SecondFactorError):
        ahead[3600].check_second_factor()


async def test_addresses_keep_what_they_narrow_to(served):
    made = await visit(served, "auditor", query={"p": "7d", "tenant": "a&b"})
    assert made.href(tenant=None) == "/console/?p=7d"
    assert made.href(code="x") == "/console/?p=7d&tenant=a%26b&code=x"
    assert made.href("/console/exchanges", action="block", code="") == "/console/exchanges?action=block"
