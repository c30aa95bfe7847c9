from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.openai.batches import BATCHES
from proxy.core.kept_state import Kept
from proxy.core.state import kept
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

HANDLE = kept.FILE + "b" * 32


def asked(**changes):
    given = {"input_file_id": HANDLE, "endpoint": "/v1/embeddings", "completion_window": "24h", **changes}
    return Incoming(orjson.dumps({name: value for name, value in given.items() if value is not None}))


def test_a_batch_is_of_a_file_that_is_known_by_its_handle():
    payload = BATCHES.decode(asked(metadata={"for": "Ada"}))
    assert (payload.kept, payload.model, payload.must_store, payload.stateful) == (Kept(HANDLE), "", True, True)
    assert [span.text for span in payload.spans] == ["for", "Ada"]
    assert payload.batched is not None
    assert payload.batched.url == "/v1/embeddings"
    wire = BATCHES.encode(replace(payload, kept=Kept(HANDLE, id="file-1")), {1: "x"}, "m")
    assert wire.path == "/batches"
    assert orjson.loads(wire.body) == {
        "input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h", "metadata": {"for": "x"},
    }  # fmt: skip
    assert BATCHES.outgoing_texts(wire) == ["for", "x"]


@pytest.mark.parametrize("identity", ["file-1", kept.BATCH + "b" * 32])
def test_a_file_by_another_name_is_refused(identity):
    with pytest.raises(StatefulUnsupportedError):
        BATCHES.decode(asked(input_file_id=identity))


@pytest.mark.parametrize(
    "changes", [{"input_file_id": None}, {"endpoint": 1}, {"completion_window": "7d"}, {"completion_window": None}]
)
def test_what_a_batch_has_to_say_is_asked_for(changes):
    with pytest.raises(MalformedRequestError):
        BATCHES.decode(asked(**changes))


def test_another_member_is_a_feature():
    assert BATCHES.decode(asked(priority="high")).features == ("priority",)
    assert BATCHES.decode(asked(output_expires_after={"anchor": "created_at", "seconds": 3600})).features == ()
