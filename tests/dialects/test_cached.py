"""A kept reply is a live one, byte for byte, in every dialect and framing, and holds nobody."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import conversation as talk
from proxy.codecs.openai.apis import EMBEDDINGS
from proxy.core.cached import StoredReply
from proxy.core.records import Obligation
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing.dialects.stand import OBLIGATIONS, Pdp, done
from testing.examples import examples
from testing.fakes import CANARY, SSN, FakeClient, FakeReply, Stage, catalog, exchange, target
from tests.dialects.conversations import APIS, TABLES
from tests.dialects.test_translated import PAIRS, document_of, reply_of, sample_of, stream_of

RULES = (*OBLIGATIONS, Obligation("c", "cache_reply", params={"max_age_s": 60}))
WAYS = [pytest.param(api, api, id=api.name) for api in APIS.values()] + PAIRS[::3]
ANSWER = talk.AssistantReply((talk.Text(""),), talk.Stop(talk.END), talk.Usage(3, 4), "id-1", "model-1")


def staged(caller, spoken, answer, media):
    takes = Capabilities(dialects=frozenset({spoken.name}), translated=True)
    stage = Stage(
        api=caller,
        pdp=Pdp(RULES),
        catalog=catalog(target("third", models={"*": "theirs"}, accepts=takes)),
        caches=True,
    )

    def reply(outbound):
        stage.upstreams.replies = {"third": FakeReply(200, media, answer(outbound))}

    stage.upstreams.before = reply
    return stage


def served(stage, incoming, number):
    stage.client = FakeClient()
    told = exchange(id=f"x{number}", dialect=stage.api.name, path=stage.api.endpoints[0].path)
    done(stage.pipeline.handle(ClientRequest(told, stage.api, incoming, stage.client)))
    return stage.client


def twice(caller, spoken, said, *, streamed, cut=None):
    """Ask twice; return both clients, the stage, and what was kept."""
    asked = talk.Conversation((talk.Turn("user", (talk.Text(f"{said} {CANARY} {SSN}"),)),))
    sample, document = sample_of(caller), document_of(caller, asked)
    by_body = not TABLES[caller.name].model or "stream" in TABLES[caller.name].stream
    if caller.name == "gemini_generate":
        by_body = False
    document = {**document, "stream": streamed} if by_body else document
    media = spoken.conversation.framings[0].media[0] if streamed else "application/json"

    def answer(outbound):
        names = " and ".join(sorted(outbound.pseudonyms))
        reply = replace(ANSWER, parts=(talk.Text(f"{said}: {names}."),))
        raw = stream_of(spoken, reply) if streamed else reply_of(spoken, reply)
        return cut(raw) if cut else [raw]

    stage = staged(caller, spoken, answer, media)
    incoming = sample.incoming(document, stream=streamed and not by_body)
    return served(stage, incoming, 1), served(stage, incoming, 2), stage


def check(live, hit, stage):
    assert live.status == 200, live.body
    assert len(stage.upstreams.sent) == 1
    assert (hit.body, hit.written, hit.media, hit.ended) == (live.body, live.written, live.media, live.ended)
    assert CANARY.encode() in live.body.replace(b"\\", b"") or live.written
    [(packed, _, about)] = stage.replies.rows.values()
    kept = b"".join(StoredReply.unpacked(packed).pieces)
    assert CANARY.encode() not in kept
    assert SSN.encode() not in kept
    assert len(about.pseudonyms) == 2


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("caller", "spoken"), WAYS)
def test_a_kept_reply_is_a_live_one_in_every_dialect(caller, spoken, streamed):
    check(*twice(caller, spoken, "Of course", streamed=streamed))


@examples(12)
@given(
    st.sampled_from(sorted(APIS)),
    st.booleans(),
    st.from_regex(r"[A-Za-z ,.]{1,30}", fullmatch=True),
    st.integers(1, 99),
)
def test_a_kept_reply_is_a_live_one_however_its_bytes_came(name, streamed, said, size):
    def cut(raw):
        return [raw[at : at + size] for at in range(0, len(raw), size)]

    check(*twice(APIS[name], APIS[name], said, streamed=streamed, cut=cut))


def test_vectors_are_kept_too():
    vector = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}], "model": "m"}
    stage = staged(EMBEDDINGS, EMBEDDINGS, lambda _: [orjson.dumps(vector)], "application/json")
    incoming = Incoming(orjson.dumps({"model": "m", "input": [f"about {CANARY}"]}))
    live, hit = served(stage, incoming, 1), served(stage, incoming, 2)
    assert (live.status, hit.body, len(stage.upstreams.sent)) == (200, live.body, 1)
