"""The ``policy`` commands as a Rego author runs them: one process each, on the real engine."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.policy.activation import activation, gate
from proxy.policy.bundles import bundle, tree
from proxy.policy.decision import shadow
from proxy.policy.decision.document import input_document
from proxy.runtime.clock import SystemClock
from proxy.runtime.resources import shipped
from testing import commands, evidence

MASTER = b"k" * 32
MAIN = """# METADATA
# title: Decision
# description: Permits every target but one.
package compliance

import rego.v1

# METADATA
# title: Decision
# description: The decision document.
# entrypoint: true
decision := {
	"schema_version": "1", "decision_id": "d", "request_id": input.request_id, "time": input.time,
	"effect": "permit", "action": "forward", "selected_target": permitted[0], "targets": targets,
	"block_codes": [], "http_status": 200,
	"reasons": [{"code": "NO_DPA", "rule_id": "x", "effect": "deny", "target": t} | some t in data.refused],
	"policy": {"bundle": data.bundle.name, "revision": data.bundle.revision, "data_revision": data.revision},
}

permitted := [c.target | some c in input.candidates; not c.target in data.refused]

targets := [verdict(c.target, n) | some n, c in input.candidates]

verdict(target, n) := {"target": target, "permit": false, "rank": n, "denials": ["NO_DPA"]} if {
	target in data.refused
} else := {"target": target, "permit": true, "rank": n}
"""
TEST = """package compliance_test

import rego.v1

import data.compliance

test_refused if {
	found := compliance.permitted with input as {"candidates": [{"target": "a"}, {"target": "b"}]}
		with data.refused as ["a"]
	found == ["b"]
}
"""


NIGHT = """# METADATA
# title: Night
# custom:
#   rule_id: org.NAME
package org.NAME

import rego.v1

deny contains {"code": "NIGHT", "rule_id": "org.NAME", "citation": ["ours"], "evidence": []}
"""


@pytest.fixture
def command(tmp_path):
    def run(*words, status=0, **environment):
        given = {"COLUMNS": "200", "PROXY_STATE_DIR": str(tmp_path / "state"), **environment}
        done = commands.run("policy", *words, environment=dict(os.environ) | given)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def place(tmp_path, facts):
    """A small policy folder, a data document and a file of inputs."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.rego").write_text(MAIN)
    (tmp_path / "policies" / "main_test.rego").write_text(TEST)
    (tmp_path / "data.json").write_text(json.dumps({"revision": "d1", "refused": []}))
    document = input_document(facts(), "r1", 1_795_600_800.0)
    (tmp_path / "input.json").write_text(json.dumps(document))
    lines = [json.dumps({**document, "request_id": f"r{number}"}) for number in range(4)]
    (tmp_path / "inputs.jsonl").write_text("\n".join(lines))
    return tmp_path


def changed(place) -> Path:
    other = place / "other"
    other.mkdir()
    (other / "main.rego").write_text(
        MAIN.replace("in data.refused", 'in {"far/us"}').replace("data.refused}", '["far/us"]}')
    )
    return other


def given(place):
    return ("--policies", place / "policies", "--data", place / "data.json")


def test_check_of_a_good_folder_has_nothing_to_mend(command, place):
    (place / "policies" / "main.rego").write_text("package shop\n\nimport rego.v1\n\ncheap if input.price < 10\n")
    out = command("check", "--policies", place / "policies")
    assert "1 modules and 1 test modules: no problems" in out


def test_check_prints_file_and_fault_and_exits_with_1(command, place):
    (place / "policies" / "main.rego").write_text(MAIN.replace("data.refused\n}", "http.send({})\n}"))
    out = command("check", "--policies", place / "policies", status=1)
    assert re.search(rf"{re.escape(str(place))}/policies/main\.rego:[1-9]\d*: impure_builtin: http\.send", out)


def test_test_exits_with_1_for_a_failure_and_for_low_coverage(command, place):
    low = command("test", "--policies", place / "policies", "--coverage", status=1)
    assert "line coverage of the library" in low
    command("test", "--policies", place / "policies", "--coverage", "--floor", "5")
    (place / "policies" / "main_test.rego").write_text(TEST.replace('["b"]', '["c"]'))
    out = command("test", "--policies", place / "policies", status=1)
    assert "main_test.rego:7: test_refused: undefined" in out
    assert "0 of 1 tests pass" in out


