"""From the header to the evidence, with the shipped library: what a grant lifts, for how long, and what it never lifts."""

from __future__ import annotations

import asyncio

import pytest

NOTE = "Ann Lee has diabetes"
THIRD_PARTY = "us-alpha/eu"
CLINIC = ("acme-eu", "clinical-notes", "DE", "break-glass")


def to(installation):
    """Return the target of each request that left."""
    return [outbound.target.id for outbound in installation.upstreams.sent]


async def test_lifted_notified_reviewed_recorded_and_over(serve):
    made = await serve(THIRD_PARTY, "local/eu")
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")

    before = await made.ask(key, NOTE)
    during = [await made.ask(key, NOTE, grant) for _ in range(2)]
    asked = made.engine.asked
    made.clock.seconds += 2 * 3600 - 1
    last = await made.ask(key, NOTE, grant)
    made.clock.seconds += 1
    after = await made.ask(key, NOTE, grant)
    without = await made.ask(key, NOTE)

    assert [r.headers["x-compliance-target"] for r in (before, *during, last, without)] == [
        "local/eu", THIRD_PARTY, THIRD_PARTY, THIRD_PARTY, "local/eu",
    ]  # fmt: skip
    assert (after.status, after.code) == (403, "break_glass_unusable")
    assert "expired" in after.body["error"]["message"]
    assert made.engine.asked == asked  # all of these were remembered decisions
    assert all(
        b"Ann Lee" not in outbound.wire.body for outbound in made.upstreams.sent if outbound.target.id == THIRD_PARTY
    )

    decisions = await made.records("decision")
    lifted = decisions[1]["facts"]
    assert lifted["caller"]["break_glass"] == grant
    assert lifted["input"]["break_glass"] == {
        "ticket": "INC-90", "approver": "bob", "mfa": True, "role_ok": True, "expires_at": "2026-11-24T12:00:00Z",
    }  # fmt: skip
    assert lifted["decision"]["overrides"]["break_glass"]["waived"] == ["SPECIAL_CATEGORY_LOCAL_ONLY"]
    assert "break_glass" not in decisions[0]["facts"]["caller"]
    assert "break_glass" not in decisions[0]["facts"]["decision"]["overrides"]
    done = {one["exchange"]: one["facts"] for one in await made.records("outcome")}[decisions[1]["exchange"]]
    assert {"obligations.notify", "obligations.post_review"} <= set(done["obligations_fulfilled"])
    assert done["obligations_unfulfilled"] == []

    used = await made.records("event", "break_glass_used")
    assert [one["facts"]["exchange"] for one in used] == [one["exchange"] for one in decisions[1:4]]
    assert (used[0]["tenant"], used[0]["target"], used[0]["facts"]["grant"]) == ("acme-eu", THIRD_PARTY, grant)
    [refused] = await made.records("event", "break_glass_refused")
    assert (refused["facts"]["grant"], refused["facts"]["tenant"]) == (grant, "acme-eu")
    stored = await made.grants.get(grant)
    assert (stored.uses, stored.state(made.grants._now())) == (3, "review due")


async def test_notice_is_durable_before_anything_leaves(serve):
    made = await serve(THIRD_PARTY)
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")
    await made.ask(key, NOTE, grant)
    [used] = await made.records("event", "break_glass_used")
    [attempt] = await made.records("attempt")
    assert used["seq"] < attempt["seq"]


async def test_revoked_between_decision_and_send_sends_nothing(serve):
    made = await serve(THIRD_PARTY)
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")
    decide = made.pdp.decide

    async def slow(facts, exchange, now):
        decided = await decide(facts, exchange, now)
        await made.grants.revoke(grant, "carol")
        return decided

    made.pdp.decide = slow
    refused = await made.ask(key, NOTE, grant)
    assert (refused.status, refused.code, to(made)) == (403, "break_glass_unusable", [])
    [outcome] = await made.records("outcome")
    assert outcome["codes"] == ["break_glass_unusable"]
    assert (await made.grants.get(grant)).uses == 0


async def test_a_grant_that_lifts_nothing_is_not_used(serve):
    made = await serve("local/eu")
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")
    assert (await made.ask(key, NOTE, grant)).status == 200
    assert (await made.grants.get(grant)).uses == 0
    assert await made.records("event", "break_glass_used") == []


async def test_the_law_is_never_lifted(serve):
    made = await serve("us-beta/us")
    key, grant = await made.key("mercy-us", "phi-operations", "US", "break-glass"), await made.grant("mercy-us")
    for presented in ("", grant):
        assert (await made.ask(key, NOTE, presented)).status == 403
    assert await made.denials("us-beta/us") == [["NO_BAA"], ["NO_BAA"]]
    assert (to(made), (await made.grants.get(grant)).uses) == ([], 0)


@pytest.mark.parametrize(
    "binding", [("acme-eu", "clinical-notes", "DE"), ("clinic-eu", "clinical-notes", "DE", "break-glass")]
)
async def test_a_grant_of_others_is_refused_and_not_passed_over(serve, binding):
    made = await serve(THIRD_PARTY, "local/eu")
    key, grant = await made.key(*binding), await made.grant("acme-eu")
    for presented in (grant, "bg_zzzzzzzzzzzz"):
        refused = await made.ask(key, NOTE, presented)
        assert (refused.status, refused.code) == (403, "break_glass_unusable")
    malformed = await made.ask(key, NOTE, "INC-90")
    assert (malformed.status, malformed.code) == (400, "malformed_request")
    assert to(made) == []
    assert [one["status"] for one in await made.records("outcome")] == [403, 403, 400]


async def test_without_the_store_only_requests_with_a_grant_fail(serve):
    made = await serve(THIRD_PARTY, "local/eu")
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")
    await made.grants.close()
    refused = await made.ask(key, NOTE, grant)
    assert (refused.status, refused.code) == (503, "break_glass_unavailable")
    assert (await made.ask(key, NOTE)).status == 200
    assert to(made) == ["local/eu"]


async def test_many_requests_of_one_grant_are_each_a_use(serve):
    made = await serve(THIRD_PARTY)
    key, grant = await made.key(*CLINIC), await made.grant("acme-eu")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(made.ask(key, NOTE, grant)) for _ in range(20)]
    assert {task.result().status for task in tasks} == {200}
    assert (await made.grants.get(grant)).uses == 20
