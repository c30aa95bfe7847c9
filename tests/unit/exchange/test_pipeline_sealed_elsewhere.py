"""A pin in the middle of a turn: a target may be allowed to do without the thinking that another model has sealed."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing.fakes import FakePdp, Stage, catalog, exchange, target
from tests.dialects.conversations import APIS

#: By API: a request in the middle of a turn, whose thinking its provider has sealed.
TURNS = {
    "anthropic_messages": {"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": "read it"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "EqoB"}, {"type": "redacted_thinking", "data": "EqoC"},
            {"type": "tool_use", "id": "toolu_a", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_a", "content": "x"}]},
    ]},
    "openai_responses": {"model": "m", "store": False, "input": [
        {"type": "message", "role": "user", "content": "read it"},
        {"type": "reasoning", "id": "rs_a", "summary": [], "encrypted_content": "gAAA"},
        {"type": "function_call", "call_id": "call_a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_a", "output": "x"},
    ]},
    "gemini_generate": {"contents": [
        {"role": "user", "parts": [{"text": "read it"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "EqoB"}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "x"}}}]},
    ]},
}  # fmt: skip


async def run(name, *drops):
    own = Capabilities(dialects=frozenset({"openai_chat"}), translated=True, droppable=frozenset(drops))
    native = Capabilities(dialects=frozenset({name}))
    targets = target("far", accepts=native), target("own", accepts=own, self_hosted=True)
    here = Stage(api=APIS[name], catalog=catalog(*targets), pdp=FakePdp(denied=frozenset({"far"})))
    incoming = Incoming(orjson.dumps(TURNS[name]), variables={"model": "m"} if name == "gemini_generate" else {})
    asked = exchange(dialect=name, path=here.api.endpoints[0].path)
    await here.pipeline.handle(ClientRequest(asked, here.api, incoming, here.client))
    return here


@pytest.mark.parametrize("name", TURNS)
async def test_the_target_in_the_region_gets_the_turn_without_it_and_the_caller_is_told(name):
    here = await run(name, "thinking")
    [sent] = here.upstreams.sent
    messages = orjson.loads(sent.wire.body)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool"]
    assert not any(seal in sent.wire.body for seal in (b"EqoB", b"EqoC", b"gAAA", b"hm"))
    assert here.client.headers["x-compliance-dropped"] == "thinking"


@pytest.mark.parametrize("name", TURNS)
async def test_without_leave_it_is_refused_with_what_the_target_lacks(name):
    here = await run(name)
    assert here.upstreams.sent == []
    assert b"own lacks " in here.client.body
