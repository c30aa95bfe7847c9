from __future__ import annotations

import asyncio
import base64
import datetime as dt
import shutil

import orjson
import pytest

from proxy.audit.sealing import signing_key as audit_key
from proxy.catalog.load import legal_data
from proxy.embedded import checks, trials
from proxy.embedded.checks import CheckContext
from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped
from proxy.settings import Settings

TODAY = dt.date(2026, 11, 25)


def context(tmp_path, today=TODAY, **settings):
    return CheckContext(Settings(state_dir=tmp_path / "state", **settings), today, None, tmp_path)


async def test_a_sound_machine_needs_no_advice(tmp_path):
    for check in (checks.python, checks.aiohttp_extensions, checks.configuration, checks.keys):
        found = await check(context(tmp_path))
        assert (found.result, found.advice) == ("ok", ""), found


async def test_broken_configuration_names_the_file(tmp_path):
    config = shutil.copytree(shipped("config"), tmp_path / "config")
    (config / "routes.yaml").write_text("routes: [{targets: [nowhere]}]\n")
    found = await checks.configuration(context(tmp_path, config_dir=config))
    assert found.result == "failed"
    assert "routes.yaml" in found.detail
    assert str(config) in found.advice


async def test_registry_in_a_database_that_does_not_run_is_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = await checks.configuration(context(tmp_path, registry="database", config_dir=tmp_path / "none"))
    assert (found.result, found.advice) == ("ok", "")
    assert "is not running" in found.detail


@pytest.mark.parametrize(("late", "result"), [(0, "ok"), (24, "warning"), (30, "warning"), (31, "failed")])
async def test_legal_data_ages(tmp_path, late, result):
    policies = tmp_path / "policies"
    (policies / "data").mkdir(parents=True)
    legal = {**legal_data(shipped("policies")), "as_of": "2026-11-01", "max_age_days": 30}
    (policies / "data" / "legal.json").write_bytes(orjson.dumps(legal))
    day = dt.date(2026, 11, 1) + dt.timedelta(days=late)
    found = await checks.legal_age(context(tmp_path, day, policies_dir=policies))
    assert found.result == result
    assert bool(found.advice) == (result != "ok")


@pytest.mark.parametrize(("text", "mode", "result"), [
    (base64.b64encode(bytes(32)).decode(), 0o600, "ok"),
    (base64.b64encode(bytes(32)).decode(), 0o644, "failed"),
    (base64.b64encode(bytes(31)).decode(), 0o600, "failed"),
    ("not base64!", 0o600, "failed"),
])  # fmt: skip
async def test_master_key_must_be_whole_and_private(tmp_path, monkeypatch, text, mode, result):
    monkeypatch.delenv("PROXY_SECRET_KEY", raising=False)
    path = tmp_path / "state" / "secret.key"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(mode)
    found = await checks.keys(context(tmp_path))
    assert found.result == result
    assert text not in found.detail + found.advice


async def test_evidence_needs_a_private_key_and_a_readable_anchor(tmp_path, monkeypatch):
    monkeypatch.delenv("PROXY_AUDIT_SIGNING_KEY", raising=False)
    assert "the first run creates" in (await checks.evidence(context(tmp_path))).detail
    settings = context(tmp_path).settings
    where = audit_key.ensured(settings)
    found = await checks.evidence(context(tmp_path))
    assert (found.result, str(where) in found.detail) == ("ok", True)
    where.chmod(0o644)
    assert (await checks.evidence(context(tmp_path))).result == "failed"
    where.chmod(0o600)
    where.write_text("nonsense")
    assert (await checks.evidence(context(tmp_path))).result == "failed"


SERVES = {"database_url": "postgresql://x@nowhere/x", "opa_url": "http://127.0.0.1:9"}


@pytest.mark.parametrize("check", [trials.model_server, trials.provider])
async def test_where_serve_runs_no_part_is_tried_that_it_never_starts(tmp_path, monkeypatch, check):
    monkeypatch.delenv("PROXY_LOCAL_MODEL_URL", raising=False)
    monkeypatch.delenv("PROXY_STANDIN_URL", raising=False)
    found = await check(context(tmp_path, **SERVES))
    assert (found.result, "starts nothing" in found.detail) == ("ok", True)


async def test_targets_without_an_address_are_named_where_serve_runs(tmp_path, monkeypatch):
    for name in ("OPENAI_BASE_URL", "PROXY_LOCAL_MODEL_URL", "PROXY_STANDIN_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    config = shutil.copytree(shipped("config"), tmp_path / "config")
    (config / "routes.yaml").write_text("routes: [{model: '*', targets: [local/eu, standin/eu]}]\n")
    found = await checks.targets(context(tmp_path, config_dir=config, **SERVES))
    assert (found.result, "local/eu, standin/eu" in found.detail) == ("failed", True)
    assert "PROXY_LOCAL_MODEL_URL" in found.advice
    monkeypatch.setenv("PROXY_LOCAL_MODEL_URL", "http://127.0.0.1:9")
    assert (await checks.targets(context(tmp_path, config_dir=config, **SERVES))).result == "ok"
    assert (await checks.targets(context(tmp_path))).result == "ok"


@pytest.mark.parametrize(("said", "result", "words"), [
    (b'{"ready": true, "parts": {"audit": true}}', "ok", "ready at http://127.0.0.1:"),
    (b'{"ready": false, "parts": {"audit": false, "vault": true}}', "failed", "cannot work: audit"),
    (b"<html>", "warning", "another program"),
    (None, "ok", "is free"),
])  # fmt: skip
async def test_the_proxy_that_runs_is_no_other_program(tmp_path, said, result, words):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(said), said))
        writer.close()

    (port,) = free_ports(1)
    server = await asyncio.start_server(answer, "127.0.0.1", port) if said is not None else None
    try:
        found = await checks.proxy_port(context(tmp_path, host="127.0.0.1", port=port, **SERVES))
    finally:
        if server is not None:
            server.close()
    assert (found.result, words in found.detail) == (result, True), found