def test_a_test_that_does_not_end_ends_the_command(command, place):
    endless = """
test_endless if count([1 | some a in numbers.range(1, 90000); some b in numbers.range(1, 90000); a * b == -1]) == 0
"""
    (place / "policies" / "main_test.rego").write_text(TEST + endless)
    out = command("test", "--policies", place / "policies", "--patience", "2", status=1)
    assert "no test has ended in 2 s of processor time" in out


def test_eval_prints_the_decision(command, place):
    answer = json.loads(command("eval", place / "input.json", *given(place), "--json"))
    assert (answer["selected_target"], answer["policy"]["data_revision"]) == ("far/us", "d1")
    assert "far/us" in command("eval", place / "input.json", *given(place))


def test_eval_cases_counts_and_exits_with_1_unless_all_pass(command, place):
    document = json.loads((place / "input.json").read_text())
    cases = [
        {"id": "A", "input_document": document, "expect": {"action": "forward", "selected_target": "far/us"}},
        {"id": "B", "title": "must fail", "input_document": document, "expect": {"action": "block"}},
    ]
    (place / "cases.json").write_text(json.dumps({"cases": cases}))
    out = command("eval", "--cases", place / "cases.json", *given(place), status=1)
    assert out.splitlines()[-1] == "1 of 2 cases pass"
    assert "must fail" in out
    (place / "cases.json").write_text(json.dumps({"cases": cases[:1]}))
    assert command("eval", "--cases", place / "cases.json", *given(place)).splitlines()[-1] == "1 of 1 cases pass"


def test_replay_at_recorded_data_uses_the_data_of_its_day(command, place):
    document = json.loads((place / "input.json").read_text())
    info = bundle.write(place / "then.tar.gz", place / "policies", None, {"revision": "d0", "refused": ["far/us"]})
    activation.archive(place / "state" / "revisions", info.revision, (place / "then.tar.gz").read_bytes())
    (place / "then.json").write_text(json.dumps({"revision": "d0", "refused": ["far/us"]}))
    decided = json.loads(
        command(
            "eval", place / "input.json", "--policies", place / "then.tar.gz", "--data", place / "then.json", "--json"
        )
    )
    (place / "recorded.jsonl").write_text(json.dumps({"input": document, "decision": decided, "decision_id": "d-1"}))
    asked = ("replay", "--candidate", place / "policies", "--inputs", place / "recorded.jsonl")
    assert "1 of 1 decisions change" in command(*asked, "--data", place / "data.json")
    assert "0 of 1 decisions change" in command(*asked, "--at-recorded-data")
    assert "either" in command(*asked, "--at-recorded-data", "--data", place / "data.json", status=2)
    (place / "state" / "revisions" / f"{info.revision}.tar.gz").unlink()
    command(*asked, "--at-recorded-data", status=2)


def given_secrets(place, dsn) -> dict[str, str]:
    signing = str(evidence.signing_key_file(place))
    return {
        "DATABASE_URL": dsn,
        "PROXY_SECRET_KEY": base64.b64encode(MASTER).decode(),
        "PROXY_AUDIT_SIGNING_KEY": signing,
    }


async def test_shadow_shows_recorded_differences(command, place, facts, fresh_dsn):
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), Keyring(MASTER), SystemClock(), document=input_document)
    await log.start()
    live = evidence.decision()
    found = shadow.ShadowDifference(
        facts(), "x-77", live, live._replace(action="block", selected=None, block_codes=("NIGHT",))
    )
    log.event(shadow.EVENT, shadow.event(found), tenant="acme", activity="support")
    await log.close()
    secrets = given_secrets(place, fresh_dsn)
    shown = json.loads(command("shadow", "--since", "1h", "--json", **secrets))
    (group,) = shown["groups"]
    assert (group["tenant"], group["activity"], group["new_codes"]) == ("acme", "support", "NIGHT")
    assert group["samples"] == ["x-77"]
    assert "x-77" in command("shadow", "--fail-on-change", status=1, **secrets)


