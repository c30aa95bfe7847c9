"""Servers of models over a real socket: what clients ask first, and messages with bytes both ways."""

from __future__ import annotations

import gzip
import json

import aiohttp
import orjson
import pytest

from proxy.core.records import Obligation
from proxy.core.wire import BINARY
from testing.fakes import SSN, FakePdp, FakeReply, Stage, catalog, target
from tests.unit.codecs.kserve.test_binary import packed, tensor

LENGTH = "Inference-Header-Content-Length"
PATH = "/v2/models/extractor/infer"
OBLIGATIONS = tuple(Obligation(kind, kind) for kind in ("pseudonymize", "reidentify_response", "residual_scan"))


def staged(**more):
    return Stage(pdp=FakePdp(OBLIGATIONS), catalog=catalog(target("a", models={"extractor": "theirs"})), **more)


def message(*texts):
    content = packed(*texts)
    told = orjson.dumps({"inputs": [tensor("text", "BYTES", [len(texts)], len(content))]})
    return told + content, {LENGTH: str(len(told))}


def echoing(stage):
    """Let the target say what it was told, in bytes."""

    def reply(outbound):
        size = int(dict(outbound.wire.headers)[LENGTH])
        said = outbound.wire.body[size:]
        told = orjson.dumps({"model_name": "theirs", "outputs": [tensor("echo", "BYTES", [1], len(said))]})
        stage.upstreams.replies = {"a": FakeReply(content_type=BINARY, parts=[told + said])}

    stage.upstreams.before = reply
    return stage


@pytest.mark.parametrize("compressed", [False, True])
async def test_bytes_leave_without_the_value_and_come_back_with_it(serve, compressed):
    body, headers = message(f"about {SSN}")
    if compressed:
        body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
    async with serve(echoing(staged())) as running:
        sent = {**headers, "X-Model-Parameter": "of Anna", "triton_grpc_error": "true"}
        async with running.session.post(running.url + PATH, data=body, headers=sent) as response:
            got = await response.read()
            size = int(response.headers[LENGTH])
            assert (response.status, response.content_type) == (200, BINARY)
        assert got[size:] == packed(f"about {SSN}")
        assert json.loads(got[:size])["outputs"][0]["parameters"]["binary_data_size"] == len(got) - size
        [outbound] = running.stage.upstreams.sent
        assert SSN.encode() not in outbound.wire.body
        assert (outbound.wire.path, outbound.wire.media) == ("/v2/models/theirs/infer", BINARY)
        assert [name for name, _ in outbound.wire.headers] == [LENGTH]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({LENGTH: "-1"}, 400), ({LENGTH: "9" * 11}, 400), ({LENGTH: "999999"}, 400), ({LENGTH: "1"}, 400), ({"Content-Encoding": "compress"}, 415),
     ({"Content-Type": "multipart/form-data"}, 415), ({}, 400)],
)  # fmt: skip
async def test_a_message_that_is_none_is_refused_in_its_shape(serve, headers, status):
    body, said = message(SSN)
    sent = {**({} if not headers else said), **headers}
    async with (
        serve(staged()) as running,
        running.session.post(running.url + PATH, data=body, headers=sent) as response,
    ):
        assert response.status == status
        refused = await response.json()
        assert list(refused) == ["error"]
        assert SSN not in refused["error"]
        assert running.stage.upstreams.sent == []


async def test_a_length_that_comes_twice_is_refused(serve):
    body, said = message("a")
    headers = [*said.items(), *said.items()]
    async with (
        serve(staged()) as running,
        running.session.post(running.url + PATH, data=body, headers=headers) as response,
    ):
        assert response.status == 400


async def test_a_body_of_json_keeps_its_limits_under_any_type(serve):
    body = orjson.dumps({"inputs": [tensor("text", "BYTES", [1], None, data=["a word " * 300])]})
    async with serve(staged(), text=1000) as running:
        for media in (BINARY, "application/json", "text/plain"):
            async with running.session.post(running.url + PATH, data=body, headers={"Content-Type": media}) as response:
                assert response.status == 413


async def test_whether_server_and_model_are_there(serve):
    async with serve(staged()) as running, aiohttp.ClientSession() as stranger:
        for asked in ("live", "ready"):
            async with stranger.get(f"{running.url}/v2/health/{asked}") as response:
                assert (response.status, await response.json()) == (200, {asked: True})
        for path, status in (("/v2", 200), ("/v2/models/extractor/ready", 200), ("/v2/models/other/ready", 404)):
            async with running.session.get(running.url + path) as response:
                assert response.status == status
            async with stranger.get(running.url + path) as response:
                assert response.status == 401
        running.services.draining = True
        async with stranger.get(running.url + "/v2/health/ready") as response:
            assert (response.status, await response.json()) == (503, {"ready": False})
        assert running.stage.audit.records() == []


async def test_a_model_under_any_name_is_there(serve):
    stage = Stage(catalog=catalog(target("a")))
    path = "/v2/models/any/versions/3/ready"
    async with serve(stage) as running, running.session.get(running.url + path) as response:
        assert await response.json() == {"name": "any", "ready": True}


async def test_the_target_describes_its_model(serve):
    described = {"name": "theirs", "platform": "x", "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}]}
    stage = staged()
    stage.upstreams.replies = {"a": FakeReply(parts=[orjson.dumps(described)])}
    async with serve(stage) as running, running.session.get(running.url + "/v2/models/extractor") as response:
        assert (response.status, await response.json()) == (200, described)
        [outbound] = running.stage.upstreams.sent
        assert (outbound.wire.method, outbound.wire.path) == ("GET", "/v2/models/theirs")


async def test_what_a_servers_error_says_of_the_input_is_not_passed_on(serve):
    stage = staged()
    said = {"detail": [{"loc": ["body"], "msg": "invalid", "input": SSN}]}
    stage.upstreams.replies = {"a": FakeReply(422, parts=[orjson.dumps(said)])}
    body, headers = message(SSN)
    async with (
        serve(stage) as running,
        running.session.post(running.url + PATH, data=body, headers=headers) as response,
    ):
        assert response.status == 422
        assert SSN not in await response.text()


async def test_words_for_numbers_pass_both_ways(serve):
    stage = staged()
    stage.upstreams.replies = {"a": FakeReply(parts=[b'{"predictions":[NaN,"ok"]}'])}
    path = "/v1/models/extractor:predict"
    async with (
        serve(stage) as running,
        running.session.post(running.url + path, data=b'{"instances":[NaN]}') as response,
    ):
        assert (response.status, await response.read()) == (200, b'{"predictions":[NaN,"ok"]}')
        assert running.stage.upstreams.sent[0].wire.body == b'{"instances":[NaN]}'
