from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.apis import MODERATIONS
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError


def decoded(given, **fields):
    return MODERATIONS.decode(Incoming(orjson.dumps({"input": given, **fields})))


@pytest.mark.parametrize("given", ["one", ["one", "two"], [{"type": "text", "text": "one"}]])
def test_texts_are_spans(given):
    payload = decoded(given, model="m")
    assert [span.text for span in payload.spans] == {"one": ["one"]}.get(str(given), ["one", "two"][: len(given)])
    assert (payload.operation, payload.model, payload.opaque, payload.features) == (Operation.MODERATION, "m", (), ())


def test_pictures_are_opaque():
    payload = decoded([{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}])
    assert ([part.media for part in payload.opaque], payload.links) == (["image"], ("https://x.test/a.png",))


def test_a_request_without_a_model_asks_for_the_apis_own_default():
    payload = decoded("a")
    assert payload.model == "omni-moderation-latest"
    assert orjson.loads(MODERATIONS.encode(payload, {}, "theirs").body) == {"input": "a", "model": "theirs"}


@pytest.mark.parametrize("given", [None, [], 5, [1], [None], {}, [{}]])
def test_what_cannot_be_read_is_refused(given):
    with pytest.raises(MalformedRequestError):
        decoded(given)


def test_a_reply_of_scores_passes():
    scores = {"flagged": True, "categories": {"hate": True}, "category_scores": {"hate": 0.5}}
    reply = orjson.dumps({"id": "modr-1", "model": "m", "results": [scores]})
    assert MODERATIONS.opened(reply).texts == []
    with pytest.raises(ValueError):
        MODERATIONS.opened(b'{"data": []}')
    with pytest.raises(MalformedRequestError):
        decoded("a", stream=True)