@pytest.mark.slow
def test_activate_writes_the_bundle_or_says_why_not(command, place):
    assert "PROXY_BUNDLE_PATH" in command("activate", status=2)
    target = {"PROXY_BUNDLE_PATH": str(place / "live.tar.gz")}
    out = command("activate", **target)
    assert f"revision {bundle.read(place / 'live.tar.gz').revision}" in out
    before = (place / "live.tar.gz").read_bytes()
    (place / "ours").mkdir()
    (place / "ours" / "x.rego").write_text("package org.x\n\nimport rego.v1\n\ndeny contains nonsense\n")
    assert "stays in force" in command("activate", status=1, PROXY_OVERLAY_DIR=str(place / "ours"), **target)
    assert "VERIFICATION_KEY" in command("activate", "--bundle", place / "live.tar.gz", status=1, **target)
    assert (place / "live.tar.gz").read_bytes() == before


@pytest.fixture(scope="module")
def in_force(tmp_path_factory):
    """A folder in which the shipped library, proved before (ten seconds of CPU), was put in force, and what was printed."""
    folder = tmp_path_factory.mktemp("in-force")
    library = tree.read(shipped("policies"))
    for mark in (gate.library_mark(library), library.digest()):
        gate.remember(activation.BundlePaths(folder / "live.tar.gz", folder / "kept").memo, mark)
    paths = {"PROXY_STATE_DIR": str(folder / "state"), "PROXY_BUNDLE_PATH": str(folder / "live.tar.gz")}
    settings = {"COLUMNS": "200", "PROXY_POLICY_DEADLINE_S": DEADLINE_S, **paths}
    done = commands.run("policy", "activate", environment=dict(os.environ) | settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout + done.stderr


@pytest.fixture
def live(in_force, place):
    """The settings of an installation of this test's own, with the shipped library in force."""
    shutil.copytree(in_force[0], place, dirs_exist_ok=True)
    return {"PROXY_BUNDLE_PATH": str(place / "live.tar.gz"), "PROXY_POLICY_DEADLINE_S": DEADLINE_S}


HOUSE = """package org.house

import rego.v1

# METADATA
# title: House
# description: Speaks of nothing that its test asks.
# related_resources:
#   - ref: https://example.org/house
#     description: house policy 1
# custom:
#   rule_id: house.rule
#   codes: [HOUSE]
deny contains {"code": "HOUSE", "rule_id": "house.rule"} if {
	%s
}
"""
CLASH = """
mark := "a" if input.phase

mark := "b" if input.phase == "cache_lookup"
"""
ODD = """
waivable contains 7
"""
DEADLINE_S = "1.5"
BUSY = "count([1 | some i in numbers.range(1, 4000); some j in numbers.range(1, 4000); i * j == 7]) == 0"


@pytest.mark.parametrize(
    ("condition", "more", "reason"),
    [
        ('mark == "c"', CLASH, "conflict"),
        pytest.param(BUSY, "", "slow", marks=pytest.mark.slow),
        ("true", ODD, "odd_answer"),
    ],
)
def test_what_does_not_decide_is_never_activated(command, place, in_force, live, condition, more, reason):
    """Checks and twin tests pass; only deciding shows it."""
    assert "questions decided first, 0 of them differently" in in_force[1]
    before = (place / "live.tar.gz").read_bytes()
    ours = place / "ours" / "house"
    ours.mkdir(parents=True)
    (ours / "house.rego").write_text(HOUSE % condition + more)
    (ours / "house_test.rego").write_text(
        "package org.house_test\n\nimport rego.v1\n\ntest_house if not data.org.house.oblige\n"
    )
    said = command("activate", status=1, PROXY_OVERLAY_DIR=str(place / "ours"), **live)
    assert f"refused ({reason})" in said
    assert (place / "live.tar.gz").read_bytes() == before


def test_eval_refuses_neither_and_unreadable_input(command, place):
    command("eval", status=2)
    (place / "input.json").write_text("{")
    command("eval", place / "input.json", *given(place), status=2)


def test_eval_uses_the_compiled_catalog_by_default(command, place):
    answer = json.loads(command("eval", place / "input.json", "--json"))
    assert answer["action"] == "block"
    assert answer["policy"]["data_revision"] not in {"", "d1", "unknown"}


def test_no_name_of_a_rule_changes_what_is_decided(command, place):
    decided = set()
    for name in ("aaa", "zzz"):
        overlay = place / name
        (overlay / name).mkdir(parents=True)
        (overlay / name / f"{name}.rego").write_text(NIGHT.replace("NAME", name))
        answer = json.loads(command("eval", place / "input.json", "--overlay", overlay, "--json"))
        decided.add(json.dumps([answer["action"], answer["block_codes"], answer["targets"]]).replace(name, "NAME"))
    (only,) = decided
    assert "NIGHT" in only


def test_diff_shows_groups_and_exits_with_1_on_wish(command, place):
    both = (
        "diff",
        place / "policies",
        changed(place),
        "--inputs",
        place / "inputs.jsonl",
        "--data",
        place / "data.json",
    )
    out = command(*both)
    assert "4 of 4 decisions change" in out
    assert "far/us → own/eu" in out
    assert "r0, r1, r2" in out
    command(*both, "--fail-on-change", status=1)
    same = command("diff", place / "policies", place / "policies", *both[3:], "--fail-on-change")
    assert "0 of 4 decisions change" in same


def test_replay_of_a_file_compares_with_what_was_recorded(command, place):
    document = json.loads((place / "input.json").read_text())
    recorded = {
        "action": "block",
        "selected_target": None,
        "targets": [],
        "block_codes": ["NO_DPA"],
        "http_status": 403,
    }
    line = {"input": document, "decision": recorded, "decision_id": "d-77"}
    (place / "recorded.jsonl").write_text(json.dumps(line))
    out = command(
        "replay", "--candidate", place / "policies", "--inputs", place / "recorded.jsonl", "--data", place / "data.json",
        "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert (found["total"], found["changed"]) == (1, 1)
    assert found["groups"][0]["samples"] == ["d-77"]
    assert found["groups"][0]["action"] == "block → forward"


async def test_replay_since_reads_the_audit_log_and_leaves_a_trace(command, place, fresh_dsn):
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), Keyring(MASTER), SystemClock(), document=input_document)
    await log.start()
    async with log.entry(evidence.exchange("x1")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        entry.deny(evidence.DENIAL)
    await log.close()
    secrets = given_secrets(place, fresh_dsn)
    out = command(
        "replay", "--candidate", place / "policies", "--since", "1h", "--data", place / "data.json", "--json", **secrets
    )
    found = json.loads(out)
    assert found["total"] == 1
    assert [group["exchanges"] for group in found["groups"]] == [["x1"]]
    assert "us-1" in command("explain", "x1", *given(place), **secrets)
    done = commands.run("audit", "events", "--json", environment=dict(os.environ) | secrets)
    assert "policy replay" in done.stdout
    assert "policy explain" in done.stdout


def test_build_sign_verify(command, place):
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (place / "key.pem").write_bytes(private)
    (place / "key.pub").write_bytes(public)
    out = place / "b.tar.gz"
    built = command("build", *given(place), "--out", out, "--sign", place / "key.pem", "--untested")
    assert "revision" in built
    assert "signed with the key" in command("verify", out, "--key", place / "key.pub")
    command("build", *given(place), "--out", out, "--untested")
    assert "not signed" in command("verify", out, "--key", place / "key.pub", status=2)


def test_build_refuses_a_folder_whose_tests_fail(command, place):
    (place / "policies" / "main_test.rego").write_text(TEST.replace('["b"]', '["c"]'))
    out = command("build", *given(place), "--out", place / "b.tar.gz", status=2)
    assert "refused" in out
    assert not (place / "b.tar.gz").exists()


def test_scaffold_gives_a_rule_that_passes(command, place):
    command("scaffold", "no_nights", "--overlay", place / "ours")
    out = command("test", "--overlay", place / "ours", "--match", "org.no_nights")
    assert "3 of 3 tests pass" in out


def test_what_if_tells_what_stops(command, place, facts):
    out = command("what-if", "--cut-off", "nobody", "--inputs", place / "inputs.jsonl", *given(place), status=2)
    assert "nobody" in out
    command("what-if", "--inputs", place / "inputs.jsonl", *given(place), status=2)


def test_reference_page_names_every_command_and_option():
    import typer.main

    from proxy.cli.policy.commands import app

    page = (Path(__file__).parents[3] / "docs" / "reference" / "policy-commands.md").read_text()
    sections = {part.split("\n", 1)[0]: part for part in page.split("## policy ")[1:]}
    group = typer.main.get_command(app)
    assert set(sections) == set(group.commands)
    shared = page.split("## policy ")[0]
    for name, made in group.commands.items():
        for option in [o for p in made.params for o in p.opts if o.startswith("--")]:
            assert option in sections[name] or option in shared, (name, option)


def test_every_command_prints_json(command, place):
    (place / "policies" / "late.rego").write_text("package shop\n\nimport rego.v1\n\ncheap if input.price < 10 \n")
    checked = json.loads(command("check", "--policies", place / "policies", "--json", status=1))
    assert {"code", "message", "module", "file", "row"} in [set(problem) for problem in checked["problems"]]
    (place / "policies" / "late.rego").unlink()
    tested = json.loads(command("test", "--policies", place / "policies", "--coverage", "--floor", "5", "--json"))
    assert (tested["total"], tested["passed"], tested["coverage"]["floor"]) == (1, 1, 5.0)
    (place / "policies" / "main_test.rego").write_text(TEST.replace('["b"]', '["c"]'))
    failed = json.loads(command("test", "--policies", place / "policies", "--json", status=1))
    assert (failed["failures"][0]["test"], failed["failures"][0]["row"]) == ("test_refused", 7)
    built = json.loads(command("build", *given(place), "--out", place / "b.tar.gz", "--untested", "--json"))
    read = json.loads(command("verify", place / "b.tar.gz", "--json"))
    assert (read["revision"], read["modules"], read["signature_checked"]) == (built["revision"], 1, False)
    written = json.loads(command("scaffold", "no_nights", "--overlay", place / "ours", "--json"))
    assert written["rule"].endswith("no_nights.rego")


def test_activate_prints_how_it_ended_as_json(command, place, live):
    said = json.loads(command("activate", "--json", **live))
    assert (said["active"], said["revision"]) == (True, bundle.read(place / "live.tar.gz").revision)
    out = command("activate", "--json", "--bundle", place / "live.tar.gz", status=1, **live)
    refused, _ = json.JSONDecoder().raw_decode(out)
    assert (refused["active"], refused["reason"], refused["revision"]) == (False, "signature", said["revision"])


async def test_what_is_read_for_somebody_else_is_recorded_so(command, place, fresh_dsn):
    secrets = given_secrets(place, fresh_dsn)
    given = dict(os.environ) | {"PROXY_STATE_DIR": str(place)} | secrets
    asked = json.dumps({"command": "shadow", "parameters": {}, "actor": "ops (k1)"})
    confined = [sys.executable, "-m", "proxy.web.api.confined"]
    done = subprocess.run(confined, input=asked, env=given, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["result"]["total"] == 0
    events = commands.run("audit", "events", "--name", "log_read", "--json", environment=given)
    assert json.loads(events.stdout.splitlines()[0])["facts"]["for"] == "ops (k1)"


@pytest.mark.parametrize(
    "body", ['http.send({"method": "get", "url": "http://127.0.0.1:9"})', "json.verify_schema({})"]
)
@pytest.mark.parametrize("words", [("eval", "input.json"), ("test",), ("replay", "--inputs=inputs.jsonl")])
def test_rego_that_reaches_out_is_never_evaluated(command, place, words, body):
    rule = f"package org.x\n\nimport rego.v1\n\ndeny contains 1 if {body}\n"
    (place / "ours").mkdir()
    (place / "ours" / "x.rego").write_text(rule)
    name, *rest = words
    paths = [place / word if word == "input.json" else word.replace("=", f"={place}/") for word in rest]
    more = ("--candidate" if name == "replay" else "--policies", place / "policies")
    more += () if name == "test" else ("--data", place / "data.json")
    out = command(name, *paths, *more, "--overlay", place / "ours", status=2)
    assert "impure_builtin" in out
