from __future__ import annotations

import copy
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from proxy.console.pages import approvals
from proxy.grants.grant import GrantRequest, StoredGrant
from tests.unit.console.conftest import NOW

ASKED = {"id": "rq_aaaaaaaaaaaa", "tenant": "acme", "ticket": "T-1", "requested_by": "ops", "requested": NOW}
GRANT = StoredGrant(
    "bg_aaaaaaaaaaaa",
    GrantRequest("acme", "INC-1", "<i>outage</i>", timedelta(hours=2), "ops"),
    NOW.replace(year=2999),
    proven=True,
)


@pytest.fixture
def waits(served):
    """Let requests and grants wait."""

    def let(*rows, grants=()):
        async def of(value):
            return value

        acts = served.console.api.acts
        acts.waiting, acts.listed_grants = lambda: of(rows), lambda tenant=None: of(grants)

    return let


def digest(text):
    return re.search(r'name="digest" value="([0-9a-f]{64})"', text)[1]


def officer(served, person="officer", *roles):
    return served.browser(*(roles or ("privacy-officer",)), person=person, fresh_at=served.console.clock.now())


async def test_an_empty_inbox_says_what_would_stand_there(served):
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/approvals")
        assert "Nothing waits" in text


async def test_terms_are_shown_before_they_are_decided(served, waits):
    waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/approvals")
        assert "2026-01-31" in text
        shown, csrf = digest(text), await browser.csrf()
        status, refused, _ = await browser.post("/console/approvals/rq_aaaaaaaaaaaa", csrf=csrf, digest="0" * 64)
        assert (status, "not those that you read" in refused) == (400, True)
        waits({**ASKED, "act": "purge_days", "about": "2026-02-28"})  # exchanged under the hand
        assert (await browser.post("/console/approvals/rq_aaaaaaaaaaaa", csrf=csrf, digest=shown))[0] == 400
        waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
        status, _, headers = await browser.post("/console/approvals/rq_aaaaaaaaaaaa", csrf=csrf, digest=shown)
        assert (status, headers["Location"]) == (303, "/console/approvals?done=purge_days")
    assert served.console.api.acts.done == [("rq_aaaaaaaaaaaa", "officer")]


async def test_who_asked_is_offered_no_decision(served, waits):
    waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
    async with officer(served, "ops") as browser:
        _, text, _ = await browser.get("/console/approvals")
        assert "Approve as second person" not in text
        assert "Who asked never decides" in text


async def test_a_decision_needs_a_fresh_second_factor(served, waits):
    waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now() - 301) as browser:
        _, text, _ = await browser.get("/console/approvals")
        status, _, _ = await browser.post(
            "/console/approvals/rq_aaaaaaaaaaaa", csrf=await browser.csrf(), digest=digest(text)
        )
        assert status == 403
    assert served.console.api.acts.done == []


async def test_a_reason_is_escaped_and_a_grant_is_opened(served, waits):
    waits(grants=(GRANT, replace(GRANT, id="bg_bbbbbbbbbbbb", proven=False)))
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/approvals/bg_aaaaaaaaaaaa")
        assert "&lt;i&gt;outage" in text
        assert "bg_bbbbbbbbbbbb" not in text
        fields = {"csrf": await browser.csrf(), "digest": digest(text), "mfa": "totp"}
        assert (await browser.post("/console/approvals/bg_aaaaaaaaaaaa", **fields))[0] == 303


@pytest.mark.parametrize("kind", approvals.KINDS)
def test_each_kind_is_decided_by_an_operation_of_the_api(kind):
    item = {"id": "i1", "kind": kind, "tenant": "acme", "terms": {"base": "r1"}}
    operation, parameter, body = approvals._decision(item, {"subject": "p", "finding": "justified"})
    assert operation
    assert parameter == "i1" or "i1" in body.values()
    assert approvals.MEANS[kind]


async def test_an_item_of_oversight_is_closed_by_name(served):
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/approvals")
        assert "/console/exchanges/x1" in text
        assert (await browser.post("/console/oversight/x1", csrf=await browser.csrf(), finding="accepted"))[0] == 303
        assert (await browser.post("/console/oversight/x2", csrf=await browser.csrf(), finding="accepted"))[0] == 404


async def test_a_change_that_needs_no_second_person_says_so_and_its_author_puts_it_in_force(served):
    registry = served.console.api.registry
    plain = copy.deepcopy(registry.stored[registry.head].documents)
    next(iter(plain["registry"]["activities"].values()))["dpia_ref"] = "DPIA-9"
    stored = await registry.put(plain, by="officer (console)", base=registry.head, activate=False)
    async with officer(served, "officer", "registry-admin") as browser:
        _, text, _ = await browser.get(f"/console/approvals/{stored.revision}")
        assert "no second person is needed" in text
        assert [one in text for one in ("Approve as second person", "Put in force")] == [False, True]
        fields = {"csrf": await browser.csrf(), "digest": digest(text)}
        assert (await browser.post(f"/console/approvals/{stored.revision}", **fields))[0] == 303
    assert registry.head == stored.revision


async def test_who_lacks_the_role_is_told_which(served, waits):
    waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
    async with officer(served, "someone", "auditor") as browser:
        _, text, _ = await browser.get("/console/approvals")
        assert "Deciding this needs the role privacy-officer." in text
        assert "Who asked never decides" not in text


async def test_how_much_waits_for_a_person_stands_in_the_navigation(served, waits):
    waits(
        {**ASKED, "act": "purge_days", "about": "2026-01-31"},
        {**ASKED, "id": "rq_b", "requested_by": "officer", "act": "purge_days", "about": "2026-01-31"},
    )
    async with officer(served) as browser:
        assert 'hx-get="/console/waiting"' in (await browser.get("/console/approvals"))[1]
        assert "1 waits for you" in (await browser.get("/console/waiting"))[1]
        asked = len(served.evidence.named("admin_call"))
        waits()
        assert "1 waits for you" in (await browser.get("/console/waiting"))[1]
        assert len(served.evidence.named("admin_call")) == asked  # not on record on every page
        served.console.clock.seconds += 61
        assert (await browser.get("/console/waiting"))[1].strip() == ""


async def test_a_decision_is_counted_at_once(served, waits):
    waits({**ASKED, "act": "purge_days", "about": "2026-01-31"})
    async with officer(served) as browser:
        assert "1 waits for you" in (await browser.get("/console/waiting"))[1]
        shown = digest((await browser.get("/console/approvals"))[1])
        await browser.post("/console/approvals/rq_aaaaaaaaaaaa", csrf=await browser.csrf(), digest=shown)
        waits()
        assert "waits for you" not in (await browser.get("/console/waiting"))[1]


def test_rules_that_change_are_shown_file_by_file_and_line_by_line():
    rules = {"a/a.rego": "package org.a\n\ndeny := 1\n", "b/b.rego": "package org.b\n"}
    change = {"path": "rules", "before": {"b/b.rego": "package org.b\n"}, "after": rules}
    [row] = approvals.by_file(change)
    assert (row["path"], row["before"]) == ("rules.a/a.rego", None)
    assert approvals.written(row["after"]) == ["package org.a", "", "deny := 1"]
    for other in ({**change, "path": "rules.a/a.rego", "before": None, "after": "x"}, {**change, "before": "x"}):
        assert list(approvals.by_file(other)) == [other]
