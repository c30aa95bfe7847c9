"""Whatever is too slow is told, and recorded, by its own name."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time

import orjson
import pytest

from proxy.codecs.api import TableApi
from proxy.core.records import Obligation
from proxy.errors import DecodingTimeoutError, UpstreamTimeoutError, VaultUnavailableError
from proxy.exchange import deadline as deadlines
from proxy.exchange.deadline import DECIDE, DETECT, VAULT, Deadline, stage
from proxy.exchange.pipeline import Pipeline
from proxy.runtime.offload import MOST_SHORT, on_behalf_of, run_in_thread_if_large
from testing.fakes import (
    DONE,
    KEYRING,
    SSN,
    FakeDetector,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    chat,
    chat_as,
    completion,
    delta,
)  # fmt: skip
from testing.memory_vault import MemoryVault
from tests.unit.exchange.test_pipeline import counted
from tests.unit.exchange.test_pipeline_files import body as with_a_file

LIMIT_S, LONG_S = 0.6, 30.0
LARGE = chat("hello " * 20_000)
PSEUDONYM = chat("what about Name_BCDFGHJKLM?")


class SlowDetector(FakeDetector):
    async def detect(self, texts, tenant, within_s=None):
        await asyncio.sleep(LONG_S)


class SlowVault(MemoryVault):
    seconds = LONG_S

    async def find(self, domain, pseudonyms):
        await asyncio.sleep(self.seconds)
        return await super().find(domain, pseudonyms)


class RatherSlowVault(SlowVault):
    seconds = LIMIT_S * 0.7


class SlowPdp(FakePdp):
    phase = "request"

    async def decide(self, facts, exchange, now):
        if facts.phase == self.phase:
            await asyncio.sleep(LONG_S)
        return await super().decide(facts, exchange, now)


class SlowAfterTransform(SlowPdp):
    phase = "post_transform"


class SlowCounter:
    async def count(self, sighting, *, keep=True):
        await asyncio.sleep(LONG_S)


class SlowReader:
    async def read(self, documents):
        await asyncio.sleep(LONG_S)


class SlowDecoding(TableApi):
    def decode(self, incoming):
        time.sleep(LIMIT_S * 2)
        return super().decode(incoming)


class SlowEncoding(TableApi):
    def encode(self, payload, texts, model):
        time.sleep(LIMIT_S * 2)
        return super().encode(payload, texts, model)


def doubting(pdp=None):
    """Return a stage whose residual scan finds something."""
    here = Stage(pdp=pdp)
    scan = here.detector.scan
    found = [dataclasses.replace(finding, start=0, end=5) for finding in scan("a@example.com")]
    here.detector.scan = lambda text, tenant="": found if " " in text else []
    here.pdp.obligations = (Obligation("o1", "mask", entities=("EMAIL_ADDRESS",)), Obligation("o2", "residual_scan"))
    return here


#: stage -> (how it is slow, body, more ports, code)
SLOW = {
    "decoding": (lambda: Stage(api=chat_as(SlowDecoding)), LARGE, {}, "decoding_timeout"),
    "files": (Stage, with_a_file(), {"documents": SlowReader()}, "file_reading_timeout"),
    "vault": (lambda: Stage(vault=SlowVault(Stage().clock)), PSEUDONYM, {}, "vault_unavailable"),
    "detection": (lambda: Stage(detector=SlowDetector()), chat(), {}, "detection_unavailable"),
    "counter": (lambda: counted(SlowCounter(), us_person=True), chat("a@b.example"), {}, "bulk_counter_unavailable"),
    "policy": (lambda: Stage(pdp=SlowPdp()), chat(), {}, "policy_unavailable"),
    "policy, after the transform": (
        lambda: doubting(SlowAfterTransform()), chat("hello a@example.com"), {}, "policy_unavailable",
    ),
    "transform": (lambda: Stage(api=chat_as(SlowEncoding)), LARGE, {}, "transform_timeout"),
    "vault before policy": (
        lambda: Stage(vault=RatherSlowVault(Stage().clock), pdp=SlowPdp()), PSEUDONYM, {}, "vault_unavailable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("part", SLOW)
async def test_the_slow_part_is_told_and_recorded_by_name(part):
    make, body, ports, code = SLOW[part]
    here = make()
    here.pipeline = Pipeline(
        dataclasses.replace(here.pipeline._ports, inspection_s=LIMIT_S, **ports), KEYRING, here.catalog
    )
    client = await here.run(body)
    answer = orjson.loads(client.body)["error"]
    assert (client.status, answer["code"], here.audit.outcome()[0].codes) == (503, code, (code,))
    assert answer["message"].endswith(
        f" took too long: a request has {LIMIT_S:g} s until it leaves, so nothing was sent."
    )
    assert here.upstreams.sent == []


#: Parts that other requests of the tenant keep busy, and those that are outside.
SHARED = {"decoding", "files", "detection", "transform"}


async def beside(name, here, body):
    """Serve a request for a tenant; return the client."""
    with on_behalf_of(name):
        await here.run(body)
    return here.client


@pytest.mark.parametrize("part", SLOW)
async def test_what_is_late_beside_others_of_its_tenant_is_the_tenants_to_mend(part):
    make, body, ports, code = SLOW[part]
    stages = [make() for _ in range(4)]
    for here in stages:
        parts = dataclasses.replace(here.pipeline._ports, inspection_s=LIMIT_S, **ports)
        here.pipeline = Pipeline(parts, KEYRING, here.catalog)
    names = ("loud", "loud", "loud", "quiet")
    clients = await asyncio.gather(*(beside(name, here, body) for name, here in zip(names, stages, strict=True)))
    errors = [orjson.loads(client.body)["error"] for client in clients]
    busy = (429, "tenant_busy") if part in SHARED else (503, code)
    assert [(client.status, error["code"]) for client, error in zip(clients, errors, strict=True)][:3] == [busy] * 3
    assert (clients[3].status, errors[3]["code"] != "tenant_busy") == (503, True), errors[3]
    if part in SHARED:
        assert "beside 2 more of this tenant's requests" in errors[0]["message"]
        assert clients[0].headers["retry-after"] == "1"
    assert [here.upstreams.sent for here in stages] == [[], [], [], []]


@pytest.mark.parametrize("body", [chat(), chat(stream=True)])
async def test_a_reply_that_is_late_beside_others_of_its_tenant_is_the_tenants_to_mend(body):
    media = {"content_type": "text/event-stream"} if b"stream" in body else {}
    parts = STREAM if media else [WHOLE]
    stages = [scanned_slowly(FakeReply(parts=parts, **media)) for _ in range(3)]
    names = ("loud", "loud", "quiet")
    clients = await asyncio.gather(*(beside(name, here, body) for name, here in zip(names, stages, strict=True)))
    errors = [orjson.loads(client.body)["error"] for client in clients]
    assert [error["code"] for error in errors][:2] == ["tenant_busy"] * 2
    assert errors[2]["code"] in {"reply_timeout", "threads_busy"}
    assert "; target a had the request by then." in errors[0]["message"]
    assert [client.status for client in clients] == [429, 429, 503]


async def test_a_deadline_that_has_ended_is_beside_nobody():
    with on_behalf_of("loud"):
        async with Deadline(5.0):
            pass
        with pytest.raises(DecodingTimeoutError):
            async with Deadline(0.01):
                await asyncio.sleep(1)
    assert not deadlines._at_work


async def test_a_decision_on_another_target_has_a_deadline_too():
    pdp = SlowPdp()
    pdp.phase = "fallback"
    here = Stage(pdp=pdp, upstreams=FakeUpstreams({"a": UpstreamTimeoutError()}))
    here.pipeline._ports = dataclasses.replace(here.pipeline._ports, inspection_s=LIMIT_S)
    answer = orjson.loads((await here.run()).body)["error"]
    assert answer["code"] == "policy_unavailable"
    assert answer["message"].endswith("; target a had the request by then.")


class SlowScan(FakeDetector):
    """Takes a hundredth of a second for each text of a reply, and counts."""

    scans = 0

    def scan(self, text, tenant=""):
        if SSN in text:
            self.scans += 1
            time.sleep(0.01)
        return super().scan(text, tenant)


def scanned_slowly(reply):
    """Return a stage whose target's reply takes two seconds to scan, though there are two tenths of a second."""
    pdp = FakePdp(guards=frozenset({"US_SSN"}))
    here = Stage(detector=SlowScan(), pdp=pdp, upstreams=FakeUpstreams({"a": reply}))
    ports = dataclasses.replace(here.pipeline._ports, inspection_s=LIMIT_S)
    here.pipeline = Pipeline(ports, KEYRING, here.catalog)
    return here


