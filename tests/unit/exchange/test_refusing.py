"""Ways on are advised only where policy permits the request and the reply, and what it obliges to can be done."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
import pytest

from proxy.codecs import conversation as talk
from proxy.core.records import Obligation
from proxy.core.wire import Incoming
from proxy.errors import PolicyUnavailableError
from proxy.exchange.refusing import ROLE
from proxy.exchange.request import ClientRequest
from testing.fakes import PRINCIPAL, SSN, FakePdp, FakeUpstreams, Stage, chat, decision, exchange
from tests.dialects.conversations import APIS

ADVICE = "name an activity that covers it in x-compliance-activity (sales)"


@dataclass
class Purposes(FakePdp):
    """Denies "support"; permits "sales", with these obligations; ``replies`` says what becomes of replies."""

    replies: str = "deliver"

    async def decide(self, facts, exchange, now):
        if facts.phase == "response":
            return decision(None, (), self.replies, block_codes=("ORG_NO",) if self.replies == "block" else ())
        self.denied = frozenset({"a", "b", "local"} if facts.activity == "support" else ())
        return await super().decide(facts, exchange, now)


async def told(pdp, **changes):
    client = await Stage(pdp=pdp, **changes).run(chat(f"it is {SSN}"))
    assert client.status == 403
    return orjson.loads(client.body)["error"]["message"]


async def test_an_activity_is_named_that_policy_permits():
    assert ADVICE in await told(Purposes())


@pytest.mark.parametrize(
    "pdp",
    [
        Purposes(replies="block"),
        Purposes((Obligation("o", "account_disclosure"),)),
        Purposes((Obligation("o", "require_approval"),)),
        Purposes((Obligation("o", "notify"),)),
        Purposes((Obligation("o", "pseudonymize", method="unheard-of"),)),
    ],
)
async def test_an_activity_is_not_named_whose_request_would_be_refused(pdp):
    assert ADVICE not in await told(pdp)


async def test_where_policy_does_not_answer_nothing_is_advised():
    class Once(Purposes):
        async def decide(self, facts, exchange, now):
            if self.asked:
                raise PolicyUnavailableError
            return await super().decide(facts, exchange, now)

    assert "To go on: ask whoever" in await told(Once())


async def test_a_target_that_is_down_is_not_advised():
    class Narrow(Purposes):
        async def decide(self, facts, exchange, now):
            made = await super().decide(facts, exchange, now)
            return made if facts.activity == "support" else made._replace(selected="far")

    assert ADVICE not in await told(Narrow())


NOBODY = FakePdp(denied=frozenset({"a", "b", "local"}))
ASKED = talk.Conversation((talk.Turn("user", (talk.Text(f"it is {SSN}"),)),), limits=talk.GenerationOptions(tokens=9))


async def refused(name, *, stream=False, roles=(ROLE,), pdp=NOBODY, **changes):
    """Return the stage on which a request of an API was refused."""
    api = APIS[name]
    here = Stage(api=api, pdp=pdp, **changes)
    document = api.conversation.from_conversation(replace(ASKED, stream=stream))
    named = {"variables": {"model": "m"}} if name == "gemini_generate" else {}
    document = document if named else {**document, "model": "m"}
    asked = exchange(dialect=name, path=api.endpoints[0].path, principal=replace(PRINCIPAL, roles=roles))
    incoming = Incoming(
        orjson.dumps(document), stream=stream, query={"alt": "sse"} if stream and named else {}, **named
    )
    await here.pipeline.handle(ClientRequest(asked, api, incoming, here.client))
    return here


def said(client, api):
    """Return the text of a whole reply or a stream, as a client of the API reads it."""
    codec = api.conversation
    if client.ended == "answered":
        [part] = codec.to_reply(orjson.loads(client.body)).parts
        return part.text
    checked = api.stream(None, client.media)
    passed = checked.feed(client.body) + checked.finish()
    assert (passed, checked.complete) == (client.body, True)
    framing = next(each for each in codec.framings if client.media in each.media)
    parser, reader = framing.parser(), codec.to_events()
    frames = [*parser.feed(client.body), *parser.finish()]
    events = [
        event for frame in frames if frame.data is not None and not frame.ends
        for event in reader.read(frame.name, orjson.loads(frame.data))
    ]  # fmt: skip
    assert any(isinstance(event, talk.Stop) for event in events)
    return "".join(event.text for event in events if isinstance(event, talk.Delta))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", APIS)
async def test_a_key_may_read_refusals_as_messages_in_every_dialect(name, stream):
    here = await refused(name, stream=stream)
    assert (here.client.status, here.upstreams.sent) == (200, [])
    text = said(here.client, here.api)
    assert text.startswith("refused by policy: NO_COMPLIANT_TARGET")
    assert "US_SSN in " in text
    assert text.endswith("ask whoever runs this proxy, with the exchange x1.")
    assert SSN not in here.client.body.decode()
    assert here.client.headers["x-compliance-action"] == "block"
    assert "US_SSN in " in here.client.headers["x-compliance-cause"]
    record, facts = here.audit.outcome()
    assert (facts["ended"], record.codes) == ("denied", ("NO_COMPLIANT_TARGET",))


@pytest.mark.parametrize("name", APIS)
async def test_a_refusal_is_an_error_by_default_and_what_a_retry_mends_always(name):
    here = await refused(name, roles=("dry-run",))
    assert here.client.status in {400, 403, 451}
    down = await refused(
        name, pdp=FakePdp(denied=frozenset({"b", "local"})), upstreams=FakeUpstreams(down=frozenset("a"))
    )
    assert down.client.status == 503
    broken = await refused(name, pdp=FakePdp(raises={"request": PolicyUnavailableError()}))
    assert broken.client.status == 503
