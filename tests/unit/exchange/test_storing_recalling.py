from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.mcp import APIS
from proxy.core.deidentification.known_pseudonyms import RECALL
from proxy.core.records import Obligation
from proxy.core.wire import Incoming
from proxy.errors import VaultUnavailableError
from proxy.exchange.request import ClientRequest
from proxy.exchange.storing import Recall
from testing.fakes import PRINCIPAL, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, exchange, target

[API] = APIS
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"))
NAMES = {"Name_BCDFGHJKLM": "Ada", "Name_NPQRSTVWXZ": "Bob"}
ADA, BOB = NAMES


class Vault:
    def __init__(self, raises=None):
        self.asked, self.raises = [], raises

    async def find(self, names):
        self.asked.append(list(names))
        if self.raises:
            raise self.raises
        return {name: NAMES[name] for name in names if name in NAMES}


async def test_what_a_reply_names_is_looked_up_once():
    vault, back = Vault(), {ADA: "Ada"}
    recall = Recall(vault.find, back)
    await recall.search([f"{ADA} and {BOB}", "nobody", "Name_ZZZZZZZZZZ"])
    await recall.search([f"{BOB} again", "Name_ZZZZZZZZZZ"])
    assert vault.asked == [[BOB, "Name_ZZZZZZZZZZ"]]
    assert back == NAMES


@pytest.mark.parametrize("cut", range(1, 40))
async def test_a_name_is_found_in_a_stream_however_it_is_cut(cut):
    vault, back = Vault(), {}
    recall, said = Recall(vault.find, back), f'data: {{"a":"caf\u00e9 {ADA}"}}\n\n'.encode()
    await recall.piece(said[:cut])
    await recall.piece(said[cut:])
    assert back == {ADA: "Ada"}


async def test_without_the_vault_names_stay():
    back = {}
    await Recall(Vault(VaultUnavailableError()).find, back).search([ADA])
    assert back == {}


async def called(stage, role, text):
    document = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "notes", "arguments": {"text": text}},
    }
    who = replace(PRINCIPAL, roles=(role,) if role else ())
    request = ClientRequest(
        exchange(dialect="mcp", principal=who), API, Incoming(orjson.dumps(document), variables={"model": "crm"}), stage.client
    )  # fmt: skip
    await stage.pipeline.handle(request)
    return stage.client


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("role", "back"), [(RECALL, True), ("", False)])
async def test_what_a_server_remembers_comes_back_for_a_key_with_the_role(streamed, role, back):
    address = "ada@canary-mail.example"
    stage = Stage(
        api=API,
        catalog=catalog(target("a")),
        upstreams=FakeUpstreams(),
        pdp=FakePdp(OBLIGED),
    )
    await called(stage, role, f"write to {address}")
    [name] = [one for one in stage.upstreams.sent[0].wire.body.decode().split('"') if "write to" in one]
    said = orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": name}]}})
    stage.client = type(stage.client)()
    parts = [b"data: " + said[:70], said[70:] + b"\n\n"] if streamed else [said]
    stage.upstreams.replies = {"a": FakeReply(200, "text/event-stream" if streamed else "application/json", parts)}
    client = await called(stage, role, "what is there?")
    assert (address.encode() in client.body) is back
    assert client.status == 200