MANY = [f"{'words ' * 60} {SSN} {number}" for number in range(200)]
WHOLE = completion("", parts=MANY)
STREAM = [delta(parts=MANY) + DONE]


async def ends(detector):
    """Whether nothing is scanned any more, but for what is at work."""
    scans = detector.scans
    await asyncio.sleep(0.1)
    return scans > 0 and detector.scans <= scans + 1


@pytest.mark.parametrize("body", [chat(), chat(stream=True)])
async def test_a_reply_that_takes_too_long_is_refused_for_that_and_nothing_goes_on(body):
    reply = FakeReply(content_type="text/event-stream", parts=STREAM) if b"stream" in body else FakeReply(parts=[WHOLE])
    here = scanned_slowly(reply)
    client = await here.run(body)
    answer = orjson.loads(client.body)["error"]
    code = "reply_timeout"
    assert (client.status, answer["code"], here.audit.outcome()[0].codes) == (503, code, (code,))
    assert "ask for less at once; target a had the request by then." in answer["message"]
    assert len(here.upstreams.sent) == 1
    assert await ends(here.detector)


@pytest.mark.parametrize("body", [LARGE, chat(stream=True)])
async def test_a_wait_for_threads_is_told_and_recorded(body):
    """Of requests, and of streams after their head."""
    go_on = threading.Event()
    here = Stage(upstreams=FakeUpstreams({"a": FakeReply(content_type="text/event-stream", parts=STREAM)}))
    here.pipeline = Pipeline(dataclasses.replace(here.pipeline._ports, inspection_s=LIMIT_S), KEYRING, here.catalog)
    for _ in range(2):  # of every size
        busy = [asyncio.create_task(run_in_thread_if_large(size, go_on.wait)) for size in (MOST_SHORT, 2 * MOST_SHORT)]
    await asyncio.sleep(0)
    client = await here.run(body)
    go_on.set()
    await asyncio.gather(*busy)
    answer = orjson.loads(client.body)["error"]
    code = "threads_busy"
    assert (client.status, answer["code"], here.audit.outcome()[0].codes) == (503, code, (code,))
    assert "waiting for a thread took too long" in answer["message"]


