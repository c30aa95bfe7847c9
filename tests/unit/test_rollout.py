from __future__ import annotations

import pytest

from proxy import rollout
from proxy.errors import ConfigurationError
from proxy.policy import activation, bundle, gate
from proxy.policy.faults import BundleRefusedError
from proxy.settings import Settings

RULE = 'package org.night\n\nimport rego.v1\n\ndeny contains {"code": "NIGHT", "rule_id": "org.night"} if false\n'


@pytest.fixture
def settings(tmp_path):
    return lambda **changes: Settings(state_dir=tmp_path, **changes)


@pytest.fixture
def proofs(monkeypatch):
    asked = []
    monkeypatch.setattr(gate, "prove", lambda *given: asked.append(given))
    return asked


def test_overlay_is_the_configured_one_or_the_state_directorys_own(settings, tmp_path):
    assert rollout.overlay(settings()) is None
    (tmp_path / "policies").mkdir()
    assert rollout.overlay(settings()) == tmp_path / "policies"
    assert rollout.overlay(settings(overlay_dir=tmp_path / "other")) == tmp_path / "other"


def test_shipped_library_alone_is_not_proved_at_a_start_but_on_reload(settings, tmp_path, proofs):
    path = tmp_path / "bundle.tar.gz"
    rollout.renew(settings(), path, {}, starting=True)
    assert proofs == []
    rollout.renew(settings(), path, {})
    assert len(proofs) == 1


def test_overlay_is_proved_at_a_start(settings, tmp_path, proofs):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "night.rego").write_text(RULE)
    rollout.renew(settings(), tmp_path / "bundle.tar.gz", {}, starting=True)
    assert proofs[0][1] == tmp_path / "policies"
    assert bundle.read(tmp_path / "bundle.tar.gz").data["bundle"]["org"] == ["night"]


def test_refusal_at_a_start_keeps_what_was_in_force(settings, tmp_path, monkeypatch):
    def refuse(*_given):
        raise BundleRefusedError("tests", "x fails")

    path = tmp_path / "bundle.tar.gz"
    rollout.renew(settings(), path, {}, starting=True)
    before = path.read_bytes()
    (tmp_path / "policies").mkdir()
    monkeypatch.setattr(gate, "prove", refuse)
    rollout.renew(settings(), path, {}, starting=True)
    assert path.read_bytes() == before
    assert not activation.last(activation.status_path(path)).active
    path.unlink()
    with pytest.raises(ConfigurationError):
        rollout.renew(settings(), path, {}, starting=True)


def test_bad_catalog_is_noted_as_refused(settings, tmp_path):
    path = tmp_path / "bundle.tar.gz"
    with pytest.raises(ConfigurationError):
        rollout.renew(settings(config_dir=tmp_path / "none"), path, {})
    assert activation.last(activation.status_path(path)).reason == "catalog"


def test_candidate_is_a_library_or_an_overlay(settings, tmp_path):
    candidate = tmp_path / "candidate"
    candidate.mkdir()
    (candidate / "night.rego").write_text(RULE)
    path = tmp_path / "shadow.tar.gz"
    revision = rollout.shadow_bundle(settings(shadow_dir=candidate), path, {})
    read = bundle.read(path)
    assert (read.revision, read.data["bundle"]["org"]) == (revision, ["night"])
    (candidate / "main.rego").write_text("package compliance\n\nimport rego.v1\n\ndecision := {}\n")
    rollout.shadow_bundle(settings(shadow_dir=candidate), path, {})
    assert "lib/facts/facts.rego" not in bundle.read(path).modules
    with pytest.raises(ConfigurationError):
        rollout.shadow_bundle(settings(), path, {})


def test_status_is_the_supervisors_or_beside_the_bundle(settings, tmp_path):
    assert rollout.status(settings()) is None
    assert rollout.status(settings(bundle_path=tmp_path / "b")) == tmp_path / "b.status.json"
    assert rollout.status(settings(bundle_path=tmp_path / "b", policy_status=tmp_path / "s")) == tmp_path / "s"
