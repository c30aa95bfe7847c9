from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from proxy.grants.grant import Approval, GrantRequest, StoredGrant
from proxy.reports.exports.job import ExportJob, ExportKind, ExportState, NewExport
from tests.unit.web.api.conftest import NOW, ActsDone, ExportsKept
from tests.unit.web.api.test_serving import error

ASKED = {"id": "rq_aaaaaaaaaaaa", "tenant": "acme", "ticket": "T-1", "requested_by": "ops", "requested": NOW}
HOLD = {
    "id": "hd_aaaaaaaaaaaa", "matter": "M-1", "tenant": "acme", "activity": None, "of_subject": True, "since": None,
    "until": None, "placed_by": "ops", "placed": NOW, "subject": "s-handle",
}  # fmt: skip
ACTS = {
    "place_hold": ("hd_aaaaaaaaaaaa", "requests/rq_aaaaaaaaaaaa/approve"),
    "release_hold": ("hd_aaaaaaaaaaaa", "requests/rq_aaaaaaaaaaaa/approve"),
    "erase_subject": ("s-handle", "subjects/erasures"),
    "purge_days": ("2026-01-31", "requests/rq_aaaaaaaaaaaa/approve"),
}
FRESH = StoredGrant(
    "bg_aaaaaaaaaaaa",
    GrantRequest("acme", "INC-1", "outage", timedelta(hours=2), "ops"),
    NOW.replace(year=2999),
    proven=True,
)


def acts(*rows, grants=()):
    made = ActsDone()

    async def of(given):
        return given

    made.waiting = lambda: of(rows)
    made.holds = lambda tenant=None: of((HOLD,))
    made.listed_grants = lambda tenant=None: of(grants)
    return made


async def inbox(running, role):
    status, document = await running.answered("GET", "inbox", role)
    assert status == 200, document
    return document["waiting"]


@pytest.mark.parametrize("act", ACTS)
async def test_what_two_people_do_says_who_asked_on_which_terms_and_who_may_decide(serve, act):
    about, path = ACTS[act]
    async with serve(acts=acts({**ASKED, "act": act, "about": about})) as running:
        [mine] = await inbox(running, "all")  # the service of this key is "ops", who asked
        assert (mine["kind"], mine["asked_by"], mine["decide"]["path"]) == (act, "ops", path)
        assert (mine["may_decide"], mine["why_not"], mine["second_person"]) == (False, "second_person_required", True)
        [theirs] = await inbox(running, "privacy-officer")
        assert (theirs["may_decide"], theirs["digest"]) == (True, mine["digest"])
        [seen] = await inbox(running, "auditor")
        assert (seen["may_decide"], seen["why_not"], seen["role"]) == (False, "role_missing", "privacy-officer")
        assert "s-handle" not in str(mine)  # nothing says whom it is about
        for role in ("policy-admin", "registry-admin"):
            assert await inbox(running, role) == []
        error(await running.answered("GET", "inbox", "audit-reader"), 403, "role_missing")


async def test_terms_that_differ_have_other_digests(serve):
    async with serve(acts=acts({**ASKED, "act": "purge_days", "about": "2026-01-31"})) as running:
        [before] = await inbox(running, "all")
    async with serve(acts=acts({**ASKED, "act": "purge_days", "about": "2026-02-28"})) as running:
        [after] = await inbox(running, "all")
    assert before["digest"] != after["digest"]


async def test_a_grant_waits_for_its_approval_and_then_for_its_review(serve):
    opened = replace(
        FRESH, id="bg_bbbbbbbbbbbb", requested=NOW, uses=2,
        approval=Approval("second", "totp", NOW - timedelta(days=300), NOW - timedelta(days=299)),
    )  # fmt: skip
    forged = replace(FRESH, id="bg_cccccccccccc", proven=False)
    async with serve(acts=acts(grants=(FRESH, opened, forged))) as running:
        items = {one["id"]: one for one in await inbox(running, "privacy-officer")}
        assert {one["kind"] for one in items.values()} == {"break_glass", "break_glass_review"}
        assert items["bg_aaaaaaaaaaaa"]["terms"]["reason"] == "outage"
        assert items["bg_bbbbbbbbbbbb"]["decide"]["needs"] == ["finding", "note"]
        assert {one["id"] for one in await inbox(running, "all") if one["may_decide"]} == set()


