"""What the proxy relies on of OPA's REST API, shown against the packaged engine's server and a real OPA alike."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.policy.bundles.bundle import BundleSigningKey

ASK = "/v1/data/compliance/decision"
INPUT = {
    "tenant": {"id": "acme"},
    "request_id": "r1",
    "time": "2026-11-25T00:00:00Z",
    "candidates": [{"target": "a", "available": True}],
}


def about(tenant):
    return {"input": {**INPUT, "tenant": {"id": tenant}}}


@pytest.fixture
async def engine(kind, put, start, tmp_path):
    put()
    async with start(kind, tmp_path / "b.tar.gz") as running:
        await running.until(lambda: ready(running))
        yield running


async def ready(engine):
    return (await engine.get("/health?bundles"))[0] == 200


async def test_decision_comes_with_provenance(engine, put):
    status, reply = await engine.ask(f"{ASK}?provenance=true", about("acme"))
    assert status == 200
    assert reply["result"]["selected_target"] == "a"
    assert reply["provenance"]["bundles"]["compliance"]["revision"] == put()
    assert reply["provenance"]["version"]


async def test_decision_names_the_revision_that_made_it(engine):
    _, reply = await engine.ask(f"{ASK}?provenance=true", about("acme"))
    assert reply["result"]["policy"]["revision"] == reply["provenance"]["bundles"]["compliance"]["revision"]


async def test_undefined_is_an_answer_without_result(engine):
    status, reply = await engine.ask(ASK, about("undefined"))
    assert status == 200
    assert "result" not in reply


async def test_conflict_is_an_error_with_its_code(engine):
    status, reply = await engine.ask(ASK, about("clash"))
    assert status == 500
    assert reply["code"] == "internal_error"
    assert reply["errors"][0]["code"] == "eval_conflict_error"


async def test_malformed_body_is_a_bad_request(engine):
    status, reply = await engine.ask(ASK, b'{"input":')
    assert status == 400
    assert reply["code"] == "invalid_parameter"


async def test_unknown_document_is_undefined(engine):
    assert "result" not in (await engine.ask("/v1/data/no/such/thing", about("acme")))[1]


async def test_status_names_the_active_revision(engine, put):
    assert await engine.revision() == put()


async def test_new_bundle_is_picked_up_whole(engine, put):
    revision = put(data={"revision": "d2", "size": {}})

    async def swapped():
        _, reply = await engine.ask(ASK, about("acme"))
        policy = reply["result"]["policy"]
        assert (policy["data_revision"] == "d2") == (policy["revision"] == revision)
        return policy["revision"] == revision

    await engine.until(swapped)


async def test_bad_bundle_leaves_the_last_good_one_and_shows(engine, tmp_path):
    before = await engine.revision()
    (tmp_path / "b.tar.gz").write_bytes(b"rubbish")

    async def shown():
        _, status = await engine.get("/v1/status")
        return bool(next(iter(status["result"]["bundles"].values())).get("code"))

    await engine.until(shown)
    assert await engine.revision() == before
    assert (await engine.get("/health?bundles"))[0] == 200
    assert (await engine.ask(ASK, about("acme")))[1]["result"]["policy"]["revision"] == before


async def test_without_a_bundle_it_is_alive_not_ready_and_undefined(kind, start, tmp_path):
    async with start(kind, tmp_path / "none.tar.gz") as engine:
        assert (await engine.get("/health"))[0] == 200
        assert (await engine.get("/health?bundles"))[0] == 500
        status, reply = await engine.ask(ASK, about("acme"))
        assert (status, "result" in reply) == (200, False)


async def test_only_signed_bundles_are_activated_with_a_key(kind, put, start, tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    signed = put(signing=BundleSigningKey(pem))
    async with start(kind, tmp_path / "b.tar.gz", key=tmp_path / "key.pem") as engine:
        await engine.until(lambda: ready(engine))
        put(data={"revision": "unsigned", "size": {}})

        async def refused():
            _, status = await engine.get("/v1/status")
            return bool(next(iter(status["result"]["bundles"].values())).get("code"))

        await engine.until(refused)
        assert await engine.revision() == signed
