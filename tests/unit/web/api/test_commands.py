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
    return CommandContext(
        **({"bundles": {REVISION: b"old"}, "data": {"revision": "d1"}, "actor": "crm (k1)"} | changes)
    )


def plan(command, body, **changes):
    kind = requests.COMMANDS.get(command, requests.Activate)
    made = commands.plan(command, kind.model_validate(body), context(**changes))
    request = orjson.loads(made.encoded(FOLDER))
    assert (request["command"], request["actor"]) == (command, "crm (k1)")
    return made, request["parameters"]


def test_check_of_the_configured_folders_needs_nothing():
    made, given = plan("check", {})
    assert (given, made.files, made.needs_secrets) == ({}, {}, False)


def test_folders_are_written_and_named():
    made, given = plan("test", {"policies": LAW, "overlay": REGO, "coverage": True, "match": "--x"})
    assert given == {"policies": "/private/policies", "overlay": "/private/overlay", "coverage": True, "floor": 95.0,
                     "match": "--x"}  # fmt: skip
    assert set(made.files) == {"policies/main.rego", "policies/data/legal.json", "overlay/org/x/x.rego"}
    assert made.folders == ("policies", "overlay")


def test_zero_is_a_number_to_pass_on():
    assert plan("test", {"floor": 0})[1] == {"floor": 0}


def test_an_empty_overlay_is_a_folder_too():
    made, given = plan("check", {"overlay": {"files": {}}})
    assert given == {"overlay": "/private/overlay"}
    assert made.folders == ("overlay",)


def test_an_input_meets_the_data_in_force():
    made, given = plan("eval", {"input": {"a": 1}, "overlay": REGO})
    assert given == {
        "overlay": "/private/overlay",
        "data": "/private/data.json",
        "document": "/private/input.json",
    }
    assert orjson.loads(made.files["data.json"]) == {"revision": "d1"}
    assert not made.needs_secrets


@pytest.mark.parametrize("database", [False, True])
@pytest.mark.parametrize("policies", [LAW, {"bundle": PACKED}, {"revision": REVISION}])
def test_policies_that_bring_their_law_or_data_get_it(policies, database):
    made, given = plan("eval", {"cases": [{"id": "x"}], "policies": policies}, database=database)
    assert "data" not in given
    assert made.needs_secrets is database
    assert orjson.loads(made.files["cases.json"]) == {"cases": [{"id": "x"}]}


def test_given_data_is_used_with_every_policy():
    made, given = plan("eval", {"input": {}, "policies": LAW, "data": {"revision": "mine"}})
    assert given["data"] == "/private/data.json"
    assert orjson.loads(made.files["data.json"]) == {"revision": "mine"}


def test_only_what_reads_records_or_signs_gets_secrets():
    made, given = plan("explain", {"input": {}})
    assert given == {"subject": "/private/input.json", "data": "/private/data.json"}
    assert not made.needs_secrets
    made, given = plan("explain", {"request_id": "a" * 32})
    assert made.needs_secrets
    assert given == {"subject": "a" * 32}
    made, given = plan("explain", {"request_id": "a" * 32, "today": True})
    assert given == {"data": "/private/data.json", "today": True, "subject": "a" * 32}
    assert plan("shadow", {})[0].needs_secrets
    assert plan("what-if", {"since": "1d", "cut_off": "p"})[0].needs_secrets
    assert plan("activate", {})[0].needs_secrets


def test_diff_names_both_sides():
    body = {"before": {"revision": REVISION}, "after": REGO, "inputs": [{"a": 1}, {"b": 2}], "fail_on_change": True}
    made, given = plan("diff", body)
    assert given == {"before": "/private/before.tar.gz", "after": "/private/after",
                     "inputs": "/private/inputs.jsonl", "fail_on_change": True}  # fmt: skip
    assert made.files["before.tar.gz"] == b"old"
    assert made.files["inputs.jsonl"] == b'{"a":1}\n{"b":2}'
    assert commands.revisions(requests.Diff.model_validate(body)) == {REVISION}


def test_replay_takes_the_configured_library_or_a_candidate():
    _, given = plan("replay", {"since": "7d", "overlay": REGO})
    assert given == {"overlay": "/private/overlay", "data": "/private/data.json", "since": "7d"}
    made, given = plan("replay", {"inputs": [{}], "candidate": {"bundle": PACKED}, "at_recorded_data": True})
    assert given == {
        "candidate": "/private/candidate.tar.gz",
        "at_recorded_data": True,
        "inputs": "/private/inputs.jsonl",
    }
    assert made.needs_secrets


def test_activate_reads_again_or_takes_a_bundle():
    assert plan("activate", {})[1] == {}
    made, given = plan("activate", {"bundle": PACKED})
    assert given == {"bundle": "/private/bundle.tar.gz"}
    assert made.files == {"bundle.tar.gz": b"packed"}
