from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.core.kept_state import Kept
from proxy.core.state import kept
from proxy.errors import UpstreamMalformedError, VaultUnavailableError
from proxy.exchange import keeping
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


async def test_only_members_that_hold_identifiers_name_a_handle():
    words = {
        "status": "completed",
        "output": [{"id": "completed", "text": "completed"}],
        "metadata": {"id": "completed"},
    }
    body = {"id": "completed", "conversation": {"id": "completed"}, **words}
    said = orjson.loads(await handles(Store()).whole(orjson.dumps(body)))
    assert said == {"id": MADE.handle, "conversation": {"id": MADE.handle}, **words}
    event = {"type": "response.completed", "response": body, "delta": "completed", "response_id": "completed"}
    seen = await handles(Store()).piece(b"event: completed\ndata: " + orjson.dumps(event) + b"\n\n")
    assert seen.startswith(b"event: completed\ndata: ")
    assert orjson.loads(seen.strip().partition(b"data: ")[2]) == {
        **event, "response_id": MADE.handle, "response": {**words, "id": MADE.handle, "conversation": {"id": MADE.handle}},
    }  # fmt: skip


async def test_an_event_of_several_lines_names_the_handle():
    store = Store()
    seen = await handles(store).piece(b'data: {"response":\ndata: {"id":"resp_1"}}\n\n')
    assert seen == b'data: {"response":{"id":"%s"}}\n\n' % store.kept[0].handle.encode()


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


class Later(Store):
    async def keep(self, one):
        new = one.handle not in {other.handle for other in self.kept}
        await super().keep(one)
        return new


def named(begins, identity):
    return kept.derived(b"key", begins, "a", identity)


async def test_a_batch_names_its_files_by_handles_each_time_the_same():
    store = Later()
    body = orjson.dumps({"id": "batch_1", "input_file_id": "file-1", "output_file_id": "file-2", "error_file_id": None})
    seen = []
    for _ in range(2):
        later = keeping.Later(MADE, kept.RESULTS[kept.BATCHES], named, store.keep)
        known = {"batch_1": "ours", "file-1": "mine"}
        made = KeptIds(store.keep, store.forget, None, known, later=later)
        seen.append((orjson.loads(await made.whole(body)), made.minted))
    [(first, minted), (second, again)] = seen
    assert first == second
    assert (first["id"], first["input_file_id"], first["error_file_id"]) == ("ours", "mine", None)
    assert kept.is_handle(first["output_file_id"], kept.FILE)
    assert (minted, again) == (first["output_file_id"], "")
    assert [one.id for one in store.kept] == ["file-2", "file-2"]


@pytest.mark.parametrize("identity", [1, "a b", ["file-1"]])
async def test_a_file_of_results_without_an_identifier_makes_no_reply(identity):
    later = keeping.Later(MADE, kept.RESULTS[kept.BATCHES], named, Later().keep)
    body = orjson.dumps({"id": "batch_1", "output_file_id": identity})
    with pytest.raises(UpstreamMalformedError):
        await KeptIds(Later().keep, Later().forget, None, {}, later=later).whole(body)


async def test_the_address_of_results_is_one_of_ours():
    links, made = kept.LINKS[kept.MESSAGE_BATCHES], replace(MADE, handle=kept.MESSAGE_BATCH + "b" * 32)
    body = {"id": "msgbatch_1", "type": "message_batch", "results_url": "https://api.example/v1/msgbatch_1/results"}
    for address, wanted in ((body["results_url"], f"/v1/messages/batches/{made.handle}/results"), (None, None)):
        store = Store()
        ids = KeptIds(store.keep, store.forget, made, {}, links=links)
        said = orjson.loads(await ids.whole(orjson.dumps({**body, "results_url": address})))
        assert (said["id"], said["results_url"]) == (made.handle, wanted)


async def test_a_batch_of_messages_that_is_deleted_is_forgotten():
    store = Store()
    said = await handles(store, None, msgbatch_1="ours").whole(b'{"id":"msgbatch_1","type":"message_batch_deleted"}')
    assert (orjson.loads(said)["id"], store.gone, store.kept) == ("ours", ["ours"], [])
