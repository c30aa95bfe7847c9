"""What a target keeps or does is sent once, in every API, unless the target certainly did nothing."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.mcp import APIS as MCP
from proxy.codecs.openai.apis import CHAT
from proxy.codecs.openai.responses import CONVERSATIONS, RESPONSES
from proxy.core.kept_state import Kept
from proxy.core.records import Obligation
from proxy.core.state import kept
from proxy.core.targets.access import Access
from proxy.core.targets.attempts import Retry
from proxy.core.wire import Incoming
from proxy.errors import DownError, TargetCredentialError, TokenUnavailableError, UpstreamError, UpstreamTimeoutError
from proxy.exchange.request import ClientRequest
from testing.dialects.samples import every
from testing.dialects.stand import DOMAIN
from testing.fakes import EVERY_INPUT, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, chat, exchange, target

SAMPLES = every()
APIS = {api.name: api for api, _ in SAMPLES}
TWICE = Access(retry=Retry(2, 10.0, 1.0))
FEATURES = frozenset(
    """
    tools.mcp tools.server_label tools.server_url mcp_servers tools.mcp_toolset tools.mcp_server_name
    """.split()
)
HANDLE = kept.CONVERSATION + "b" * 32
CONVERSATION = Kept(HANDLE, target="third", id="conv_1", model="conversations")
HELD = {HANDLE: kept.packed(CONVERSATION)}
STREAM = "text/event-stream"


def never_reached():
    fault = UpstreamError()
    fault.again = fault.untried = True
    return fault


#: After these the target may have done it.
UNSURE = {
    "time-out": UpstreamTimeoutError,
    "broken": UpstreamError,
    "500": lambda: FakeReply(500),
    "502": lambda: FakeReply(502),
    "504": lambda: FakeReply(504),
    "half": lambda: FakeReply(parts=[b'{"id":'], fault=UpstreamError()),
    "malformed": lambda: FakeReply(parts=[b"<html>"]),
    "half a stream": lambda: FakeReply(200, STREAM, [b"data: {"], UpstreamTimeoutError()),
}
#: After these it has certainly not.
UNTRIED = {
    "no connection": never_reached,
    "no credential": TargetCredentialError,
    "no token": TokenUnavailableError,
    "on trial": DownError,
    "401": lambda: FakeReply(401),
    "501": lambda: FakeReply(501),
    "429": lambda: FakeReply(429),
    "503": lambda: FakeReply(503),
    "529": lambda: FakeReply(529),
}


def _at(api, path, document):
    found = TABLE.find("POST", path, {})
    assert found.served.api is api
    return Incoming(orjson.dumps(document), template=found.template, variables=found.variables)


ITEM = {"type": "message", "role": "user", "content": "hello"}
TOOLS = {"type": "mcp", "server_label": "x", "server_url": "https://tools.example"}
SERVER = {"type": "url", "name": "n", "url": "https://tools.example"}
MESSAGE = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
ASKED = {"model": "m", "input": "hello"}
LASTING = {
    "chat, stored": (CHAT, Incoming(chat(store=True))),
    "chat, stored, streamed": (CHAT, Incoming(chat(store=True, stream=True))),
    "chat, cached for long": (CHAT, Incoming(chat(prompt_cache_retention="24h"))),
    "response, stored": (RESPONSES, Incoming(orjson.dumps({**ASKED, "store": True}))),
    "response, in the background": (RESPONSES, Incoming(orjson.dumps({**ASKED, "store": True, "background": True}))),
    "turn of a conversation": (RESPONSES, Incoming(orjson.dumps({**ASKED, "conversation": HANDLE}))),
    "response, with a server of tools": (RESPONSES, Incoming(orjson.dumps({**ASKED, "tools": [TOOLS]}))),
    "message, with servers of tools": (
        APIS["anthropic_messages"],
        Incoming(
            orjson.dumps(
                {**MESSAGE, "mcp_servers": [SERVER], "tools": [{"type": "mcp_toolset", "mcp_server_name": "n"}]}
            )
        ),
    ),
    "items": (CONVERSATIONS, _at(CONVERSATIONS, f"/v1/conversations/{HANDLE}/items", {"items": [ITEM]})),
    "labels": (CONVERSATIONS, _at(CONVERSATIONS, f"/v1/conversations/{HANDLE}", {"metadata": {"a": "b"}})),
    **{
        f"{api.name} {number}": (api, sample.incoming(document))
        for api, sample in SAMPLES
        for number, document in enumerate(sample.requests)
        if api in MCP or api.decode(sample.incoming(document)).must_store
    },
}
PASSING = {
    "chat": (CHAT, Incoming(chat())),
    "chat, not stored": (CHAT, Incoming(chat(store=False))),
    "response": (RESPONSES, Incoming(orjson.dumps(ASKED))),
    "response, not stored": (RESPONSES, Incoming(orjson.dumps({**ASKED, "store": False}))),
}


async def tried(api, incoming, *replies, obligations=()):
    """Serve a request at two targets; the scripted replies come one after the other, whoever is asked."""
    held = {name: text for owner, sample in SAMPLES if owner is api for name, text in sample.held.items()}
    speak = frozenset({api.name, *(name for owner, sample in SAMPLES if owner is api for name in sample.speaks)})
    takes = replace(EVERY_INPUT, features=FEATURES, remote_hosts=frozenset({"tools.example"}))
    both = [target(name, access=TWICE, accepts=takes) for name in ("third", "other")]
    script = list(replies)
    scripted = dict.fromkeys(("third", "other"), script)
    here = Stage(api=api, catalog=catalog(*both), upstreams=FakeUpstreams(scripted), pdp=FakePdp(obligations))
    assert speak <= both[0].accepts.dialects
    await here.vault.put(DOMAIN, {**HELD, **held})
    told = exchange(dialect=api.name, path=api.endpoints[0].path)
    if api in MCP:
        incoming = replace(incoming, variables={"model": "crm"})
    await here.pipeline.handle(ClientRequest(told, api, incoming, here.client))
    return here


def attempts(here):
    return here.audit.outcome()[1]["attempts"]


@pytest.mark.parametrize("what", LASTING)
@pytest.mark.parametrize("fault", UNSURE)
async def test_what_may_have_been_done_is_not_sent_again(what, fault):
    here = await tried(*LASTING[what], *[UNSURE[fault]() for _ in range(9)])
    assert len(here.upstreams.sent) == 1
    assert here.paused == []
    if here.client.ended == "answered":  # by SDKs neither
        assert here.client.headers["x-should-retry"] == "false"
    [attempt] = attempts(here)
    assert attempt.get("left", "") == ("unknown" if here.upstreams.sent[0].effect == "kept" else "")


@pytest.mark.parametrize("what", LASTING)
@pytest.mark.parametrize("fault", UNTRIED)
async def test_what_was_certainly_not_done_is_sent_again(what, fault):
    here = await tried(*LASTING[what], *[UNTRIED[fault]() for _ in range(2)])
    elsewhere = len(here.pdp.asked[0].candidates) > 1
    waits = fault in {"no connection", "429", "503", "529"}
    assert (len(here.upstreams.sent) > 1) is (elsewhere or waits)
    assert "left" not in attempts(here)[0]


@pytest.mark.parametrize("what", PASSING)
@pytest.mark.parametrize("fault", UNSURE)
async def test_what_leaves_nothing_behind_is_sent_elsewhere(what, fault):
    here = await tried(*PASSING[what], UNSURE[fault]())
    assert [sent.target.id for sent in here.upstreams.sent] == ["third", "other"]


@pytest.mark.parametrize("what", ["chat, stored", "response, stored"])
async def test_what_is_not_stored_after_all_is_sent_elsewhere(what):
    here = await tried(*LASTING[what], UpstreamTimeoutError(), obligations=(Obligation("o1", "no_store"),))
    assert [sent.target.id for sent in here.upstreams.sent] == ["third", "other"]
