from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.media_apis import EDITS, GENERATIONS, VARIATIONS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, FakeDetector, reply_texts

NAME = "Name_BCDFGHJKLM"


def decoded(**fields):
    return GENERATIONS.decode(Incoming(orjson.dumps(fields)))


def make(position):
    return ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make(position)


def test_the_prompt_is_read_and_policy_hears_of_a_picture_in_the_reply():
    payload = decoded(prompt=f"a portrait of {SSN}", user=SSN, size="1024x1024", quality="high", n=2, style="vivid")
    assert [span.text for span in payload.spans] == [f"a portrait of {SSN}", SSN]
    assert (payload.operation, payload.model, payload.features) == (Operation.IMAGE, "dall-e-2", ())
    assert [(part.path, part.media) for part in payload.unread] == [("data", "image")]
    assert EDITS.unread == VARIATIONS.unread == payload.unread


@pytest.mark.parametrize("fields", [{}, {"prompt": 5}, {"prompt": ["a"]}, {"prompt": "a", "stream": True}])
def test_what_is_not_served_is_refused(fields):
    with pytest.raises(MalformedRequestError):
        decoded(model="gpt-image-1", **fields)


def test_pictures_and_their_addresses_stay_and_the_prompt_that_was_used_is_filtered():
    picture = {"b64_json": NAME, "url": f"https://x.test/{NAME}?sig=1", "revised_prompt": f"of {NAME}"}
    reply = orjson.dumps({"created": 1, "data": [picture], "output_format": "png"})
    assert reply_texts(GENERATIONS.opened(reply).texts) == [f"https://x.test/{NAME}?sig=1", f"of {NAME}"]
    assert orjson.loads(GENERATIONS.opened(reply).rewritten(make))["data"] == [{**picture, "revised_prompt": "of Ada"}]
    with pytest.raises(ValueError):
        GENERATIONS.opened(b'{"error": "x"}')
