from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from proxy.web.api import requests

FILE = {"files": {"org/x/x.rego": "package org.x"}}


@pytest.mark.parametrize(
    "path",
    ["../x.rego", "/etc/x.rego", "a/../../x.rego", "./x.rego", "a//x.rego", "a/./x.rego", "x.py", "x", "", ".rego",
     ".hidden/x.rego", "a\\x.rego", "a/\u2025/x.rego", "x.rego\n", "x.rego\0", "a/-x.rego", "~/x.rego", "x.tar.gz",
     "/".join(["d"] * 20) + "/x.rego", "d" * 300 + ".rego"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValidationError):
        requests.Folder.model_validate({"files": {path: "x"}})


@pytest.mark.parametrize("paths", [("a.rego", "A.rego"), ("a.rego/b.rego", "a.rego"), ("X/b.rego", "x/B.rego")])
def test_two_files_of_one_name_are_refused(paths):
    with pytest.raises(ValidationError, match="same name"):
        requests.Folder.model_validate({"files": dict.fromkeys(paths, "x")})


@given(st.text(max_size=60))
def test_what_is_accepted_stays_inside(path):
    try:
        requests.Folder.model_validate({"files": {path: ""}})
    except ValidationError:
        return
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert path.isascii()
    assert path.endswith((".rego", ".json"))


def test_too_many_and_too_large(monkeypatch):
    with pytest.raises(ValidationError, match="at most"):
        requests.Folder.model_validate({"files": {f"f{n}.rego": "" for n in range(requests.MOST_FILES + 1)}})
    with pytest.raises(ValidationError, match="at most"):
        requests.Folder.model_validate({"files": {"f.rego": "x" * (requests.MOST_BYTES + 1)}})


@pytest.mark.parametrize(
    "policies",
    [{}, {"files": {}, "bundle": ""}, {"bundle": "not base64!"}, {"revision": "../../etc"}, {"revision": "a" * 19},
     {"revision": "A" * 20}, {"path": "/etc"}, {"files": None}],
)  # fmt: skip
def test_policies_come_in_one_form(policies):
    with pytest.raises(ValidationError):
        requests.Eval.model_validate({"input": {}, "policies": policies})


@pytest.mark.parametrize(
    "policies", [FILE, {"bundle": base64.b64encode(b"x").decode()}, {"revision": "0123456789abcdef0123"}]
)
def test_policies_as_files_bundle_or_revision(policies):
    assert requests.Eval.model_validate({"input": {}, "policies": policies}).policies is not None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (requests.Eval, {}),
        (requests.Eval, {"input": {}, "cases": []}),
        (requests.Eval, {"input": {}, "polices": {}}),
        (requests.Eval, {"input": "x"}),
        (requests.Explain, {"request_id": "../x"}),
        (requests.Explain, {"request_id": "--data=/etc/passwd"}),
        (requests.Replay, {"since": "--x"}),
        (requests.Replay, {"since": "7d", "inputs": [{}]}),
        (requests.Replay, {"inputs": []}),
        (requests.WhatIf, {"since": "7d"}),
        (requests.WhatIf, {"since": "7d", "dpf_falls": "tomorrow"}),
        (requests.Test, {"floor": 101}),
        (requests.Test, {"coverage": "yes"}),
        (requests.Check, {"policies": {"bundle": "eA=="}}),
        (requests.Activate, {"bundle": 1}),
        (requests.ActivateRegistry, {}),
        (requests.ActivateRegistry, {"revision": "x"}),
    ],
)
def test_other_bodies_are_refused(kind, body):
    with pytest.raises(ValidationError):
        kind.model_validate(body)
