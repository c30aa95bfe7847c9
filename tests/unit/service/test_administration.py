from __future__ import annotations

import base64
import os
import signal
from types import SimpleNamespace

import pytest

from proxy.policy.activation import activation
from proxy.policy.engine.launch import ENVIRONMENT
from proxy.reports.desk import EvidenceDesk
from proxy.service import administration
from proxy.settings import Handover, Settings
from testing import evidence
from testing.fakes import FixedClock, Stage

PIPELINE = Stage().pipeline
SECRET = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PROXY_") or name in {"DATABASE_URL", "OPA_URL"}:
            monkeypatch.delenv(name)

    def made(**changes):
        given = {"state_dir": tmp_path, "secret_key": SECRET, "database_url": "postgres://u:p@h/d"}
        return Settings(**(given | changes))

    return made


def in_force(settings):
    watching = SimpleNamespace(digest="d1", details=lambda: {"policy": {"revision": "r1", "revisions": ["r1"]}})
    return administration.WorkerPolicy(settings, SimpleNamespace(pipeline=PIPELINE), watching, FixedClock())


def test_commands_see_paths_and_no_credentials(settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("PROXY_OTEL_ENDPOINT", "http://x")
    found = administration.children(
        settings(registry="database", policy_signing_key="/key.pem", audit_signing_key="/a.pem")
    )
    assert found.environment["PROXY_STATE_DIR"] == str(settings().state_dir)
    assert found.environment["PROXY_REGISTRY"] == "database"
    assert found.environment["PATH"] == os.environ["PATH"]
    assert found.environment.items() >= ENVIRONMENT.items(), "the engine would collect garbage too often"
    kept_back = {
        "OPENAI_API_KEY",
        "DATABASE_URL",
        "PROXY_SECRET_KEY",
        "PROXY_OTEL_ENDPOINT",
        "PROXY_POLICY_SIGNING_KEY",
        "PROXY_AUDIT_SIGNING_KEY",
    }
    assert not kept_back & set(found.environment)
    assert found.secrets == {
        "DATABASE_URL": "postgres://u:p@h/d", "PROXY_POLICY_SIGNING_KEY": "/key.pem",
        "PROXY_AUDIT_SIGNING_KEY": "/a.pem",
    }  # fmt: skip
    assert found.master_key == SECRET
    assert "sk-1" not in str(found)


@pytest.mark.parametrize("on", [True, False])
def test_it_is_there_only_when_switched_on(settings, on):
    made = settings(admin_api=on, admin_commands=3, registry="database")
    gate = SimpleNamespace(pipeline=PIPELINE, clock=FixedClock(), events=None)
    api = administration.admin_context(made, gate, None, None)
    assert (api is not None) is on
    assert api is None or (api.commands.limit, api.editable, api.activates) == (3, True, False)


def test_who_asks_the_admin_api_waits_and_who_makes_files_does_not(settings):
    desk = EvidenceDesk("postgres://u:p@h/d", evidence.SIGNING, evidence.KEYRING, FixedClock())
    gate = SimpleNamespace(pipeline=PIPELINE, clock=FixedClock(), events=None)
    api = administration.admin_context(settings(admin_api=True), gate, None, None, administration.AnswerPorts(desk))
    assert api is not None
    assert isinstance(api.desk, EvidenceDesk)
    assert (api.desk.at_once, desk.at_once) == (True, False)


@pytest.mark.parametrize("given", [{"bundle_path": "b"}, {"handover": Handover(policy_status="b")}])
def test_policies_are_activated_where_the_bundle_is_written(settings, given):
    made = settings(admin_api=True, **given)
    gate = SimpleNamespace(pipeline=PIPELINE, clock=FixedClock(), events=None)
    api = administration.admin_context(made, gate, None, None)
    assert api is not None
    assert api.activates


def test_what_is_in_force(settings):
    found = in_force(settings())
    assert found.policy()["revisions"] == ["r1"]
    assert found.digest() == "d1"
    assert found.data() is PIPELINE.catalog.data_document
    assert found.today().isoformat() == "2026-09-21"
    assert found.last() is None


def test_how_the_last_activation_ended(settings, tmp_path):
    made = settings(bundle_path=tmp_path / "b.tar.gz")
    activation.refused(activation.BundlePaths(tmp_path / "b.tar.gz", tmp_path / "kept"), "tests", "x fails")
    last = in_force(made).last()
    assert last is not None
    assert (last["active"], last["reason"], last["detail"]) == (False, "tests", "x fails")
    assert "revision" not in last


def test_workers_read_again_only_where_nothing_else_makes_them(settings, tmp_path, monkeypatch):
    heard = []
    before = signal.signal(signal.SIGHUP, lambda *_: heard.append(1))
    try:
        in_force(settings()).reread()
        in_force(settings(bundle_path=tmp_path / "b", handover=Handover(policy_status=tmp_path / "s"))).reread()
        assert heard == []
        in_force(settings(bundle_path=tmp_path / "b")).reread()
        in_force(settings(bundle_path=tmp_path / "b", handover=Handover(worker_of=os.getpid()))).reread()
        assert heard == [1, 1]
    finally:
        signal.signal(signal.SIGHUP, before)
