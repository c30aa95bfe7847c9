from __future__ import annotations

import shutil

import pytest

from proxy.catalog import documents
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.policy.activation import activation, gate
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.runtime.resources import shipped
from proxy.service import rollout
from proxy.settings import Handover, Settings
from testing import trials

pytestmark = pytest.mark.heavy


RULE = 'package org.night\n\nimport rego.v1\n\ndeny contains {"code": "NIGHT", "rule_id": "org.night"} if false\n'


@pytest.fixture
def settings(tmp_path):
    trials.give(tmp_path)
    yield lambda **changes: Settings(state_dir=tmp_path, **changes)
    trials.keep(tmp_path)


@pytest.fixture
def proofs(monkeypatch):
    asked = []

    def proved(policies, overlay, memo=None, *, tested=False):
        asked.append((policies, overlay, tested))
        return tree.read(policies, overlay)

    monkeypatch.setattr(gate, "prove", proved)
    return asked


def test_overlay_is_the_configured_one_or_the_state_directorys_own(settings, tmp_path):
    assert rollout.overlay(settings()) is None
    (tmp_path / "policies").mkdir()
    assert rollout.overlay(settings()) == tmp_path / "policies"
    assert rollout.overlay(settings(overlay_dir=tmp_path / "other")) == tmp_path / "other"


def test_rules_of_a_registry_in_files_are_those_of_one_folder(settings, tmp_path, proofs):
    config = tmp_path / "config"
    shutil.copytree(shipped("config"), config)
    (config / "rules").mkdir()
    (config / "rules" / "night.rego").write_text(RULE)
    rollout.renew(settings(config_dir=config), tmp_path / "bundle.tar.gz", {}, starting=True)
    assert [overlay for _, overlay, _ in proofs] == [{"night.rego": RULE}]
    (tmp_path / "policies").mkdir()
    with pytest.raises(ConfigurationError, match="keep one"):
        rollout.renew(settings(config_dir=config), tmp_path / "bundle.tar.gz", {}, starting=True)


def test_overlay_beside_a_registry_in_the_database_is_a_draft(settings, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "night.rego").write_text(RULE)
    plain = documents.read(shipped("config")).plain
    empty, ruled = (documents.check({**plain, "rules": rules}) for rules in ({}, {"night.rego": RULE}))
    there = settings(registry="database")
    assert (rollout.rules_in_force(there, empty), rollout.draft(there, empty)) == (None, tmp_path / "policies")
    assert (rollout.rules_in_force(there, ruled), rollout.draft(there, ruled)) == ({"night.rego": RULE}, None)
    assert rollout.draft(settings(), empty) is None


def test_shipped_library_alone_is_not_proved_at_a_start_but_on_reload(settings, tmp_path, proofs):
    path = tmp_path / "bundle.tar.gz"
    rollout.renew(settings(), path, {}, starting=True)
    assert proofs == []
    rollout.renew(settings(), path, {})
    assert [tested for _, _, tested in proofs] == [False]


def test_overlay_is_proved_at_a_start(settings, tmp_path, proofs):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "night.rego").write_text(RULE)
    rollout.renew(settings(), tmp_path / "bundle.tar.gz", {}, starting=True)
    assert [one[1:] for one in proofs] == [(tmp_path / "policies", True)]
    rollout.renew(
        settings(policies_dir=shutil.copytree(shipped("policies"), tmp_path / "own")), tmp_path / "b", {}, starting=True
    )
    assert not proofs[1][2], "a library of one's own was tested by no release"
    assert bundle.read(tmp_path / "bundle.tar.gz").data["bundle"]["org"] == ["night"]


def test_rules_are_tried_without_tests_of_a_library_that_passed_them_here(settings, tmp_path, proofs):
    given = settings(config_dir=shipped("config"))
    rollout.tried(given, {"night.rego": RULE}, {})
    rollout.renew(given, tmp_path / "bundle.tar.gz", {}, starting=True)
    rollout.tried(given, {"night.rego": RULE}, {})
    assert [(overlay, tested) for _, overlay, tested in proofs] == [
        ({"night.rego": RULE}, False),
        ({"night.rego": RULE}, True),
    ]


