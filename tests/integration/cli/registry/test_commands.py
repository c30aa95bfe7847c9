"""The registry commands as an operator runs them: one process each, against a real database."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from proxy.catalog import documents
from proxy.core.keyring import Keyring
from proxy.policy.activation import gate
from proxy.policy.activation.activation import BundlePaths
from proxy.policy.bundles import tree
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime.resources import shipped
from testing import commands, evidence
from tests.integration.registry.sample import document

MASTER = base64.b64encode(b"k" * 32).decode()
REPLICA = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "2026.1", "r1", "opa/1")


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words, status=0, **environment):
        done = commands.run(
            *words,
            environment=dict(os.environ) | {
                "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": MASTER, "PROXY_REGISTRY": "database",
                "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
                "PROXY_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "300", **environment,
            },
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + (done.stderr if status else "")

    return run


@pytest.fixture
def config(tmp_path):
    """A folder with the small registry."""
    documents.write(documents.check(document()).plain, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def filled(fresh_dsn):
    """The revision of the small registry, in force."""

    async def put(store):
        return (await store.put(document(), by="ann", base=None, comment="the first")).revision

    return with_store(fresh_dsn, put)


def with_store(dsn, work):
    async def working():
        store = RegistryStore(dsn, Keyring(b"k" * 32))
        await store.start()
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(working())


def events(command, name):
    lines = command("audit", "events", "--name", name, "--json").splitlines()
    return [json.loads(line)["facts"] for line in lines]


def test_an_empty_registry_says_how_to_fill_it(command):
    for words in (("show",), ("set", "tenants.x.establishments", "[DE]")):
        assert "compliance-proxy registry import" in command("registry", *words, status=2)


def test_import_and_export_keep_the_revision(command, config, tmp_path):
    filled = command("registry", "import", config, "--comment", "the first").split("revision ")[1].split()[0]
    assert "nothing changed" in command("registry", "import", config)
    other = tmp_path / "other"
    shutil.copytree(config, other)
    (other / "routes.yaml").write_text(
        (other / "routes.yaml").read_text().replace("routes:", "routes:\n- {model: new, targets: [p/eu]}")
    )
    assert f"nothing changed: revision {filled}" in command("registry", "import", other, "--if-empty")
    command("registry", "export", tmp_path / "out")
    assert documents.read(tmp_path / "out").revision == filled
    assert "already exists" in command("registry", "export", tmp_path / "out", status=2)
    command("registry", "export", tmp_path / "out", "--force")
    assert filled in command("registry", "check", tmp_path / "out")
    assert "no differences" in command("registry", "diff", "active", tmp_path / "out")


def test_one_place_is_set_shown_compared_removed_and_gone_back_from(command, filled):
    out = command("registry", "set", "targets.p/eu.dpa.expires", "2027-01-31", "--comment", "renewed")
    assert "changed targets.p/eu.dpa.expires" in out
    assert "no proxy process is running" in out
    assert yaml.safe_load(command("registry", "show", "targets.p/eu.dpa"))["expires"] == "2027-01-31"
    assert command("registry", "show", "targets.p/eu.dpa.expires", "--revision", filled[:6]).strip() == "2099-12-31"
    assert json.loads(command("registry", "show", "routes", "--json")) == [{"targets": ["p/eu"]}]
    line = next(line for line in command("registry", "diff", filled, "active").splitlines() if "expires" in line)
    assert line.split() == ["targets.p/eu.dpa.expires", "changed", "2099-12-31", "2027-01-31"]
    command("registry", "remove", "targets.p/eu.dpa")
    assert "there is no 'dpa'" in command("registry", "show", "targets.p/eu.dpa", status=2)
    assert filled in command("registry", "activate", filled[:8])
    assert "is already in force" in command("registry", "activate", filled)
    assert yaml.safe_load(command("registry", "show")) == document()
    history = command("registry", "history")
    assert [word in history for word in ("renewed", "the first", filled)] == [True] * 3


def test_changes_and_reads_are_recorded_without_values(command, filled):
    command("registry", "set", "targets.p/eu.dpa.ref", "canary-reference")
    command("registry", "show", "targets.p/eu.dpa")
    command("registry", "activate", filled)
    back, changed = events(command, "registry_changed")
    assert (changed["parent"], changed["paths"], changed["command"]) == (
        filled,
        ["targets.p/eu.dpa.ref"],
        "registry set",
    )
    assert (back["revision"], back["parent"]) == (filled, changed["revision"])
    assert back["by"]
    assert changed["by"]
    (read,) = events(command, "registry_read")
    assert (read["command"], read["path"], read["revision"]) == (
        "registry show",
        "targets.p/eu.dpa",
        changed["revision"],
    )
    assert "canary-reference" not in command("audit", "events", "--json")


REFUSED = {
    ("set", "targets.p/eu.dpa.status", "perhaps"): "targets.p/eu.dpa.status",
    ("set", "targets.p/eu.dpa", "null"): "targets.p/eu.dpa is null; leave the key out",
    ("set", "targets.p/eu.dpa", "{status: signed"): "not valid YAML",
    ("set", "routes.0.targets.+", "q/us"): "target 'q/us' has no entry in endpoints",
    ("remove", "targets.q/us"): "there is no 'q/us' in targets; it has p/eu",
    ("activate", "zzz"): "is not a revision",
    ("set", "tenants.acme.ext", "{n: 1}", "--base", "00000"): "no revision begins with '00000'",
}


def test_what_is_refused_says_where_and_changes_nothing(command, filled):
    for words, said in REFUSED.items():
        assert said in command("registry", *words, status=2)
    (only,) = command("registry", "history").splitlines()[1:]
    assert filled in only


def test_a_change_based_on_an_older_revision_is_refused(command, filled):
    command("registry", "set", "tenants.acme.ext", "{n: 1}")
    said = command("registry", "set", "tenants.acme.sector", "bank", "--base", filled, status=2)
    assert f"based on {filled}" in said
    assert "read it again" in said


def test_a_bad_folder_is_refused_with_the_path(command, config):
    (config / "routes.yaml").write_text("routes: [{targets: [nowhere]}]\n")
    for words in (("import", config), ("check", config)):
        assert "routes.yaml: routes.0.targets.0: target 'nowhere'" in command("registry", *words, status=2)
    assert "registry.yaml is missing" in command("registry", "check", config / "none", status=2)


def test_a_folder_that_names_its_own_revision_is_refused_by_check_as_by_import(command, config):
    assert "no problems" in command("registry", "check", config)
    path = config / "registry.yaml"
    path.write_text(f"revision: '2026.7'\n{path.read_text()}")
    for words in (("check", config), ("import", config)):
        assert "revision: leave it out" in command("registry", *words, status=2)


def test_expiring_works_on_files_and_on_the_database(command, config, filled, tmp_path):
    soon = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    command("registry", "set", "targets.p/eu.dpa.expires", soon)
    assert command("registry", "expiring", "--days", "30", "--check", status=1)
    assert command("registry", "expiring", "--days", "3", "--check")
    listed = command("registry", "expiring", "--days", "30")
    assert "every tenant, every model" in listed
    assert "9 d left" in listed
    assert "nothing has ended" in command("registry", "expiring", "--days", "3")
    (found,) = json.loads(command("registry", "expiring", "--json"))
    assert (found["path"], found["ref"], found["days"]) == ("targets.p/eu.dpa", "D-1", 9)
    text = (config / "registry.yaml").read_text().replace("signed", "lapsed")
    (config / "registry.yaml").write_text(text)
    by_files = {"PROXY_REGISTRY": "files", "PROXY_CONFIG_DIR": str(config), "DATABASE_URL": ""}
    assert "over, by its status" in command("registry", "expiring", **by_files)


def test_fleet_exits_with_1_when_processes_differ(command, fresh_dsn):
    def say(*replicas):
        async def saying(store):
            for one in replicas:
                await store.report(one)

        with_store(fresh_dsn, saying)

    assert "no proxy process" in command("registry", "fleet")
    other = replace(REPLICA, writer="w-2", pid=8)
    say(REPLICA, other)
    assert [row["pid"] for row in json.loads(command("registry", "fleet", "--json"))] == [7, 8]
    say(replace(other, registry_revision="r2"))
    said = command("registry", "fleet", status=1)
    assert "they differ" in said
    assert "r2" in said


def test_without_a_database_it_says_what_to_do(command):
    said = command("registry", "fleet", status=2, DATABASE_URL="postgresql://u@127.0.0.1:1/x")
    assert "could not be reached" in said


def test_a_sensitive_place_is_stored_and_waits_for_another_operator(command, filled):
    said = command("registry", "set", "endpoints.p/eu.base_url", "http://sink.test", status=1)
    assert "not in force" in said
    assert "endpoints.p/eu.base_url" in said
    draft = said.split("stored as revision ")[1].split(",")[0]
    assert "second person" in command("registry", "activate", draft, status=2)
    assert command("registry", "show", "endpoints.p/eu.base_url").strip() == "http://p.test"
    (changed,) = events(command, "registry_changed")
    assert (changed["revision"], changed["active"]) == (draft, False)


def test_a_folder_is_a_door_like_the_others(command, filled, tmp_path):
    command("registry", "export", tmp_path / "work")
    path = tmp_path / "work" / "registry.yaml"
    path.write_text(path.read_text().replace("third_party", "self"))
    said = command("registry", "import", tmp_path / "work", status=1)
    assert "targets.p/eu.operator" in said
    assert command("registry", "show", "targets.p/eu.operator").strip() == "third_party"


def test_a_target_is_in_quarantine_until_it_is_cleared_by_name(command, fresh_dsn):
    assert "no target is in quarantine" in command("registry", "quarantine")
    with_store(fresh_dsn, lambda store: store.quarantine("p/eu", "Sweden Central"))
    assert "Sweden Central" in command("registry", "quarantine")
    assert "'q/eu' is not in quarantine" in command("registry", "quarantine", "--clear", "q/eu", status=1)
    assert json.loads(command("registry", "quarantine", "--clear", "p/eu", "--json")) == []
    [cleared] = events(command, "target_cleared")
    assert (cleared["target"], bool(cleared["by"])) == ("p/eu", True)


@pytest.mark.slow
def test_rules_are_tried_stored_and_wait_for_another_operator(command, filled, fresh_dsn, tmp_path):
    mark = gate.library_mark(tree.read(shipped("policies")))
    for path in (tmp_path / "state" / "bundle.tar.gz", tmp_path / "live.tar.gz"):  # the library passed its tests here
        gate.remember(BundlePaths(path, tmp_path).memo, mark)
    folder = tmp_path / "ours"
    command("policy", "scaffold", "night", "--overlay", folder)
    test = folder / "night" / "night_test.rego"
    sound = test.read_text()
    test.write_text(sound.replace('== {"far/us"}', '== {"near/us"}'))
    said = command("registry", "rules", folder, status=2)
    assert "night_test.rego" in said
    assert len(with_store(fresh_dsn, lambda store: store.history())) == 1

    test.write_text(sound)
    said = command("registry", "rules", folder, "--comment", "nights", status=1)
    assert "questions decided first" in said
    assert "second person" in said
    revision = said.split("stored as revision ")[1].split(",")[0]
    assert "second person" in command("registry", "activate", revision, status=2)
    shown = command("registry", "diff", "active", revision)
    assert "+++ rules/night/night.rego" in shown
    assert "+package org.night\n" in shown
    assert command("registry", "diff", revision, "active").count("-package org.night") == 2

    async def activated(store):
        return await store.activate(revision, by="dpo", base=filled, may_be_author=lambda _: False)

    live = {"PROXY_BUNDLE_PATH": str(tmp_path / "live.tar.gz"), "PROXY_OVERLAY_DIR": str(folder)}
    assert f"registry rules {folder}" in command("policy", "activate", status=1, **live)
    rules = with_store(fresh_dsn, activated).documents["rules"]
    assert "revision" in command("policy", "activate", **live)
    assert set(rules) == {"night/night.rego", "night/night_test.rego"}
    command("registry", "export", tmp_path / "out")
    assert (tmp_path / "out" / "rules" / "night" / "night_test.rego").read_text() == sound
    assert "2 files of rules" in command("registry", "check", tmp_path / "out")
    assert "already exists" in command("registry", "export", tmp_path / "out", status=2)
    assert command("registry", "show", 'rules."night/night_test.rego"') == sound + "\n"
