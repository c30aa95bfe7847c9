from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.web.api.conftest import ActsDone

GRANT = {"tenant": "acme", "ticket": "INC-1", "reason": "outage"}


async def test_without_acts_it_says_so(serve):
    async with serve() as running:
        status, document = await running.answered("POST", "holds", json={"matter": "M-1"})
    assert (status, document["error"]["code"]) == (409, "not_configured")


@pytest.mark.parametrize("scope", [{"tenant": "acmee"}, {"tenant": "acme", "activity": "suport"}])
async def test_a_hold_on_whom_nobody_knows_is_refused(serve, scope):
    acts = ActsDone()
    async with serve(acts=acts) as running:
        status, document = await running.answered("POST", "holds", "privacy-officer", json={"matter": "M-1", **scope})
        assert (status, "the nearest is" in document["error"]["message"], acts.done) == (400, True, [])
        anyway = {"matter": "M-1", "unregistered": True, **scope}
        assert (await running.answered("POST", "holds", "privacy-officer", json=anyway))[0] == 200


async def test_who_acts_is_the_service_whatever_its_key(serve):
    acts = ActsDone()
    async with serve(acts=acts) as running:
        await running.answered("POST", "holds", "privacy-officer", json={"matter": "M-1"})
        await running.answered("POST", "requests/rq_aaaaaaaaaaaa/approve", "second")
    assert acts.done == [("place_hold", "crm"), ("rq_aaaaaaaaaaaa", "ops2")]


@pytest.mark.parametrize(("hours", "status"), [(None, 200), (4, 200), (5, 400), (0, 400)])
async def test_a_grant_lasts_as_long_as_policy_lets_it(serve, hours, status):
    acts = ActsDone()
    async with serve(acts=acts) as running:
        body = GRANT if hours is None else {**GRANT, "hours": hours}
        assert (await running.answered("POST", "break-glass", json=body))[0] == status
    assert [wanted.lasts for _, wanted in acts.done] == ([timedelta(hours=4)] if status == 200 else [])


@pytest.mark.parametrize(
    "body", [{"tenant": "acme", "subject": "x"}, {"tenant": "a", "subject": "x", "ticket": "t", "request": "r"}]
)
async def test_an_erasure_has_a_ticket_or_a_request(serve, body):
    async with serve(acts=ActsDone()) as running:
        assert (await running.answered("POST", "subjects/erasures", json=body))[0] == 400
