"""Proxies and detectors over real sockets, with stand-ins for the models: equal answers, and nothing lost to faults."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import generate_latest

from proxy.core.findings import Status
from proxy.detection.detector import PooledDetector
from proxy.detection.remote import endpoint as one_endpoint
from proxy.detection.remote import pool as remote_pool
from proxy.detection.remote import protocol
from proxy.detection.remote.pool import RemotePool
from proxy.detection.remote.serving import DetectorService
from proxy.detection.remote.tls import TlsFiles
from proxy.errors import DetectionBusyError, TooMuchTextError
from proxy.runtime.clock import SystemClock
from testing import certificates
from tests.repo import pages
from tests.unit.detection.remote.stand_ins import VERSION, Models, found, listening

SECRET = "Zaphod Beeblebrox"


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(remote_pool, "_EVERY_S", 0.05)
    monkeypatch.setattr(one_endpoint, "_DESCRIBES_S", 0.3)


async def described(_request):
    return web.Response(body=protocol.encode_description(protocol.Description(VERSION, True, 1e9)))


def odd(handler, describe=described):
    """A detector that says that it is ready and answers otherwise."""
    app = web.Application(client_max_size=1 << 26)
    app.router.add_get(protocol.DESCRIBE, describe)
    app.router.add_post(protocol.DETECT, handler)
    return app


@asynccontextmanager
async def asking(*apps, files=None, tls=None, identity=VERSION):
    """Yield a pool that asks these applications, and their addresses."""
    async with AsyncExitStack() as ending:
        urls = [await listening(ending, app, tls) for app in apps]
        pool = RemotePool(urls, files, identity, 64, SystemClock())
        ending.push_async_callback(pool.close)
        await pool.start()
        yield pool


def service(models, identity=VERSION):
    return DetectorService(models, identity).application()


async def test_a_detector_elsewhere_answers_as_the_pool_does():
    texts = [f"Ann number {n} 漢字 \ud800 " * (n % 40) + "child" for n in range(200)] + ["12345", "[]"]

    async def detection(pool):
        made = PooledDetector(1, 20.0, 64, 1 << 20, b"k" * 32, elsewhere=lambda _: pool)
        return await made.detect(texts, "t")

    models = [Models(), Models()]
    async with asking(*map(service, models)) as pool:
        assert await detection(pool) == await detection(Models())
    assert all(one.asked for one in models)  # both had a part of it


async def test_another_version_is_refused_and_readiness_says_so():
    right, wrong = Models(), Models()
    async with asking(service(right), service(wrong, "b" * 64)) as pool:
        assert [detector["state"] for detector in pool.details] == ["ready", "other version"]
        assert await pool.run([["Ann"]] * 50, 5.0) == [(found("Ann"),)] * 50
        url = pool.endpoints[1].url
        async with aiohttp.ClientSession() as session:  # who asks it all the same is told
            question = protocol.encode_question(protocol.TextQuestion("1", VERSION, "t", 2.0, [["Ann"]]))
            async with session.post(url + protocol.DETECT, data=question) as response:
                assert (response.status, await response.json()) == (409, {"code": "other_detector"})
    assert not wrong.asked


async def _abort(request):
    request.transport.abort()
    return web.Response()


async def _hang(_request):
    await asyncio.Event().wait()


async def _truncated(request):
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"number":')
    request.transport.close()
    return response


async def _status(_request):
    return web.Response(status=500, text=SECRET)


async def _elsewhere(_request):
    raise web.HTTPFound("http://127.0.0.1:1/")


async def _endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


def _altered(change):
    async def handler(request):
        question = protocol.decode_question(await request.read())
        answers = [tuple(map(found, batch)) for batch in question.batches]
        document = json.loads(protocol.encode_answer(question, answers, 1e9))
        change(document)
        return web.Response(body=json.dumps(document).encode())

    return handler


FAULTS = {
    "dies": _abort,
    "truncated": _truncated,
    "error": _status,
    "sent elsewhere": _elsewhere,
    "without end": _endless,
    "no JSON": _altered(lambda d: d.clear()),
    "nested": lambda request: web.Response(body=b"[" * 100_000),
    "replayed": _altered(lambda d: d.update(number="0" * 16)),
    "of another version": _altered(lambda d: d.update(detector="b" * 64)),
    "too few": _altered(lambda d: d["answers"].pop()),
    "too few rows": _altered(lambda d: d["answers"][0].pop()),
    "outside": _altered(lambda d: d["answers"][0][0][0].append(["PERSON", 1, 9999, 0.9, "x", "patient"])),
    "unread but complete": _altered(lambda d: d.update(answers=["complete"] * len(d["answers"]))),
}


def _handler(fault):
    async def handler(request):
        reply = fault(request)
        return await reply if asyncio.iscoroutine(reply) else reply

    return handler


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_what_one_detector_spoils_another_answers_and_alone_it_is_failed(fault):
    batches = [[f"Ann {number} " * 100] for number in range(60)]
    models = Models()
    async with asking(odd(_handler(fault)), service(models)) as pool:
        answers = await pool.run(batches, 10.0)
        assert answers == [tuple(map(found, batch)) for batch in batches]
        assert pool.endpoints[1].detail["state"] == "ready"
    async with asking(odd(_handler(fault))) as pool:
        assert set(await pool.run(batches[:3], 1.0)) <= {Status.FAILED, Status.TIMEOUT}
        assert not pool.ready
    assert SECRET not in generate_latest().decode()


async def test_calls_to_a_detector_that_hangs_go_to_another():
    hung = asyncio.Event()

    async def describe(request):
        return await _hang(request) if hung.is_set() else await described(request)

    async def hang(request):
        hung.set()
        return await _hang(request)

    async with asking(odd(hang, describe), service(Models())) as pool:
        assert await pool.run([["Ann"] * 200] * 20, 20.0) == [(found("Ann"),) * 200] * 20
        assert pool.endpoints[0].detail["state"] == "unreachable"


async def test_a_question_waits_for_a_detector_that_is_being_replaced():
    away, broken, models = asyncio.Event(), asyncio.Event(), Models()
    broken.set()

    async def describe(request):
        return web.Response(status=503) if away.is_set() else await described(request)

    async def answer(request):
        if broken.is_set():
            return await _abort(request)
        question = protocol.decode_question(await request.read())
        return web.Response(body=protocol.encode_answer(question, await models.run(question.batches, 1.0), 1e9))

    batches = [[f"Ann {number} " * 400] for number in range(30)]
    async with asking(odd(answer, describe), service(Models(), "b" * 64)) as pool:
        call = asyncio.create_task(pool.run(batches, 20.0))  # eight calls are open as it dies
        while pool.ready:
            await asyncio.sleep(0.01)
        away.set()
        await asyncio.sleep(0.5)
        assert not call.done()
        away.clear()
        broken.clear()
        assert await call == [tuple(map(found, batch)) for batch in batches]


async def test_a_slow_detector_costs_a_timeout_and_not_the_answers_of_others():
    async with asking(odd(_hang)) as pool:
        assert await pool.run([["Ann"]], 0.2) == [Status.TIMEOUT]
        assert pool.waiting == 0
        assert not pool.pace.waiting


async def test_a_caller_that_hangs_up_frees_the_work():
    models = Models()
    models.free.clear()
    async with asking(service(models)) as pool:
        call = asyncio.create_task(pool.run([["Ann"]], 30.0))
        while not models.asked:
            await asyncio.sleep(0.01)
        call.cancel()
        while not models.cancelled:
            await asyncio.sleep(0.01)
        assert pool.waiting == 0


@pytest.mark.parametrize("fault", [DetectionBusyError(retry_after_s=7.0), TooMuchTextError()], ids=["busy", "large"])
async def test_refusals_of_a_detector_are_the_pools(fault):
    models = Models()
    models.fault = fault
    async with asking(service(models)) as pool:
        with pytest.raises(type(fault)) as refused:
            await pool.run([["Ann"]], 5.0)
        assert getattr(refused.value, "retry_after_s", 0) == getattr(fault, "retry_after_s", 0)
        assert pool.ready  # it answers, so it is not down
    async with asking(service(models), service(Models())) as pool:
        if isinstance(fault, DetectionBusyError):
            assert await pool.run([["Ann"]], 5.0) == [(found("Ann"),)]


async def test_without_a_certificate_of_the_ca_nobody_is_answered(tmp_path):
    ca = certificates.authority(tmp_path)
    stranger = certificates.authority(tmp_path, "stranger-ca")
    ours = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    theirs = TlsFiles(ca.file, *stranger.issue(tmp_path, "stranger"))
    async with asking(service(Models()), files=ours, tls=ours.server()) as pool:
        assert await pool.run([["Ann"]], 5.0) == [(found("Ann"),)]
        url = pool.endpoints[0].url
        anonymous = ssl.create_default_context(cafile=ca.file)
        async with aiohttp.ClientSession() as session:
            for context in (anonymous, theirs.client()):
                with pytest.raises((aiohttp.ClientError, OSError)):
                    async with session.get(url + protocol.DESCRIBE, ssl=context) as response:
                        await response.read()
            with pytest.raises((aiohttp.ClientError, OSError)):
                await session.get(url.replace("https", "http") + protocol.DESCRIBE)
        impostor = RemotePool([url], TlsFiles(stranger.file, ours.certificate, ours.key), VERSION, 1, SystemClock())
        starting = asyncio.create_task(impostor.start())
        while not impostor.endpoints or impostor.details[0]["state"] == "not asked yet":
            await asyncio.sleep(0.01)
        assert impostor.details[0]["state"] == "certificate"
        starting.cancel()
        await impostor.close()


async def test_a_detector_of_a_ca_that_was_replaced_is_asked_no_longer(tmp_path):
    ca, other = certificates.authority(tmp_path), certificates.authority(tmp_path, "other-ca")
    files = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    async with asking(service(Models()), files=files, tls=files.server()) as pool:
        files.ca.write_bytes(other.file.read_bytes())
        while pool.ready:
            await asyncio.sleep(0.01)
        assert pool.details[0]["state"] == "certificate"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
async def test_the_certificates_of_the_guide_are_taken_by_both_ends(tmp_path):
    (script,) = [one.text for one in pages.of_language("sh") if "openssl req -x509" in one.text]
    subprocess.run(["bash", "-e"], input=script.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert {file.name for file in (tmp_path / "tls").glob("*.key")} == {"detector.key", "proxy.key"}  # not the CA's
    server, client = (
        TlsFiles(tmp_path / "tls/ca.crt", tmp_path / f"tls/{name}.crt", tmp_path / f"tls/{name}.key")
        for name in ("detector", "proxy")
    )
    async with AsyncExitStack() as ending:
        url = await listening(ending, service(Models()), server.server())
        pool = RemotePool([url.replace("127.0.0.1", "localhost")], client, VERSION, 64, SystemClock())
        ending.push_async_callback(pool.close)
        await pool.start()
        assert await pool.run([["Ann"]], 5.0) == [(found("Ann"),)]


async def test_every_address_of_a_name_is_a_detector_of_its_own(monkeypatch):
    addresses = ["127.0.0.1"]

    async def resolved(_url):
        return list(addresses)

    monkeypatch.setattr(remote_pool, "_addresses", resolved)
    async with asking(service(Models())) as pool:
        first = pool.endpoints[0]
        addresses.append("127.0.0.2")
        while len(pool.endpoints) == 1:
            await asyncio.sleep(0.01)
        assert pool.endpoints[0] is first
        addresses.clear()  # the name server is away: what it said last stays
        await asyncio.sleep(0.2)
        assert len(pool.endpoints) == 2
        addresses.append("127.0.0.3")  # it left its name and is ready: it is being replaced, and reads until it ends
        while len(pool.endpoints) == 2 and "127.0.0.3" not in str(pool.details):
            await asyncio.sleep(0.01)
        assert [endpoint.address for endpoint in pool.endpoints] == ["127.0.0.3", "127.0.0.1"]


def test_a_detection_of_a_detector_elsewhere_names_the_same_versions():
    here = PooledDetector(1, 2.0, 4, 0, b"k")
    identities = []
    there = PooledDetector(1, 2.0, 4, 0, b"k", elsewhere=lambda name: identities.append(name) or Models())
    assert there.versions == here.versions
    assert identities == [protocol.identity(here.versions)]
    assert protocol.identity([replace(here.versions[0], ruleset_sha256="0"), *here.versions[1:]]) != identities[0]
