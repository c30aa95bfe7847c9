from __future__ import annotations

from dataclasses import replace

import orjson

from proxy.codecs.openai.batch_files import FILES_API
from proxy.codecs.openai.batches import BATCHES
from proxy.core.decision import lines, seals
from proxy.core.kept_state import Batched, Kept
from proxy.core.records import Obligation
from proxy.core.state import kept
from proxy.core.targets.regions import ExpectedOrigin
from proxy.core.wire import Incoming
from proxy.errors import UpstreamCutError, VaultUnavailableError
from proxy.exchange.request import ClientRequest
from proxy.exchange.storing import Storing
from testing.fakes import (
    DONE,
    KEYRING,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    FixedClock,
    Stage,
    catalog,
    chat,
    delta,
    exchange,
    target,
)
from testing.memory_vault import MemoryVault

DOMAIN = "acme\x1fsupport\x1fcrm\x1f"
BATCH, FILE = (prefix + "b" * 32 for prefix in (kept.BATCH, kept.FILE))
NAMES = ("Ada's", "two")
KNOWN = Kept(BATCH, target="a", id="batch_1", model="m", names=("Kilo-Seven",), categories=("personal",),
             batched=Batched("/v1/chat/completions", "openai_chat", NAMES))  # fmt: skip


class Broken(MemoryVault):
    async def put(self, domain, pseudonyms, subject=b""):
        raise VaultUnavailableError

    async def put_seals(self, domain, names, target):
        raise VaultUnavailableError


async def asked(template, handle, reply, obligations=(), **batch):
    known = replace(KNOWN, handle=handle, **batch)
    api = BATCHES if handle == BATCH else FILES_API
    stage = Stage(api=api, pdp=FakePdp(obligations), catalog=catalog(target("a", expected=ExpectedOrigin({"m": "pinned"}))),
                  upstreams=FakeUpstreams({"a": reply}))  # fmt: skip
    await stage.vault.put(DOMAIN, {handle: kept.packed(known), "Kilo-Seven": "Ada"})
    incoming = Incoming(b"", method="GET", template=template, variables={"id": handle})
    told = exchange(dialect=api.name, path=template)
    await stage.pipeline.handle(ClientRequest(told, api, incoming, stage.client))
    return stage


def results():
    answer = {"object": "chat.completion", "choices": [{"message": {"content": "to Kilo-Seven"}}]}
    said = {"custom_id": lines.stand_in(1), "response": {"body": answer}, "error": None}
    return FakeReply(content_type="application/jsonl", parts=[orjson.dumps(said) + b"\n"])


async def test_a_line_gets_its_name_back_whatever_is_put_back_otherwise():
    for obligations, wanted in (((), "Kilo-Seven"), ((Obligation("o1", "reidentify_response"),), "Ada")):
        stage = await asked("/v1/files/{id}/content", FILE, results(), obligations)
        line = orjson.loads(stage.client.body)
        assert stage.client.ended == "clean"
        assert (line["custom_id"], line["response"]["body"]["choices"][0]["message"]["content"]) == (
            "Ada's", f"to {wanted}",
        )  # fmt: skip


async def test_a_reply_about_what_is_kept_names_no_pinned_model():
    stage = await asked("/v1/files/{id}/content", FILE, results())
    assert [one.pinned for one in stage.upstreams.sent] == [""]


async def test_what_comes_of_a_batch_holds_what_the_batch_holds():
    said = {"id": "batch_1", "object": "batch", "status": "completed", "output_file_id": "file-2"}
    stage = await asked("/v1/batches/{id}", BATCH, FakeReply(parts=[orjson.dumps(said)]))
    handle = orjson.loads(stage.client.body)["output_file_id"]
    found = await stage.vault.find(DOMAIN, [handle])
    made = kept.opened(handle, found[handle])
    assert (made.id, made.target, made.model, made.batched) == ("file-2", "a", "m", KNOWN.batched)
    assert (made.names, made.categories, made.before) == (KNOWN.names, KNOWN.categories, (BATCH, "batch_1"))


async def test_seals_that_cannot_be_remembered_come_back_as_anybodys():
    storing = Storing(Broken(FixedClock()), KEYRING)
    await storing.keep_seals("acme", "a", ["sealed"])
    known = Storing(MemoryVault(FixedClock()), KEYRING)
    await known.keep_seals("acme", "a", ["sealed"])
    assert await known.vault.makers(seals.domain("acme"), ["sealed", "other"]) == {"sealed": "a"}


async def test_pseudonyms_are_minted_under_the_key_in_use_where_there_is_no_other():
    assert await Storing(Stage().vault, KEYRING).minting(DOMAIN) is KEYRING


async def test_results_that_may_be_cut_do_not_look_complete():
    for fault, ended in ((None, "clean"), (UpstreamCutError(), "aborted")):
        reply = replace(results(), fault=fault)
        stage = await asked("/v1/files/{id}/content", FILE, reply)
        assert stage.client.ended == ended
        assert b"to Kilo-Seven" in stage.client.body


async def test_a_stream_that_marks_its_end_is_whole_however_its_connection_ends():
    reply = FakeReply(200, "text/event-stream", [delta("Hi", finish="stop"), DONE], UpstreamCutError())
    for guards in (frozenset(), frozenset({"PERSON"})):
        stage = Stage(upstreams=FakeUpstreams({"a": reply}), pdp=FakePdp(guards=guards))
        assert (await stage.run(chat(stream=True))).ended == "clean"
