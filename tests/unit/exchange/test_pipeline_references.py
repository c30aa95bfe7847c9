"""What a target gave to be shown again goes back to it alone, under a handle; a call of a tool is made once."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from proxy.codecs.mcp import APIS
from proxy.core.records import Obligation
from proxy.core.state.handles import Handles
from proxy.core.targets.access import Access
from proxy.core.targets.attempts import Retry, StreamLimits
from proxy.core.wire import Incoming
from proxy.errors import UpstreamError, UpstreamTimeoutError
from proxy.exchange.request import ClientRequest
from testing.fakes import KEYRING, SSN, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, exchange, target

[API] = APIS
EVENTS = "text/event-stream"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"))
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
LISTED = {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}
TWICE = Access(retry=Retry(2, 10.0, 1.0))


def stage(replies, *targets, **changes):
    pair = targets or (target("a"), target("b"))
    return Stage(api=API, catalog=catalog(*pair), upstreams=FakeUpstreams(replies), **changes)


async def called(here, document=LIST, method="POST", endless=False, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = orjson.dumps(document) if document else b""
    incoming = Incoming(body, method=method, variables={"model": "crm"}, headers=named, endless=endless)
    await here.pipeline.handle(ClientRequest(exchange(dialect="mcp", path="/mcp/{model}"), API, incoming, here.client))
    return here.client


def session(target_="b", value="s1"):
    return Handles.of(exchange(dialect="mcp"), KEYRING, "crm").by(target_).sealed("mcp-session-id", value)


def hops(here):
    return [(one["target"], one["status"]) for one in here.audit.outcome()[1]["attempts"]]


async def test_a_session_that_a_target_gives_reaches_its_caller_as_a_handle():
    here = stage({"a": FakeReply(parts=[orjson.dumps(LISTED)], headers={"mcp-session-id": "s1", "x-other": "y"})})
    client = await called(here)
    assert (client.status, client.headers["mcp-session-id"]) == (200, session("a"))
    assert "x-other" not in client.headers
    assert "s1" not in str(client.headers)


async def test_what_goes_on_with_a_session_goes_to_its_target_alone():
    here = stage({"b": FakeReply(parts=[orjson.dumps(LISTED)])})
    assert (await called(here, mcp_session_id=session())).status == 200
    [sent] = here.upstreams.sent
    assert (sent.target.id, dict(sent.wire.headers)["mcp-session-id"]) == ("b", "s1")
    assert here.pdp.asked[0].operation == ("tool_call", "crm", True, True, True)
    assert [name for name, _, _ in here.pdp.asked[0].candidates] == ["b"]


async def test_a_session_of_a_target_that_is_down_or_gone_is_not_taken_elsewhere():
    down = stage({})
    down.upstreams.down = frozenset({"b"})
    assert (await called(down, mcp_session_id=session())).status == 503
    gone = stage({})
    assert (await called(gone, mcp_session_id=session("c"))).status == 404
    foreign = stage({})
    client = await called(foreign, mcp_session_id="s1")
    assert (client.status, orjson.loads(client.body)["error"]["data"]["code"]) == (404, "unknown_handle")
    assert down.upstreams.sent == gone.upstreams.sent == foreign.upstreams.sent == []


@pytest.mark.parametrize("reply", [FakeReply(500), FakeReply(502), FakeReply(504), FakeReply(parts=[b"{"]), UpstreamError(), UpstreamTimeoutError()])  # fmt: skip
async def test_a_call_that_may_have_been_made_is_made_nowhere_again(reply):
    here = stage({"a": reply}, target("a", access=TWICE), target("b"))
    assert (await called(here)).status >= 500
    assert ([name for name, _ in hops(here)], here.paused) == (["a"], [])


@pytest.mark.parametrize("status", [429, 501, 503])
async def test_a_call_that_was_not_made_is_made_elsewhere(status):
    here = stage({"a": FakeReply(status), "b": FakeReply(parts=[orjson.dumps(LISTED)])})
    assert (await called(here)).status == 200
    assert hops(here) == [("a", status), ("b", 200)]


@pytest.mark.parametrize("status", [400, 404])
async def test_an_error_of_the_server_is_a_reply(status):
    error = {"code": -32602, "message": f"no tool for {SSN}", "data": {"supported": ["2026-07-28"]}}
    answer = orjson.dumps({"jsonrpc": "2.0", "id": 1, "error": error})
    here = stage({"a": FakeReply(status, parts=[answer])}, pdp=FakePdp(OBLIGED, guards=frozenset({"US_SSN"})))
    client = await called(here)
    told = orjson.loads(client.body)["error"]
    assert (client.status, told["code"], told["data"]) == (status, -32602, {"supported": ["2026-07-28"]})
    assert SSN not in told["message"]
    assert (hops(here), here.audit.outcome()[0].status) == ([("a", status)], status)


@pytest.mark.parametrize(("status", "hop"), [(400, ["a"]), (404, ["a", "b"])])
async def test_another_error_is_none_and_its_text_stays(status, hop):
    here = stage({"a": FakeReply(status, parts=[b"about Ada"]), "b": FakeReply(parts=[orjson.dumps(LISTED)])})
    client = await called(here)
    assert b"Ada" not in client.body
    assert [name for name, _ in hops(here)] == hop


async def test_what_is_taken_note_of_has_no_body():
    here = stage({"a": FakeReply(202, parts=[b"thank you, Ada"])})
    client = await called(here, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (client.status, client.body, here.audit.outcome()[0].status) == (202, b"", 202)


async def test_a_refusal_answers_the_message():
    here = stage({}, pdp=FakePdp(denied=frozenset({"a", "b"})))
    client = await called(here, LIST | {"id": 7})
    told = orjson.loads(client.body)
    assert (client.status, told["id"], told["error"]["code"]) == (403, 7, -32600)
    assert "NO_COMPLIANT_TARGET" in told["error"]["message"]


@pytest.mark.parametrize("limits", [StreamLimits(silence_s=0.05), StreamLimits(seconds=0.05), StreamLimits(events=0)])
async def test_who_listens_hears_what_is_said_until_a_limit_ends_it_cleanly(limits):
    class Silent(FakeReply):
        async def chunks(self):
            yield b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}\n\n'
            await asyncio.sleep(5)

    here = stage({"b": Silent(200, EVENTS)}, target("a"), target("b", stream=limits))
    client = await called(here, None, "GET", endless=True, mcp_session_id=session())
    assert (client.ended, client.body.startswith(b": \n\n")) == ("clean", True)
    assert (here.upstreams.sent[0].wire.method, here.audit.outcome()[1]["ended"]) == ("GET", "delivered")


async def test_the_end_of_a_session_is_told_to_the_target():
    here = stage({"b": FakeReply(200, parts=[b'{"ok": "Ada"}'])})
    client = await called(here, None, "DELETE", mcp_session_id=session())
    assert (client.status, client.body, here.upstreams.sent[0].wire.method) == (200, b"", "DELETE")
