from __future__ import annotations

import pytest

from proxy.policy.bundles.bundle import Bundle
from proxy.policy.engine import loading
from proxy.policy.faults import BundleRefusedError


def bundle(source, **data):
    return Bundle("compliance", "r1", {"main.rego": f"package compliance\nimport rego.v1\n{source}\n"}, data, "")


def test_load_gives_an_engine():
    with loading.load(bundle("decision := data.word", word="yes")) as engine:
        assert engine.evaluate("compliance/decision", b"") == "yes"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("decision := ]", "does_not_parse"),
        ("decision := opa.runtime()", "impure_builtin"),
        ('decision := http.send({"url": "https://x", "method": "get"})', "impure_builtin"),
        ("decision := y if z", "does_not_compile"),
    ],
)
def test_load_refuses(source, reason):
    with pytest.raises(BundleRefusedError) as refused:
        loading.load(bundle(source))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        'x := http.send({"url": "https://x", "method": "get"})',
        'x := http["send"]({"url": "https://x", "method": "get"})',
        'x := json.verify_schema({"$ref": "file:///etc/hostname"})',
        'x if json.match_schema({}, {"$ref": "https://x"})[0]',
        "x := ] json",
    ],
)
def test_what_reaches_out_is_refused_before_it_is_evaluated(body):
    with pytest.raises(BundleRefusedError) as refused:
        loading.refuse_impure({"a.rego": "package a\nx := 1\n", "b.rego": f"package b\nimport rego.v1\n{body}\n"})
    assert refused.value.reason in {"impure_builtin", "does_not_parse"}


@pytest.mark.parametrize("body", ["x := json.marshal(input)", "x := 1 # http.send", 'x := {"json.verify_schema": 1}'])
def test_what_only_looks_like_it_is_not(body):
    loading.refuse_impure({"b.rego": f"package b\nimport rego.v1\n{body}\n"})
