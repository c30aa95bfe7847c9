from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.core.decision import lines
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from tests.unit.codecs.batches.test_upload import params

BATCHES = next(api for api in APIS if api.name == "anthropic_batches")


def asked(*requests, headers=None, **more):
    return Incoming(orjson.dumps({"requests": list(requests), **more}), headers=headers or {})


def test_many_messages_leave_under_their_numbers():
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": "message-batches-2024-09-24"}
    payload = BATCHES.decode(asked(params("ada-1", "hello"), params("ada-2", "bye"), headers=headers))
    assert payload.features == ()
    wire = BATCHES.encode(payload, {0: "HELLO"}, "theirs")
    assert (wire.path, dict(wire.headers)) == ("/messages/batches", headers)
    requests = orjson.loads(wire.body)["requests"]
    assert [one["custom_id"] for one in requests] == [lines.stand_in(1), lines.stand_in(2)]
    assert [one["params"]["messages"][0]["content"] for one in requests] == ["HELLO", "bye"]
    assert {one["params"]["model"] for one in requests} == {"theirs"}
    assert [text for text in BATCHES.outgoing_texts(wire) if "ada" in text] == []


def test_what_else_is_asked_is_a_feature():
    beta = {"anthropic-beta": "files-api-2025-04-14"}
    assert BATCHES.decode(asked(params(), headers=beta)).features == ("anthropic-beta.files-api",)
    assert BATCHES.decode(asked(params(), priority="high")).features == ("priority",)


@pytest.mark.parametrize(
    ("requests", "told"),
    [
        ([], "'requests'"),
        ([1], "every request"),
        ([params(), {"custom_id": "b"}], "line 2: it must have"),
        ([params(), params("no blanks")], "line 2: 'custom_id'"),
        ([params(), params("x" * 65)], "line 2: 'custom_id'"),
        ([params(), {"custom_id": "b", "params": []}], "line 2: 'params'"),
        ([params(), params("b", stream=True)], "line 2: a line of a batch does not stream"),
        ([params(), params("b", messages=[])], "line 2: 'messages'"),
    ],
)
def test_a_request_that_is_none_is_named(requests, told):
    with pytest.raises(MalformedRequestError) as refused:
        BATCHES.decode(asked(*requests))
    assert str(refused.value).startswith(told)


def test_what_is_kept_is_a_batch_or_the_word_that_it_is_deleted():
    said = {
        "id": "msgbatch_1",
        "type": "message_batch",
        "processing_status": "ended",
        "results_url": "https://x.example",
    }
    assert BATCHES.opened(orjson.dumps(said)).texts == []
    assert BATCHES.opened(b'{"id":"msgbatch_1","type":"message_batch_deleted"}').texts == []
    with pytest.raises(ValueError, match="not a reply"):
        BATCHES.opened(b'{"id":"msgbatch_1"}')
