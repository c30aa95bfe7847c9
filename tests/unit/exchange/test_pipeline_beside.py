from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.api import TableApi
from proxy.codecs.openai.apis import CHAT
from proxy.core.records import Obligation
from proxy.core.wire import Incoming
from testing.fakes import CANARY, FakePdp, FakeReply, FakeUpstreams, Stage, chat, chat_as

#: A dialect that passes a version and a note in headers; the note is the caller's text.
WITH_HEADERS = replace(CHAT, dialect_values=frozenset({"@header/x-version"}))


async def handled(stage, headers, body=b""):
    request = replace(stage.request(b""), incoming=Incoming(body or chat("hello"), headers=headers))
    await stage.pipeline.handle(request)
    return stage.client


async def test_a_text_in_a_header_is_transformed_like_the_body():
    stage = Stage(api=WITH_HEADERS, pdp=FakePdp((Obligation("o", "redact"), Obligation("r", "residual_scan"))))
    assert (await handled(stage, {"x-version": "1", "x-note": f"for {CANARY}"})).status == 200
    assert stage.upstreams.sent[0].wire.headers == (("x-version", "1"), ("x-note", "for [EMAIL_ADDRESS]"))


async def test_an_identifier_in_a_word_of_the_dialect_beside_the_body_is_refused():
    stage = Stage(api=WITH_HEADERS)
    client = await handled(stage, {"x-version": CANARY})
    assert (client.status, stage.upstreams.sent) == (400, [])
    assert CANARY.encode() not in client.body


async def test_what_a_dialect_passes_on_without_reading_it_is_looked_at_all_the_same():
    stage = Stage(api=replace(CHAT, dialect_values=frozenset({"@header/x-note"})))
    client = await handled(stage, {"x-note": CANARY})
    assert (client.status, stage.upstreams.sent) == (400, [])


async def test_a_value_that_had_to_go_and_stands_in_a_header_too_denies():
    class Forgetful(TableApi):
        def encode(self, payload, texts, model):
            return replace(super().encode(payload, texts, model), headers=(("x-note", CANARY),))

    stage = Stage(api=chat_as(Forgetful), pdp=FakePdp((Obligation("o", "redact"), Obligation("r", "residual_scan"))))
    client = await handled(stage, {}, chat(f"to {CANARY}"))
    assert (client.status, stage.upstreams.sent) == (403, [])
    assert stage.audit.outcome()[0].codes == ("RESIDUAL_PII",)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m","model":"n","messages":[{"role":"user","content":"x"}]}',
        b'{"model":"m","messages":[{"role":"user","content":"x","content":"y"}]}',
    ],
)
async def test_a_body_that_says_a_key_twice_is_refused(body):
    stage = Stage()
    client = await stage.run(body)
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (400, "malformed_request")
    assert stage.upstreams.sent == []


@pytest.mark.parametrize(
    ("named", "media"), [(frozenset(), "application/json"), (frozenset({"audio/mpeg"}), "audio/mpeg")]
)
async def test_a_whole_reply_is_handed_on_as_what_it_is_where_the_endpoint_names_it(named, media):
    class Speech(TableApi):
        def parse_reply(self, reply):
            return {}

    stage = Stage(
        api=chat_as(Speech), upstreams=FakeUpstreams({"a": FakeReply(content_type="audio/mpeg", parts=[b"\xff\xfb"])})
    )
    request = replace(stage.request(b""), incoming=Incoming(chat("hello"), replies=named))
    await stage.pipeline.handle(request)
    assert (stage.client.status, stage.client.body, stage.client.media) == (200, b"\xff\xfb", media)
