from __future__ import annotations

import orjson
import pytest

from proxy.core.kept_state import Kept
from proxy.core.state import kept
from proxy.errors import UpstreamMalformedError, VaultUnavailableError
from proxy.exchange.keeping import KeptIds

MADE = Kept(kept.fresh(kept.RESPONSE), target="a", model="m")
BEFORE = "resp_cp_" + "d" * 32


class Store:
    def __init__(self, raises=None):
        self.kept, self.gone, self.raises = [], [], raises

    async def keep(self, one):
        if self.raises is not None:
            raise self.raises
        self.kept.append(one)

    async def forget(self, handle):
        self.gone.append(handle)


def handles(store, template=MADE, **known):
    return KeptIds(store.keep, store.forget, template, dict(known))


async def test_a_reply_names_a_handle_that_is_stored():
    store = Store()
    made = handles(store, resp_0=BEFORE)
    body = orjson.dumps(
        {"id": "resp_1", "previous_response_id": "resp_0", "output": [{"id": "msg_1", "text": "resp_1"}]}
    )
    said = orjson.loads(await made.whole(body))
    [one] = store.kept
    assert (one.id, one.target, said["id"]) == ("resp_1", "a", one.handle)
    assert one.handle == MADE.handle
    assert (said["previous_response_id"], said["output"][0]["id"], made.minted) == (BEFORE, "msg_1", one.handle)


async def test_what_is_not_kept_gets_none():
    store = Store()
    body = b'{"id":"resp_1","previous_response_id":"resp_0"}'
    assert orjson.loads(await handles(store, None, resp_0=BEFORE).whole(body)) == {
        "id": "resp_1", "previous_response_id": BEFORE,
    }  # fmt: skip
    assert store.kept == []


@pytest.mark.parametrize("identity", [None, 1, "", "a b", ["resp_1"]])
async def test_what_has_no_identifier_is_no_reply(identity):
    with pytest.raises(UpstreamMalformedError):
        await handles(Store()).whole(orjson.dumps({"id": identity, "output": []}))


async def test_a_handle_that_cannot_be_stored_is_not_handed_out():
    with pytest.raises(VaultUnavailableError):
        await handles(Store(VaultUnavailableError())).whole(b'{"id":"resp_1"}')


async def test_every_event_of_a_stream_names_the_handle():
    store = Store()
    made = handles(store)
    first = b'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n'
    later = b'data: {"type":"response.output_text.delta","delta":"hi"}\n\ndata: {"response":{"id":"resp_1"}}\n\n'
    seen = await made.piece(b": hello\n\ndata: [DONE]\n\n") + await made.piece(first) + await made.piece(later)
    [one] = store.kept
    assert b"resp_1" not in seen
    assert seen.count(one.handle.encode()) == 2


@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
async def test_an_identifier_is_found_whatever_ends_a_line(end):
    store = Store()
    event = b'event: response.created@data: {"response":{"id":"resp_1"}}@@'.replace(b"@", end)
    assert b"resp_1" not in await handles(store).piece(event)
    assert [one.id for one in store.kept] == ["resp_1"]


async def test_what_is_deleted_is_forgotten():
    store = Store()
    said = await handles(store, None, resp_0=BEFORE).whole(b'{"id":"resp_0","object":"response","deleted":true}')
    assert (orjson.loads(said)["id"], store.gone) == (BEFORE, [BEFORE])
