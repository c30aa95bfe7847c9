"""The detector with its real models, in real worker processes."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web

from proxy.core.findings import Status
from proxy.core.leaves import TextLeaf
from proxy.detection.detector import PooledDetector
from proxy.detection.lists import ListedTerm, compiled
from proxy.detection.pool.process import spawning
from proxy.detection.remote import protocol
from proxy.detection.remote.pool import RemotePool
from proxy.detection.remote.serving import DetectorService
from proxy.detection.remote.tls import TlsFiles
from proxy.runtime.clock import SystemClock
from testing import certificates, rule_cache
from testing.processes import descendants, paused

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTS = compiled(
    [ListedTerm("acme", "allow", value="Berlin"), ListedTerm("acme", "deny", "ORGANIZATION", "Falcon")], b"k" * 32
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def detector() -> AsyncIterator[PooledDetector]:
    made = PooledDetector(1, 30.0, 8, 1 << 22, b"k" * 32, LISTS, spawn=spawning(None, rule_cache.folder()))
    await made.start()
    yield made
    await made.close()


async def found(detector: PooledDetector, text: str, tenant: str = "t") -> set[tuple[str, str]]:
    (segment,) = (await detector.detect([text], tenant)).segments
    return {(f.entity_type, text[f.start : f.end]) for f in segment.findings}


async def test_people_places_numbers_and_content(detector):
    text = "My name is John Smith, I live in Berlin, my SSN is 521-44-9382 and I have diabetes."
    assert await found(detector, text) >= {
        ("PERSON", "John Smith"),
        ("LOCATION", "Berlin"),
        ("US_SSN", "521-44-9382"),
        ("HEALTH_CONDITION", "diabetes"),
    }


async def test_one_segment_per_text_in_order(detector):
    detection = await detector.detect(["user", "Dear Dr. Ann Lee", "", "user"], "t")
    assert [len(segment.findings) for segment in detection.segments] == [0, 1, 0, 0]
    assert detection.status is Status.COMPLETE
    assert {version.id for version in detection.detectors} >= {"patterns"}


async def test_a_seen_text_needs_no_worker(detector, monkeypatch):
    text = "Conversation turn number one, written by Ann Lee. " * 20
    first = await detector.detect([text], "t")
    monkeypatch.setattr(detector.pool, "run", None)
    again = await detector.detect([text], "t")
    assert again.cached == 1
    assert again.segments == first.segments


async def test_lists_of_one_tenant_do_not_touch_another(detector):
    text = "The Falcon team met in Berlin"
    assert ("LOCATION", "Berlin") in await found(detector, text)
    mine = await found(detector, text, "acme")
    assert ("ORGANIZATION", "Falcon") in mine
    assert not any(value == "Berlin" for _, value in mine)


async def test_hidden_values_are_found_at_their_own_offsets(detector):
    text = "reach me: jane dot doe at example dot com or 4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7"
    values = await found(detector, text)
    assert ("EMAIL_ADDRESS", "jane dot doe at example dot com") in values
    assert ("CREDIT_CARD", "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7") in values


async def test_an_unread_language_is_partial(detector):
    assert (await detector.detect(["Менің атым Айдар, мен Алматыда тұрамын"], "t")).status is Status.PARTIAL


async def test_a_minor_and_regions_are_reported(detector):
    (segment,) = (await detector.detect(["Anna, a 12-year-old girl, PESEL 44051401359"], "t")).segments
    assert segment.minor
    assert ("PL", 0.9) in segment.regions


async def test_a_long_text_is_read_to_its_end(detector):
    text = "Nothing to see in this sentence at all. " * 300 + "Call Dr. Maria Schmidt, SSN 521-44-9382."
    values = await found(detector, text)
    assert ("US_SSN", "521-44-9382") in values
    assert any("Schmidt" in value for kind, value in values if kind == "PERSON")


async def test_a_card_split_over_messages(detector):
    detection = await detector.detect(["pay with 4539 1488", "0343 6467 please"], "t")
    assert [segment.findings[0].entity_type for segment in detection.segments] == ["CREDIT_CARD", "CREDIT_CARD"]


async def test_a_dead_worker_is_a_status_and_is_replaced(detector):
    task = asyncio.ensure_future(detector.detect(["A new text about Paris " * 400], "t"))
    await asyncio.sleep(0.05)
    os.kill(detector.pids[0], signal.SIGKILL)
    detection = await task
    assert detection.status in {Status.FAILED, Status.COMPLETE}
    async with asyncio.timeout(60):
        while not detector.ready:
            await asyncio.sleep(0.1)
    assert (await detector.detect(["Ann Lee in Paris"], "t")).status is Status.COMPLETE


async def test_a_failed_text_still_has_its_patterns(detector, monkeypatch):
    monkeypatch.setattr(detector, "_deadline_s", 0.2)
    with paused(*descendants(detector.pids[0])):  # its twin too
        detection = await detector.detect(["unseen words and SSN 521-44-9382"], "t")
    assert detection.status is Status.TIMEOUT
    assert [f.entity_type for f in detection.segments[0].findings] == ["US_SSN"]


async def test_scan_is_synchronous(detector):
    assert [f.entity_type for f in detector.scan("a@b.co")] == ["EMAIL_ADDRESS"]


PEOPLE = [(41, "Ann Lee", "Berlin"), (52, "Jonas Weber", "Wien"), (63, "Marie Dubois", "Lyon")] * 8


async def test_a_detector_elsewhere_with_these_models_finds_the_same(detector, tmp_path):
    texts = [
        *(f"{name} of {city} paid {number} with IBAN DE89 3704 0044 0532 0130 00" for number, name, city in PEOPLE),
        "base64: " + base64.b64encode(b"Dear Ann Lee, your diabetes is cured. " * 30).decode(),
        "Patient Ann Lee, born 4 May 1971, has diabetes. " * 400,
        TextLeaf("Jonas Weber", label="name", document="a"),
        TextLeaf("4111 1111 1111 1111", label="card", document="a"),
        "\ud800 Ann Lee",
        "12345",
    ]
    ca = certificates.authority(tmp_path)
    server = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    client = TlsFiles(ca.file, *ca.issue(tmp_path, "proxy"))
    there = DetectorService(detector.pool, protocol.identity(detector.versions))
    runner = web.AppRunner(there.application(), handler_cancellation=True, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server.server()).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    remote = PooledDetector(
        1, 30.0, 64, 0, b"k" * 32, elsewhere=lambda identity: RemotePool([url], client, identity, 64, SystemClock())
    )
    try:
        await remote.start()
        assert await remote.detect(texts, "new") == replace(await detector.detect(texts, "new"), cached=0)
    finally:
        await remote.close()
        await runner.cleanup()
