from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.policy.engine import launch


@pytest.fixture
def no_opa(monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda name: None)


@pytest.fixture
def key(tmp_path):
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "k.pem").write_bytes(pem)
    return tmp_path / "k.pem"


def test_without_opa_the_packaged_engine_is_started(no_opa, tmp_path, key):
    started = launch.launch(tmp_path / "b.tar.gz", 0, verification_key=key)
    assert started.engine == "opa-embedded"
    assert started.command[2:5] == (sys.executable, "-m", "proxy.policy.engine.server")
    assert started.command[-2:] == ("--verification-key", str(key))


def test_configured_opa_is_started_with_its_configuration(no_opa, tmp_path, key):
    started = launch.launch(tmp_path / "b.tar.gz", 8181, opa_bin=Path("/opt/opa"), verification_key=key)
    assert started.engine == "opa"
    assert started.command[2] == "/opt/opa"
    assert "127.0.0.1:8181" in started.command
    config = orjson.loads((tmp_path / "opa.json").read_bytes())
    assert config["bundles"]["compliance"]["resource"] == (tmp_path / "b.tar.gz").as_uri()
    assert config["keys"]["policy"]["algorithm"] == "EdDSA"
    assert config["bundles"]["compliance"]["signing"] == {"keyid": "policy"}
    assert "decision_logs" not in config


def test_opa_on_the_path_is_found(monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert launch.find_opa(None) == Path("/usr/bin/opa")
    assert launch.find_opa(Path("/opt/opa")) == Path("/opt/opa")
