from __future__ import annotations

import pytest

from proxy.policy.bundles.bundle import Bundle
from proxy.policy.engine import syntax
from proxy.policy.engine.syntax import ModuleError, RegoParser
from proxy.policy.faults import BundleRefusedError

SOURCE = """# METADATA
# title: A package
package rules.x

import rego.v1
import data.lib.regions

# METADATA
# title: A rule
# custom:
#   rule_id: x.one
#   codes: [NO_DPA]
deny contains {"code": "NO_DPA"} if {
	regions.home(input.place)
	input.deep.er == "word"
}

default quiet := false

twice(n) := n * 2
"""


@pytest.fixture
def parser():
    made = RegoParser()
    yield made
    made.close()


def test_parse_finds_rules_with_rows_and_metadata(parser):
    module = parser.parse("x.rego", SOURCE)
    assert module.package == "rules.x"
    assert module.metadata["title"] == "A package"
    assert module.imports == ("rego.v1", "data.lib.regions")
    deny, quiet, twice = module.rules
    assert (deny.name, deny.row, deny.metadata["custom"]["codes"]) == ("deny", 13, ["NO_DPA"])
    assert (quiet.row, quiet.default, quiet.metadata) == (18, True, {})
    assert (twice.row, twice.function) == (20, True)
    assert {"NO_DPA", "word"} <= deny.strings


@pytest.mark.parametrize(
    ("body", "builtin"),
    [
        ('x := http.send({"method": "get", "url": "https://x"})', "http.send"),
        ("x := opa.runtime().env", "opa.runtime"),
        ("x if time.now_ns() > 1", "time.now_ns"),
        ('x := [y | y := net.lookup_ip_addr("a")]', "net.lookup_ip_addr"),
        ('x if {\n\tcount({"url": "https://x"}) with count as http.send\n}', "http.send"),
        ('x := 1 if false\n\nelse := rand.intn("a", 5)', "rand.intn"),
        ("f(v) := http.send(v)", "http.send"),
    ],
)
def test_impure_builtins_are_found_wherever_they_stand(parser, body, builtin):
    module = parser.parse("x.rego", f"package x\nimport rego.v1\n{body}\n".replace("\n\nelse", " else"))
    assert module.impure() == (builtin,)


def test_pure_builtins_are_not_impure(parser):
    source = 'package x\nimport rego.v1\nx if net.cidr_contains("10.0.0.0/8", input.ip)\n'
    assert parser.parse("x.rego", source).impure() == ()


def test_a_module_is_parsed_once_under_one_name(parser):
    once = parser.parse("a.rego", "package once\n")
    assert parser.parse("a.rego", "package once\n") is once
    assert parser.parse("b.rego", "package once\n").name == "b.rego"
    assert parser.parse("a.rego", "package twice\n").package == "twice"


def test_parse_error_has_its_row(parser):
    with pytest.raises(ModuleError) as error:
        parser.parse("x.rego", "package x\n\nimport rego.v1\n\nx if input.y ] 1\n\ny := 2\n")
    assert error.value.row == 5


def bundle(source, **data):
    return Bundle("compliance", "r1", {"main.rego": f"package compliance\nimport rego.v1\n{source}\n"}, data, "")


def test_load_gives_an_engine():
    with syntax.load(bundle("decision := data.word", word="yes")) as engine:
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
        syntax.load(bundle(source))
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
        syntax.refuse_impure({"a.rego": "package a\nx := 1\n", "b.rego": f"package b\nimport rego.v1\n{body}\n"})
    assert refused.value.reason in {"impure_builtin", "does_not_parse"}


@pytest.mark.parametrize("body", ["x := json.marshal(input)", "x := 1 # http.send", 'x := {"json.verify_schema": 1}'])
def test_what_only_looks_like_it_is_not(body):
    syntax.refuse_impure({"b.rego": f"package b\nimport rego.v1\n{body}\n"})
