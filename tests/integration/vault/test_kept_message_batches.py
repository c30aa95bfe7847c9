"""Anthropic's batches of messages, over HTTP: each message decided, all ids ours, results read line by line."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import orjson

from proxy.core.records import Obligation
from proxy.core.state import kept
from testing.batches import MessagesProvider
from testing.fakes import PRINCIPAL, SSN, FakePdp, Stage, catalog, target
from testing.serving import serving

ADDRESS = "ada@canary-leak.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))
ROOT = "/v1/messages/batches"
VERSION = {"anthropic-version": "2023-06-01"}


def asked(name, said):
    return {
        "custom_id": name,
        "params": {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": said}]},
    }


@asynccontextmanager
async def calling(vault, pdp=None):
    stage = Stage(pdp=pdp or FakePdp(OBLIGED), upstreams=MessagesProvider(), catalog=catalog(target("a")), vault=vault)
    async with serving(stage, body=1 << 20) as running:
        yield running


async def call(running, method, path, body=None):
    data = orjson.dumps(body) if body is not None else None
    async with running.session.request(method, running.url + path, data=data, headers=VERSION) as response:
        return response.status, await response.read()


async def created(running, *requests):
    status, body = await call(running, "POST", ROOT, {"requests": list(requests)})
    assert status == 200, body
    return orjson.loads(body)


async def test_a_batch_from_its_messages_to_its_results(open_vault):
    async with calling(await open_vault()) as running:
        batch = await created(running, asked("ada-1", f"write to {ADDRESS}"), asked("ada-2", "fail"))
        assert kept.is_handle(batch["id"], kept.MESSAGE_BATCH)
        assert batch["results_url"] is None
        _, body = await call(running, "GET", f"{ROOT}/{batch['id']}")
        done = orjson.loads(body)
        assert (done["id"], done["results_url"]) == (batch["id"], f"{ROOT}/{batch['id']}/results")
        status, body = await call(running, "GET", done["results_url"])
        found = {one["custom_id"]: one["result"] for one in map(orjson.loads, body.splitlines())}
        assert (status, found["ada-1"]["message"]["content"][0]["text"]) == (200, f"You said: write to {ADDRESS}")
        assert found["ada-2"]["error"]["error"]["message"] == "no"
        sent = b"".join(path.encode() + body for _, _, path, body in running.stage.upstreams.seen)
        assert b"canary-leak" not in sent
        assert b"ada-1" not in sent
        assert b"_cp_b" not in sent.replace(b"line_cp_", b"")


async def test_a_batch_is_cancelled_and_deleted(open_vault):
    async with calling(await open_vault()) as running:
        batch = await created(running, asked("one", "hello"))
        _, body = await call(running, "POST", f"{ROOT}/{batch['id']}/cancel")
        assert orjson.loads(body)["processing_status"] == "canceling"
        _, body = await call(running, "DELETE", f"{ROOT}/{batch['id']}")
        assert orjson.loads(body) == {"id": batch["id"], "type": "message_batch_deleted"}
        status, body = await call(running, "GET", f"{ROOT}/{batch['id']}")
        assert (status, orjson.loads(body)["error"]["details"]["error_code"]) == (404, "unknown_handle")


async def test_one_message_that_is_refused_refuses_all_by_its_number(open_vault):
    class Pdp(FakePdp):
        async def decide(self, facts, exchange, now):
            self.denied = frozenset({"a"} if any(row.type == "US_SSN" for row in facts.entities) else ())
            return await super().decide(facts, exchange, now)

    async with calling(await open_vault(), Pdp(OBLIGED)) as running:
        status, body = await call(
            running, "POST", ROOT, {"requests": [asked("one", "hello"), asked("two", f"my number is {SSN}")]}
        )
        error = orjson.loads(body)["error"]
        assert (status, error["type"]) == (451, "permission_error")
        assert error["message"].startswith("line 2: refused by policy: ")
        assert running.stage.upstreams.seen == []


async def test_nobody_else_knows_a_batch(open_vault):
    async with calling(await open_vault()) as running:
        batch = await created(running, asked("one", "hello"))
        running.identities.principal = replace(PRINCIPAL, tenant="rival")
        for method, ending in (("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")):
            status, _ = await call(running, method, f"{ROOT}/{batch['id']}{ending}")
            assert status == 404
        status, _ = await call(running, "GET", ROOT)
        assert status == 405
        assert len(running.stage.upstreams.seen) == 1
