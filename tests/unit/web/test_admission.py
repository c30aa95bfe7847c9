from __future__ import annotations

import asyncio
import contextlib

import pytest

from proxy.errors import KeyConcurrencyError, TenantBytesError, TooManyRequestsError
from proxy.web.admission import Admission, Budget, Slots
from proxy.web.api.faults import BusyError
from testing.fakes import PRINCIPAL, FakeReply, FakeUpstreams, Stage, chat, completion
from tests.unit.identity.test_oidc import BOUND, identity, token
from tests.unit.web.test_handlers import error


def test_places_are_given_back():
    admission = Admission(Budget(requests=2, key_requests=1, bytes=10))
    with admission.share(PRINCIPAL) as first:
        first.admit()
        first.hold(8)
        with admission.share(PRINCIPAL) as second:
            with pytest.raises(KeyConcurrencyError):
                second.admit()
            second.hold(2)
    assert [admission.in_flight, admission.keys, admission.bytes_held] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("limit", "fault"), [("requests", TooManyRequestsError), ("key_requests", KeyConcurrencyError)]
)
def test_what_is_refused_does_not_count(limit, fault):
    admission = Admission(Budget(**{"requests": 999, "key_requests": 999, limit: 256}))
    with contextlib.ExitStack() as burst:
        places = [burst.enter_context(admission.share(PRINCIPAL)) for _ in range(300)]
        for place in places[:256]:
            place.admit()
        for place in places[256:]:
            with pytest.raises(fault):
                place.admit()
        places[0].__exit__()
        places[-1].admit()
        assert admission.in_flight[PRINCIPAL.tenant] == 256
    assert [admission.in_flight, admission.keys] == [{}, {}]


def test_what_is_refused_holds_no_bytes():
    admission = Admission(Budget(bytes=10))
    with admission.share(PRINCIPAL) as first, admission.share(PRINCIPAL) as second, admission.share(PRINCIPAL) as third:
        for place in (first, second, third):
            place.admit()
        first.hold(4)
        second.hold(4)
        with pytest.raises(TenantBytesError):
            second.hold(4)
        third.hold(6)
        assert admission.in_flight[PRINCIPAL.tenant] == 2
    assert [admission.in_flight, admission.keys, admission.bytes_held] == [{}, {}, {}]


def test_one_body_is_always_admitted():
    admission = Admission(Budget(bytes=10))
    with admission.share(PRINCIPAL) as only:
        only.hold(8)
        only.hold(80)
    assert not admission.bytes_held


async def test_a_key_and_the_bytes_of_a_tenant_are_bounded(serve):
    go_on = asyncio.Event()

    class Slow(FakeReply):
        async def read(self):
            await go_on.wait()
            return completion("late")

    for limits, code in (({"keys": 1}, "key_concurrency_exceeded"), ({"bytes": 3_000}, "tenant_bytes_exceeded")):
        go_on.clear()
        stage = Stage(upstreams=FakeUpstreams({"a": Slow()}))
        async with serve(stage, **limits) as running, asyncio.TaskGroup() as group:
            first = group.create_task(status(running.post(chat("x" * 2_000))))
            while not stage.upstreams.sent:
                await asyncio.sleep(0.005)
            async with running.post(chat("x" * 2_000)) as response:
                await error(response, 429, code)
                assert response.headers["retry-after"] == "1"
            go_on.set()
            assert await first == 200
            assert await status(running.post(chat("x" * 5_000))) == 200, "one body is always admitted"
            assert not running.services.admission.bytes_held


async def test_tokens_of_one_tenant_do_not_limit_anothers(serve, tmp_path):
    go_on = asyncio.Event()

    class Slow(FakeReply):
        async def read(self):
            await go_on.wait()
            return completion("late")

    def post(running, tenant):
        bound = {**BOUND, "tenant": tenant, "service": ""}
        return running.post(chat(), authorization=f"Bearer {token(jti=None, sub='u7', compliance=bound)}")

    stage = Stage(upstreams=FakeUpstreams({"a": Slow()}))
    async with serve(stage, keys=1) as running, asyncio.TaskGroup() as group:
        running.services.identity = await identity(tmp_path)
        first = [group.create_task(status(post(running, tenant))) for tenant in ("acme", "other")]
        while len(stage.upstreams.sent) < 2:
            await asyncio.sleep(0.005)
        assert await status(post(running, "acme")) == 429
        go_on.set()
        assert [await one for one in first] == [200, 200]


@pytest.mark.parametrize("limit", ["keys", "concurrency"])
async def test_a_burst_is_served_up_to_the_limit(serve, limit):
    go_on = asyncio.Event()

    class Slow(FakeReply):
        async def read(self):
            await go_on.wait()
            return completion("late")

    stage = Stage(upstreams=FakeUpstreams({"a": Slow()}))
    async with serve(stage, **{"keys": 99, "concurrency": 99, limit: 8}) as running, asyncio.TaskGroup() as group:
        calls = [group.create_task(status(running.post(chat()))) for _ in range(20)]
        while sum(call.done() for call in calls) + len(stage.upstreams.sent) < 20:
            await asyncio.sleep(0.005)
        go_on.set()
        assert sorted([await call for call in calls]) == [200] * 8 + [429] * 12


async def status(call):
    async with call as response:
        return response.status


def test_what_does_not_fit_is_refused_and_a_slot_comes_back():
    slots = Slots(1)
    with slots.hold():
        with pytest.raises(BusyError), slots.hold():
            pass
        assert slots.in_use == 1
    with pytest.raises(RuntimeError), slots.hold():
        raise RuntimeError
    with slots.hold():
        pass
    assert slots.in_use == 0
