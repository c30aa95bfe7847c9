from __future__ import annotations

import base64
from pathlib import Path

import orjson
import pytest

from proxy.web.api import commands, requests
from proxy.web.api.commands import CommandContext

FOLDER = Path("/private")
REGO = {"files": {"org/x/x.rego": "package org.x"}}
LAW = {"files": {"main.rego": "package compliance", "data/legal.json": "{}"}}
PACKED = base64.b64encode(b"packed").decode()
REVISION = "0123456789abcdef0123"


def context(**changes):
    return CommandContext(**({"kept": {REVISION: b"old"}, "data": {"revision": "d1"}, "asker": "crm (k1)"} | changes))


def plan(build, kind, body, *more, **changes):
    made = build(kind.model_validate(body), context(**changes), *more)
    words = made.argv(FOLDER)
    assert words[0] == "--on-behalf-of=crm (k1)"
    assert words[2] == "--json"
    return made, [words[1], *words[3:]]


def test_check_of_the_configured_folders_needs_nothing():
    made, words = plan(commands.check, requests.Check, {})
    assert words == ["check"]
    assert (made.files, made.needs_secrets) == ({}, False)


def test_folders_are_written_and_named():
    made, words = plan(
        commands.test, requests.Test, {"policies": LAW, "overlay": REGO, "coverage": True, "match": "--x"}
    )
    assert words == ["test", "--policies=/private/policies", "--overlay=/private/overlay", "--coverage",
                     "--floor=95.0", "--match=--x"]  # fmt: skip
    assert set(made.files) == {"policies/main.rego", "policies/data/legal.json", "overlay/org/x/x.rego"}
    assert made.folders == ("policies", "overlay")


def test_an_empty_overlay_is_a_folder_too():
    made, words = plan(commands.check, requests.Check, {"overlay": {"files": {}}})
    assert words == ["check", "--overlay=/private/overlay"]
    assert made.folders == ("overlay",)


def test_an_input_meets_the_data_in_force():
    made, words = plan(commands.evaluate, requests.Eval, {"input": {"a": 1}, "overlay": REGO})
    assert words == ["eval", "--overlay=/private/overlay", "--data=/private/data.json", "/private/input.json"]
    assert orjson.loads(made.files["data.json"]) == {"revision": "d1"}
    assert not made.needs_secrets


@pytest.mark.parametrize("database", [False, True])
@pytest.mark.parametrize("policies", [LAW, {"bundle": PACKED}, {"revision": REVISION}])
def test_policies_that_bring_their_law_or_data_get_it(policies, database):
    made, words = plan(
        commands.evaluate, requests.Eval, {"cases": [{"id": "x"}], "policies": policies}, database=database
    )
    assert not any(word.startswith("--data") for word in words)
    assert made.needs_secrets is database
    assert orjson.loads(made.files["cases.json"]) == {"cases": [{"id": "x"}]}


def test_given_data_is_used_with_every_policy():
    made, words = plan(commands.evaluate, requests.Eval, {"input": {}, "policies": LAW, "data": {"revision": "mine"}})
    assert "--data=/private/data.json" in words
    assert orjson.loads(made.files["data.json"]) == {"revision": "mine"}


def test_only_what_reads_records_gets_secrets():
    assert not plan(commands.explain, requests.Explain, {"input": {}})[0].needs_secrets
    made, words = plan(commands.explain, requests.Explain, {"request_id": "a" * 32})
    assert made.needs_secrets
    assert words == ["explain", "a" * 32]
    made, words = plan(commands.explain, requests.Explain, {"request_id": "a" * 32, "today": True})
    assert words == ["explain", "--data=/private/data.json", "--today", "a" * 32]
    assert plan(commands.shadow, requests.Shadow, {})[0].needs_secrets
    assert plan(commands.what_if, requests.WhatIf, {"since": "1d", "cut_off": "p"})[0].needs_secrets


def test_diff_names_both_sides():
    body = {"before": {"revision": REVISION}, "after": REGO, "inputs": [{"a": 1}, {"b": 2}], "fail_on_change": True}
    made, words = plan(commands.diff, requests.Diff, body)
    assert words == ["diff", "/private/before.tar.gz", "/private/after", "--inputs=/private/inputs.jsonl",
                     "--fail-on-change"]  # fmt: skip
    assert made.files["before.tar.gz"] == b"old"
    assert made.files["inputs.jsonl"] == b'{"a":1}\n{"b":2}'
    assert commands.revisions(requests.Diff.model_validate(body)) == {REVISION}


def test_replay_takes_the_configured_library_or_a_candidate():
    made, words = plan(commands.replay, requests.Replay, {"since": "7d", "overlay": REGO}, Path("/lib"))
    assert words == ["replay", "--candidate=/lib", "--overlay=/private/overlay", "--data=/private/data.json",
                     "--since=7d"]  # fmt: skip
    made, words = plan(
        commands.replay, requests.Replay, {"inputs": [{}], "candidate": {"bundle": PACKED}, "at_recorded_data": True},
        Path("/lib"),
    )  # fmt: skip
    assert words == ["replay", "--candidate=/private/candidate.tar.gz", "--at-recorded-data",
                     "--inputs=/private/inputs.jsonl"]  # fmt: skip
    assert made.needs_secrets


def test_activate_reads_again_or_takes_a_bundle():
    assert plan(commands.activate, requests.Activate, {})[1] == ["activate"]
    made, words = plan(commands.activate, requests.Activate, {"bundle": PACKED})
    assert words == ["activate", "--bundle=/private/bundle.tar.gz"]
    assert made.files == {"bundle.tar.gz": b"packed"}
