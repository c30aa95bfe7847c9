from __future__ import annotations

import pytest

from proxy.policy import loading
from proxy.policy.bundle import Bundle
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
