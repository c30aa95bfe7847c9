"""The self-test fails for each thing that may be wrong with a proxy, and passes a right one: a small proxy of the test's."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ExchangeProof, ProvenRecord
from proxy.embedded.probes import free_ports
from proxy.selftest import page, spoken
from proxy.selftest.plants import HEALTH, KINDS, PERSON, SECRET
from proxy.selftest.sink import Sink
from proxy.selftest.trial import Trial

NOBODY = "somebody or other"
CHAT = [one for one in spoken.every() if one.api.name in {"openai_chat", "gemini_embed"}]


class SmallProxy:
    """Replaces what it is told of by a stand-in and puts it back, as long as nothing is said to be broken."""

    def __init__(self, sink, url, broken=""):
        self.asked, self.sink, self.broken, self.records, self.before = sink, url, broken, {}, b""

    async def ask(self, request):
        body, exchange = await request.read(), f"x{len(self.records)}"
        text = spoken.longest(body)
        kind = "health" if "patient" in text else "secret" if "AWS" in text else "person" if "@" in text else "clean"
        place = "region" if kind == "health" and self.broken != "unpinned" else "outside"
        action = {"health": "pin_local", "clean": "forward"}.get(kind, "redact_and_forward")
        shown = {"x-compliance-exchange": exchange, "x-compliance-action": action, "x-compliance-decision": exchange,
                 "x-compliance-target": place}  # fmt: skip
        hidden = (
            json.dumps(NOBODY).encode()
            if kind in {"person", "secret"} and self.broken != "detection"
            else json.dumps(text).encode()
        )
        sent = body.replace(json.dumps(text, ensure_ascii=False).encode(), hidden)
        self.records[exchange] = {"decision": {"action": action, "target": place}, "outcome": {"target": place}}
        if self.broken == "refusing" and kind in {"person", "health"}:
            self.records[exchange]["decision"] = {"action": "block"}
            return web.json_response(
                {"error": {"code": "NO"}}, status=403, headers={**shown, "x-compliance-action": "block"}
            )
        if self.broken == "dropping":
            return web.Response(body=b"{}", headers=shown)
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.sink}/{place}{request.path}", data=sent) as reply,
        ):
            answer = await reply.read()
        if self.broken != "unrestored" and self.asked.asked.echoes:
            answer = self.asked.asked.reply(self.asked.asked.text(answer).replace(NOBODY, text))
        if self.broken == "late" and kind == "secret":
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{self.sink}/outside/mirror", data=self.before) as copied,
            ):
                await copied.read()
        self.before = body
        return web.Response(body=answer, headers={**shown, "content-type": reply.headers["content-type"]})

    async def receipt(self, request):
        exchange = request.match_info["exchange"]
        record = dict(self.records[exchange])
        if self.broken == "unrecorded":
            return web.json_response({}, status=404)
        if self.broken == "unended":
            record["outcome"] = {}
        if self.broken == "lying":
            record["outcome"] = {"target": "elsewhere"}
        body = json.dumps({"columns": {"action": proof.RECEIPT}, "facts": record})
        given = ExchangeProof("o", exchange, (ProvenRecord("w", 1, bytes(32), body, ()),), (), "")
        return web.Response(body=proof.written(given), content_type="application/json")


@asynccontextmanager
async def running(broken):
    port, url = free_ports(2)
    sink = Sink()
    small = SmallProxy(sink, f"http://127.0.0.1:{port}", broken)
    app = web.Application()
    app.router.add_get("/v1/compliance/receipts/{exchange}", small.receipt)
    app.router.add_post("/{path:.*}", small.ask)
    runner = web.AppRunner(app)
    await runner.setup()
    async with sink.listening("127.0.0.1", port):
        await web.TCPSite(runner, "127.0.0.1", url).start()
        try:
            yield sink, f"http://127.0.0.1:{url}"
        finally:
            await runner.cleanup()


async def tried(broken, verifier=None):
    async with running(broken) as (sink, url):
        exchanged = await Trial(url, "cp_key", "selftest", verifier, patience_s=0).run(sink, CHAT, lambda _: None)
    return page.rows(exchanged, sink.received)


def faults(rows, api="openai_chat"):
    return {row["planted"]: " ".join(row["faults"]) for row in rows if row["api"] == api}


async def test_a_right_proxy_passes():
    rows = await tried("")
    assert [row["faults"] for row in rows] == [[]] * len(CHAT) * len(KINDS)
    assert {row["planted"]: row["received_by"] for row in rows} == {
        "clean": "the target outside", "person": "the target outside", "secret": "the target outside",
        "health": "the target in the region",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "kinds", "words"),
    [
        ("detection", {PERSON, SECRET}, "the target outside received"),
        ("unpinned", {HEALTH}, "the target outside received 4 of 4"),
        ("late", {PERSON}, "the target outside received 3 of 5"),
        ("unrestored", {PERSON}, "does not say what was sent"),
        ("unrecorded", set(KINDS), "not on record"),
        ("unended", set(KINDS), "the record has no end"),
        ("lying", set(KINDS), "is on record"),
        ("dropping", set(KINDS), "nothing reached a target"),
        ("refusing", {PERSON}, "not served: status 403 NO"),
    ],
)
async def test_what_is_wrong_fails(broken, kinds, words):
    seen = faults(await tried(broken))
    assert {kind for kind, fault in seen.items() if fault} == kinds
    assert all(words in seen[kind] for kind in kinds)


async def test_detection_that_is_off_is_seen_where_nothing_comes_back():
    seen = faults(await tried("detection"), "gemini_embed")
    assert {kind for kind, fault in seen.items() if fault} == {PERSON, SECRET}


async def test_a_receipt_that_the_logs_key_did_not_sign_is_no_record():
    rows = await tried("", AuditSigningKey.generate("o").verifier)
    assert all("not on record" in " ".join(row["faults"]) for row in rows)
