"""A member of a kind that its API does not know is the caller's mistake, also where something has to be added to it."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.records import Obligation
from testing.fakes import FakePdp, Stage

ODD = ([], {}, ["audio"], {"a": 1}, 1, True)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("/v1/audio/speech", {"model": "m", "input": "hi", "voice": "alloy"}, "stream_format"),
        ("/api/generate", {"model": "m", "prompt": "hi", "stream": False}, "system"),
    ],
)
@pytest.mark.parametrize("duties", [(), (Obligation("n", "redisclosure_notice"),)])
async def test_it_is_refused_as_such(serve, odd, path, body, member, duties):
    stage = Stage(pdp=FakePdp(duties))
    async with serve(stage) as running:
        request = orjson.dumps({**body, member: odd})
        async with running.post(request, path=path) as response:
            assert response.status == 400
            assert member in str(await response.json())
    assert stage.upstreams.sent == []
