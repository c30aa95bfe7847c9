"""What a conversation begins with leaves as the same bytes in every turn, so that the provider's own cache serves it."""

from __future__ import annotations

import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import conversation as talk
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing.dialects.stand import OBLIGATIONS, Pdp, done
from testing.examples import examples
from testing.fakes import FakeClient, FakeReply, Stage, catalog, exchange, target
from tests.dialects.conversations import APIS
from tests.dialects.test_translated import reply_of

CHATS = ("openai_chat", "anthropic_messages", "openai_responses")
LIMITS = talk.GenerationOptions(tokens=64)
PEOPLE = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6)


def sent(stage, api, body):
    stage.client = FakeClient()
    told = exchange(id=f"x{len(stage.upstreams.sent)}", dialect=api.name, path=api.endpoints[0].path)
    done(stage.pipeline.handle(ClientRequest(told, api, Incoming(body), stage.client)))
    assert stage.client.status == 200, stage.client.body
    return stage.upstreams.sent[-1].wire.body


@pytest.mark.parametrize("name", CHATS)
@examples(8)
@given(PEOPLE)
def test_each_turn_begins_with_the_bytes_of_the_one_before(name, people):
    api = APIS[name]
    takes = Capabilities(dialects=frozenset({name}))
    stage = Stage(
        api=api, pdp=Pdp(OBLIGATIONS), catalog=catalog(target("third", models={"*": "theirs"}, accepts=takes))
    )
    reply = talk.AssistantReply((talk.Text("Yes."),), talk.Stop(talk.END), talk.Usage(3, 4), "id-1", "model-1")
    stage.upstreams.replies = {"third": FakeReply(parts=[reply_of(api, reply)])}
    turns, bodies = list[talk.Turn](), list[bytes]()
    for who in people:
        turns.append(talk.Turn("user", (talk.Text(f"Write to {who}{who}@canary-leak.example, please."),)))
        document = api.conversation.from_conversation(talk.Conversation(tuple(turns), limits=LIMITS))
        bodies.append(sent(stage, api, orjson.dumps({"model": "m", **document})))
        turns.append(talk.Turn("assistant", (talk.Text("Yes."),)))
    for before, after in itertools.pairwise(bodies):
        assert b"canary-leak" not in after
        assert after.startswith(before[: before.rindex(b"please.")])