def test_refusal_at_a_start_keeps_what_was_in_force(settings, tmp_path, monkeypatch):
    def refuse(*_given, **_options):
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
    assert rollout.status_path(settings()) is None
    assert rollout.status_path(settings(bundle_path=tmp_path / "b")) == tmp_path / "b.status.json"
    assert (
        rollout.status_path(settings(bundle_path=tmp_path / "b", handover=Handover(policy_status=tmp_path / "s")))
        == tmp_path / "s"
    )


@pytest.fixture
def stored(monkeypatch):
    """A registry in a database: revisions by name, the last one in force; what was asked for is kept."""
    shelf = {"asked": []}

    def active(dsn, _keyring, preferred=""):
        shelf["asked"].append((dsn, preferred))
        if shelf.get("away"):
            raise RegistryUnavailableError
        return shelf["kept"].get(preferred, shelf["active"])

    one = documents.read(shipped("config"))
    two = documents.check({**one.plain, "routes": [{"targets": ["local/eu"]}]})
    shelf.update(kept={one.revision: one, two.revision: two}, active=one, one=one, two=two)
    monkeypatch.setattr(rollout.reading, "active", active)
    return shelf


DATABASE = {"registry": "database", "database_url": "postgresql://db/x", "secret_key": "a2trMTIz" * 6}


def test_registry_of_the_database_is_what_counts_there(settings, tmp_path, stored):
    given = settings(config_dir=tmp_path / "none", **DATABASE)
    assert rollout.catalog(given, {}).registry_revision == stored["one"].revision
    assert rollout.newest(given) is stored["one"]
    assert stored["asked"] == [("postgresql://db/x", ""), ("postgresql://db/x", "")]


def test_database_must_be_named(settings):
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        rollout.newest(settings(registry="database", database_url=None))


def test_others_follow_the_registry_of_the_bundle_in_force(settings, tmp_path, stored, monkeypatch):
    given = settings(bundle_path=tmp_path / "bundle.tar.gz", **DATABASE)
    assert rollout.renew(given, given.bundle_path, {}, starting=True).registry_revision == stored["one"].revision
    stored["active"] = stored["two"]

    def refuse(*_given, **_options):
        raise BundleRefusedError("tests", "x fails")

    monkeypatch.setattr(gate, "prove", refuse)
    with pytest.raises(ConfigurationError):
        rollout.renew(given, given.bundle_path, {})
    assert rollout.catalog(given, {}).registry_revision == stored["one"].revision
    monkeypatch.setattr(gate, "prove", lambda policies, overlay, *_, **_options: tree.read(policies, overlay))
    assert rollout.renew(given, given.bundle_path, {}).registry_revision == stored["two"].revision
    stored["active"] = stored["one"]
    assert rollout.catalog(given, {}).registry_revision == stored["two"].revision


def test_database_that_is_away_is_no_refusal(settings, tmp_path, stored):
    given = settings(bundle_path=tmp_path / "bundle.tar.gz", **DATABASE)
    rollout.renew(given, given.bundle_path, {}, starting=True)
    stored["away"] = True
    with pytest.raises(RegistryUnavailableError):
        rollout.renew(given, given.bundle_path, {})
    assert activation.last(activation.status_path(given.bundle_path)).active


@pytest.mark.parametrize(
    ("changes", "follows"),
    [
        ({}, True),
        ({"registry": "files"}, False),
        ({"handover": Handover(worker_of=7)}, False),
        ({"handover": Handover(policy_status="status.json")}, False),
        ({"bundle_path": "b.tar.gz"}, True),
    ],
)
def test_one_process_of_a_machine_follows_the_database(settings, changes, follows):
    assert rollout.follows_registry(settings(**{**DATABASE, **changes})) is follows


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"registry": "files"}, None),
        ({"registry": "database"}, "postgres://stack/x"),
        ({"registry": "database", "database_url": "postgres://ours/x"}, "postgres://ours/x"),
    ],
)
def test_a_registry_in_the_database_of_a_running_stack_is_read_there(settings, monkeypatch, given, known):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = rollout.with_database(settings(**given), lambda: "postgres://stack/x").database_url
    assert (found.get_secret_value() if found is not None else None) == known