@pytest.mark.parametrize("body", [chat(), chat(stream=True)])
async def test_work_at_a_reply_ends_when_the_caller_leaves(body):
    reply = FakeReply(content_type="text/event-stream", parts=STREAM) if b"stream" in body else FakeReply(parts=[WHOLE])
    here = scanned_slowly(reply)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(LIMIT_S / 2):
            await here.run(body)
    assert await ends(here.detector)


async def test_a_stage_inside_another_interrupts_it():
    async with Deadline(5.0) as deadline:
        times = iter([0.0, 1.0, 3.0, 3.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0])  # of each change, seconds
        deadline._now, deadline._since = lambda: next(times), 0.0
        with stage(DECIDE):
            with stage(VAULT):
                pass
            assert deadline.slowest() is VAULT
        with stage(DETECT):
            assert deadline.slowest() is DECIDE
        assert isinstance(deadline.late(), DECIDE.fault)


async def test_before_any_stage_it_decodes():
    with pytest.raises(DecodingTimeoutError):
        async with Deadline(0.01):
            await asyncio.sleep(1)


async def test_a_time_out_of_a_part_itself_is_that_parts():
    with pytest.raises(VaultUnavailableError):
        async with Deadline(5.0):
            raise VaultUnavailableError
    with pytest.raises(TimeoutError):
        async with Deadline(5.0):
            raise TimeoutError


def test_without_a_deadline_a_stage_is_only_traced():
    with stage(VAULT):
        pass
