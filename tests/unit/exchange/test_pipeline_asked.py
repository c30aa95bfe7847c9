"""What a request asks for beside an answer: refused by name, or offered only to targets that are declared to take it."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.apis import EMBEDDINGS
from proxy.core.targets.capabilities import INPUTS, Capabilities
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage, capabilities, catalog, chat, decision, target

PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (chat(provider={"order": ["x"]}), "'provider'"),
        (chat(tools=[{"type": "mcp", "server_url": "https://sink.example"}]), "'tools.mcp'"),
        (chat(temprature=1), "'temprature'"),
        (chat([{"type": "file", "file": {"file_id": "file-1"}}]), "'messages.content.file.file_id'"),
        (chat([PICTURE]), "address"),
    ],
)
async def test_it_is_refused_before_anything_is_read(body, named):
    stage = Stage()
    client = await stage.run(body)
    error = orjson.loads(client.body)["error"]
    assert (client.status, error["type"]) == (400, "invalid_request_error")
    assert named in error["message"]
    assert client.headers["x-should-retry"] == "false"
    assert (stage.detector.seen, stage.pdp.asked, stage.upstreams.sent) == ([], [], [])


async def test_a_declared_feature_is_a_fact_and_its_texts_are_read():
    web = target("web", accepts=capabilities(features=frozenset({"provider"})))
    stage = Stage(catalog=catalog(target("a"), web))
    stage.pdp.denied = frozenset({"a"})
    await stage.run(chat(provider={"order": ["x@y.example"]}))
    [facts] = stage.pdp.asked[:1]
    assert (facts.requirements.features, facts.requirements.lacking) == (("provider",), (("a", ("provider",)),))
    assert [entity.type for entity in facts.entities] == ["EMAIL_ADDRESS"]
    [sent] = stage.upstreams.sent
    assert orjson.loads(sent.wire.body)["provider"] == {"order": ["x@y.example"]}


@pytest.mark.parametrize(
    "body", [chat(provider={}), chat([PICTURE]), chat([{"type": "input_audio", "input_audio": {}}])]
)
async def test_a_policy_that_overlooks_what_a_target_lacks_sends_it_nothing(body):
    one = target("b", accepts=capabilities(INPUTS, frozenset({"provider"}), frozenset({"pictures.example"})))
    stage = Stage(catalog=catalog(target("a", accepts=capabilities(frozenset({"text"}))), one))
    client = await stage.run(body)
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (403, "OPERATION_UNSUPPORTED")
    assert stage.upstreams.sent == []


async def test_embeddings_have_members_of_their_own():
    stage = Stage(api=EMBEDDINGS)
    client = await stage.run(orjson.dumps({"model": "m", "input": "x", "tools": []}))
    assert client.status == 400


async def test_a_denial_says_that_repeating_it_does_not_help():
    stage = Stage(pdp=FakePdp(answers={"request": decision(None, (), "block")}))
    assert (await stage.run()).headers["x-should-retry"] == "false"
    down = Stage(pdp=FakePdp(answers={"request": decision(None, (), "block", http_status=503)}))
    assert "x-should-retry" not in (await down.run()).headers


SILENT = Capabilities(dialects=frozenset({"openai_embeddings"}))


async def test_a_policy_that_overlooks_the_dialect_sends_a_target_nothing_that_it_does_not_speak():
    stage = Stage(catalog=catalog(target("a", accepts=SILENT), target("b")))
    client = await stage.run()
    assert stage.pdp.asked[0].requirements.speaking == (("a", "no"),)
    assert (client.status, stage.upstreams.sent) == (403, [])


async def test_a_dialect_that_no_target_of_the_model_speaks_is_refused_before_anything_is_read():
    stage = Stage(catalog=catalog(target("a", accepts=SILENT)))
    client = await stage.run()
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (400, "unsupported_dialect")
    assert (stage.detector.seen, stage.pdp.asked) == ([], [])


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_what_one_target_does_not_serve_another_permitted_one_may(status):
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(status)}))
    client = await stage.run()
    assert [one["target"] for one in stage.audit.outcome()[1]["attempts"]] == ["a", "b"]
    assert client.status == 200


async def test_what_no_target_serves_is_told_with_the_targets_status():
    stage = Stage(catalog=catalog(target("a")), upstreams=FakeUpstreams({"a": FakeReply(404)}))
    client = await stage.run()
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (404, "target_unsupported")
    assert client.headers["x-should-retry"] == "false"


async def test_policy_is_told_of_targets_in_quarantine():
    stage = Stage()
    stage.quarantined = frozenset({"a"})
    await stage.run()
    assert {facts.requirements.misplaced for facts in stage.pdp.asked} == {("a",)}
