"""Declared APIs behind a real socket: what their endpoints take, and how they are told of what they do not."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.targets.capabilities import Capabilities
from testing.dialects.samples.declared import DECLARED
from testing.dialects.stand import OBLIGATIONS, Pdp
from testing.fakes import CANARY, FakeReply, Stage, catalog, target

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SAID = b'{"translation": "Hallo."}'


def stage(media="application/json", chunks=(SAID,)):
    third = target("third", models={"*": "theirs"}, accepts=Capabilities(dialects=DECLARED.names))
    made = Stage(catalog=catalog(third), pdp=Pdp(OBLIGATIONS, guards=frozenset({"US_SSN"})))
    made.upstreams.replies = {"third": FakeReply(200, media, list(chunks))}
    return made


@pytest.fixture
def declared(serve):
    def serving(**given):
        return serve(stage(**given))

    return serving


async def ask(running, path="/translate/nmt/de", body=b"text=hello", method="POST", **headers):
    running.services.table = DECLARED.table()
    named = {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with running.session.request(method, running.url + path, data=body, headers=named) as response:
        return response.status, await response.read(), running.stage.upstreams.sent


async def test_a_declared_request_leaves_by_its_own_method_path_query_and_headers(declared):
    async with declared() as running:
        path = "/translate/nmt/de?format=plain&callback=http://evil.example"
        status, body, [sent] = await ask(running, path, method="PUT", x_glossary="legal", x_other="x")
    assert (status, body) == (200, SAID)
    assert (sent.wire.method, sent.wire.path, sent.wire.body) == ("PUT", "/api/de/translate", b"text=hello")
    assert (sent.wire.query, sent.wire.headers) == ((("format", "plain"),), (("x-glossary", "legal"),))
    assert sent.wire.media == FORM["Content-Type"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"Content_Type": "text/csv"}, 415),
        ({"Content_Type": "application/xml"}, 415),
        ({"method": "DELETE"}, 405),
        ({"method": "GET"}, 405),
        ({"path": "/translate/nmt/de/more"}, 404),
        ({"path": "/translate/nmt/%2e%2e"}, 404),
        ({"path": "/translate/nmt/a%2Fb"}, 404),
        ({"path": "/translate/nmt/%00"}, 404),
        ({"path": "/translate/nmt/de?format=pdf"}, 400),
        ({"path": "/translate/nmt/de?format=plain&format=html"}, 400),
        ({"path": "/translate/nmt/de?format=%ff"}, 400),
        ({"x_glossary": "Two Words"}, 400),
        ({"x_glossary": "\udcff"}, 400),
        ({"body": b"text=%zz"}, 400),
        ({"body": b"text=%ff"}, 400),
        ({"body": b"@files=1"}, 400),
        ({"body": b"stream=maybe"}, 400),
        ({"body": b"stream=true&stream=false"}, 400),
        ({"body": b'{"text": "a", "text": "b"}', "Content_Type": "application/json"}, 400),
        ({"body": b'{"@body": 1}', "Content_Type": "application/json"}, 400),
        ({"body": b"--b--", "Content_Type": "multipart/form-data; boundary=b"}, 400),
    ],
)
async def test_what_is_not_declared_is_refused_in_the_declared_shape(declared, given, status):
    async with declared() as running:
        told, body, sent = await ask(running, **given)
    assert (told, sent) == (status, [])
    assert orjson.loads(body)["status"] == status
    assert orjson.loads(body).keys() == {"error", "status"}


async def test_a_value_leaves_by_none_of_the_ways_beside_the_body(declared):
    async with declared() as running:
        status, _, [sent] = await ask(running, f"/translate/nmt/{CANARY}")
        assert (status, CANARY in "".join(sent.wire.outside_body)) == (200, False)
        assert sent.wire.path.startswith("/api/")
        status, body, sent = await ask(running, f"/translate/{CANARY}")
        assert (status, CANARY.encode() in body, len(sent)) == (400, False, 1)


async def test_a_stream_that_was_asked_for_is_one_and_a_broken_one_is_told_in_its_framing(declared):
    lines = [b'{"translation":"Hal"}\n', b'{"translation":"lo."}\n', b'{"translation":"","done":true}\n']
    async with declared(media="application/x-ndjson", chunks=lines) as running:
        status, body, _ = await ask(running, body=b"text=hello&stream=true")
        said = [orjson.loads(line) for line in body.splitlines()]
        assert (status, "".join(one["translation"] for one in said)) == (200, "Hallo.")
        status, body, _ = await ask(running, body=b"text=hello")
        assert (status, orjson.loads(body)["status"]) == (502, 502)


async def test_a_picture_comes_as_it_is_and_policy_is_told_of_it(declared):
    picture = b"\x89PNG\r\n\xff\xd8"
    async with declared(media="image/png", chunks=[picture]) as running:
        running.services.table = DECLARED.table()
        async with running.session.post(f"{running.url}/draw/m", json={"prompt": "A red house."}) as response:
            assert (response.status, response.content_type, await response.read()) == (200, "image/png", picture)
        assert ("reply", "image") in [part for facts in running.stage.pdp.asked for part in facts.opaque]


async def test_the_openapi_document_knows_declared_paths(declared):
    async with declared() as running:
        running.services.table = DECLARED.table()
        async with running.session.get(f"{running.url}/v1/compliance/openapi.json") as response:
            described = (await response.json())["paths"]["/translate/{model}/{target}"]
    assert described.keys() == {"post", "put"}
    assert FORM["Content-Type"] in described["post"]["requestBody"]["content"]
