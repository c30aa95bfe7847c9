"""What a detector answers to whoever it is that asks."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import aiohttp

from proxy.detection.remote import protocol
from proxy.detection.remote.serving import DetectorService
from tests.unit.detection.remote.stand_ins import VERSION, Models, listening

SECRET = "Zaphod Beeblebrox"


def service(models):
    return DetectorService(models, VERSION).application()


async def test_a_fault_that_nobody_expects_says_nothing_of_the_text(caplog):
    models = Models()
    models.fault = RuntimeError(SECRET)
    async with AsyncExitStack() as ending:
        url = await listening(ending, service(models))
        question = protocol.encode_question(protocol.TextQuestion("1", VERSION, "t", 2.0, [[SECRET]]))
        async with aiohttp.ClientSession() as session, session.post(url + protocol.DETECT, data=question) as response:
            assert (response.status, await response.json()) == (500, {"code": "internal_error"})
    assert SECRET not in caplog.text


async def test_a_question_that_is_none_is_answered_by_a_code_alone():
    async with AsyncExitStack() as ending:
        url = await listening(ending, service(Models()))
        async with aiohttp.ClientSession() as session:
            for body in (b"", b"{", b"[]", SECRET.encode(), b'{"number":"1"}', b"[" * 100_000, b'{"batches":[["a"]]}'):
                async with session.post(url + protocol.DETECT, data=body) as response:
                    assert (response.status, await response.json()) == (400, {"code": "malformed"})
            document = json.loads(protocol.encode_question(protocol.TextQuestion("1", VERSION, "t", 2.0, [["a"]])))
            for change in ({"within_s": float("nan")}, {"within_s": -1}, {"batches": [[1]]}, {"ruled": [[7]]}):
                async with session.post(url + protocol.DETECT, data=json.dumps(document | change)) as response:
                    assert (response.status, await response.json()) == (400, {"code": "malformed"})
            async with session.get(url + "/metrics") as response:
                assert response.status == 404
