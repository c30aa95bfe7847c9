from __future__ import annotations

import orjson

from proxy.codecs.openai.apis import EMBEDDINGS
from proxy.core.records import Obligation
from testing.fakes import CANARY, FakePdp, FakeReply, FakeUpstreams, Stage

REPLY = b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2]}],"model":"m"}'


async def test_texts_leave_redacted_and_vectors_come_back_as_they_are():
    stage = Stage(
        pdp=FakePdp((Obligation("o", "redact"), Obligation("r", "residual_scan"), Obligation("s", "response_scan")))
    )
    stage.api, stage.upstreams.replies = EMBEDDINGS, {"a": FakeReply(parts=[REPLY])}
    client = await stage.run(orjson.dumps({"model": "m", "input": ["hello", f"mail {CANARY}"]}))
    assert orjson.loads(stage.upstreams.sent[0].wire.body)["input"] == ["hello", "mail [EMAIL_ADDRESS]"]
    assert client.body == REPLY
    assert stage.pdp.asked[0].operation[0] == "embedding"


async def test_a_reply_in_another_shape_goes_to_nobody():
    stage = Stage(api=EMBEDDINGS, upstreams=FakeUpstreams({n: FakeReply(parts=[b"[]"]) for n in ("a", "b", "local")}))
    client = await stage.run(orjson.dumps({"model": "m", "input": "x"}))
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (502, "upstream_malformed")
