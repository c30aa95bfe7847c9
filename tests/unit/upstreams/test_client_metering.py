from __future__ import annotations

import pytest

from proxy.errors import DownError, UpstreamError
from proxy.upstreams import client
from proxy.upstreams.circuit import FAILURES_TO_OPEN
from tests.unit.upstreams.test_client import world as world  # noqa: PLC0414 - a fixture


def calls(name, result):
    return client.CALLS.labels(name, result)._value.get()


async def test_every_call_is_counted_by_target_and_result(world):
    async with world() as here:
        before = calls("counted", "200"), client.SECONDS.labels("counted")._sum.get()
        await (await here.call(name="counted")).close()
        assert calls("counted", "200") == before[0] + 1
        base, here.base = here.base, "http://127.0.0.1:9"
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(UpstreamError):
                await here.call(name="counted")
        assert calls("counted", "unreachable") == FAILURES_TO_OPEN
        here.base = base
        with pytest.raises(DownError):
            await here.call(name="counted")
        assert calls("counted", "not_called") == 1
        assert here.upstreams.usage() == {"busy": 0, "idle": 1}