async def test_an_export_about_a_person_waits_and_its_references_stay_out(serve):
    exports = ExportsKept()
    about = {"subject": ["hmac-sha256:k:p"], "tenant": "acme"}
    asked = NewExport(ExportKind.QUESTION, "AQ-10", about, "json", "ops (all)", "ops", "acme", None, "letter 7")
    for name, state in (("ex_1", ExportState.PENDING), ("ex_2", ExportState.DONE)):
        exports.jobs[name] = ExportJob(name, asked, state, NOW)
    async with serve(exports=exports, acts=acts()) as running:
        [item] = await inbox(running, "privacy-officer")
        assert (item["id"], item["terms"]["purpose"], item["may_decide"]) == ("ex_1", "letter 7", True)
        assert "hmac" not in str(item)
        assert not (await inbox(running, "all"))[0]["may_decide"]


async def test_nobody_is_said_to_decide_what_an_unknown_actor_asked_for(serve):
    exports = ExportsKept()
    about = {"subject": ["hmac-sha256:k:p"], "tenant": "acme"}
    for name, asked_by in (("ex_1", "joe"), ("ex_2", "joe (k9)")):
        asked = NewExport(ExportKind.QUESTION, "AQ-10", about, "json", asked_by, "joe", "acme", None, "letter 7")
        exports.jobs[name] = ExportJob(name, asked, ExportState.PENDING, NOW)
    async with serve(exports=exports, acts=acts()) as running:
        for item in await inbox(running, "privacy-officer"):
            status, _ = await running.answered("POST", item["decide"]["path"], "privacy-officer")
            assert (item["may_decide"], status) == ((False, 409) if item["id"] == "ex_1" else (True, 200))


@pytest.fixture
async def proposed(serve):
    """A change of the registry and one of its rules, stored by "ops" and not in force."""
    async with serve(acts=acts()) as running:
        base = {"If-Match": f'"{running.registry.head}"'}
        for path, body in (
            ("registry/tenants.demo-us.establishments?activate=false", ["US", "CA"]),
            ("registry/rules?activate=false", {"no_streams.yaml": "effect: deny\n"}),
        ):
            status, document = await running.answered("PUT", path, "all", json=body, headers=base)
            assert status == 200, document
        yield running


async def test_a_change_waits_with_every_difference_and_its_author_may_not_decide(proposed):
    items = await inbox(proposed, "registry-admin")
    assert {one["kind"] for one in items} >= {"registry_change"}
    for one in items:
        assert (one["asked_by"], one["may_decide"], one["decide"]["path"]) == ("ops", True, "registry/activate")
        status, document = await proposed.answered("GET", f"inbox/{one['id']}", "registry-admin")
        assert (status, document["digest"], len(document["changes"])) == (200, one["digest"], one["terms"]["changes"])
    assert not any(one["may_decide"] for one in await inbox(proposed, "all"))
    assert not any(one["may_decide"] for one in await inbox(proposed, "policy-reader"))


async def test_what_does_not_wait_or_is_not_for_this_role_is_not_there(proposed):
    [one, *_] = await inbox(proposed, "registry-admin")
    error(await proposed.answered("GET", f"inbox/{one['id']}", "privacy-officer"), 404, "not_found")
    error(await proposed.answered("GET", "inbox/rq_none", "all"), 404, "not_found")


async def test_what_is_in_force_or_was_replaced_does_not_wait(proposed):
    for one in await inbox(proposed, "registry-admin"):
        status, _ = await proposed.answered(
            "POST", "registry/activate?wait=0", "registry-admin", json={"revision": one["id"]},
            headers={"If-Match": f'"{one["terms"]["base"]}"'},
        )  # fmt: skip
        assert status == 200
        break
    assert await inbox(proposed, "registry-admin") == []  # the other one was based on what is gone
