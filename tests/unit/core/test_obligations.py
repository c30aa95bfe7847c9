"""The one table: complete, and everything that is told of obligations follows from it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core import obligations
from proxy.core.deidentification.operators import METHODS
from proxy.core.obligations import KINDS, PLACES, REDISCLOSURE, REDISCLOSURE_CITATION, TABLE, Phase
from proxy.core.records import Obligation, TargetVerdict
from proxy.core.statuses import Outcome
from proxy.runtime.resources import shipped
from testing import contracts
from testing.fakes import FakeDetector

DELIVERED = Outcome(200, "delivered", response_action="deliver")


def nodes(node):
    """Every object of a schema."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(child)


def enums(node):
    """Every closed set of obligation types in a schema."""
    if isinstance(node, dict):
        if "reidentify_response" in node.get("enum", ()):
            yield set(node["enum"])
        for child in node.values():
            yield from enums(child)
    elif isinstance(node, list):
        for child in node:
            yield from enums(child)


def test_it_holds_every_type_of_the_contract_once():
    contract = contracts.contract("vocabulary")["obligation_types"]
    assert [kind.type for kind in TABLE] == list(dict.fromkeys(kind.type for kind in TABLE))
    assert set(KINDS) == set(contract)


@pytest.mark.parametrize("name", ["decision", "input"])
def test_the_contracts_name_the_same_types(name):
    found = list(enums(contracts.contract(f"{name}.schema")))
    assert found
    assert all(types == set(KINDS) for types in found)


def test_the_overlay_may_oblige_to_each():
    source = (shipped("policies") / "lib" / "duties" / "duties.rego").read_text()
    [listed] = re.findall(r"^types := \{(.*?)\}", source, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r'"(\w+)"', listed)) == set(KINDS)


def test_what_policy_is_told():
    assert set(KINDS) - set(obligations.supported("request")) == {"block_content"}
    assert obligations.supported("response") == (
        "human_oversight", "log", "notify", "post_review", "redact", "retain",
    )  # fmt: skip
    assert obligations.TRANSFORMS == ("redact", "deidentify", "pseudonymize", "generalize", "mask")


@pytest.mark.parametrize(
    ("kind", "params", "can"),
    [
        ("log", {}, True), ("log", {"level": "metadata"}, True), ("log", {"level": "content"}, False),
        ("retain", {"min_days": 400}, True), ("retain", {"min_days": 2190.0}, True), ("retain", {}, False),
        ("retain", {"min_days": 0}, False), ("retain", {"min_days": -1}, False), ("retain", {"min_days": 1.5}, False),
        ("retain", {"min_days": True}, False), ("retain", {"min_days": "400"}, False),
        ("retain", {"min_days": 1e9}, False), ("retain", {"min_days": 400, "max_days": 500}, False),
        ("reidentify_response", {"boundary": "in_region"}, True), ("reidentify_response", {"boundary": "eu"}, False),
        ("restrict_fallback", {}, True), ("restrict_fallback", {"targets": ["a"]}, True),
        ("restrict_fallback", {"targets": "a"}, False), ("block_content", {}, False), ("levitate", {}, False),
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_obeyed(kind, params, can):
    assert obligations.is_supported(Obligation("o", kind, params=params), "request") is can


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("phase", ["request", "response"])
@given(name=st.text(min_size=1))
@example("date_shift")
def test_what_nothing_performs_is_not_supported(kind, phase, name):
    duty = Obligation("o", kind.type, profile="hipaa_safe_harbor" if kind.type == "deidentify" else "")
    if kind.params is not None:
        assert not obligations.is_supported(replace(duty, params={name: 1}), phase)
    if name not in kind.methods:
        assert not obligations.is_supported(replace(duty, method=name), phase)
    if kind.type != "deidentify":
        assert not obligations.is_supported(replace(duty, profile=name), phase)


def test_each_method_is_performed():
    named = {method for kind in TABLE for method in kind.methods}
    assert named == set(METHODS)
    listed = [node for node in nodes(contracts.contract("decision.schema")) if "partial_mask" in node.get("enum", ())]
    assert [set(node["enum"]) for node in listed] == [named]
    assert [kind.type for kind in TABLE if kind.methods] == ["redact", "pseudonymize", "generalize", "mask"]
    for method in named - {"remove"}:
        assert not obligations.is_supported(Obligation("o", "redact", method=method), "response")
    assert obligations.is_supported(Obligation("o", "redact", method="remove"), "response")


@pytest.mark.parametrize("more", [{"method": "hmac"}, {"profile": "pci"}])
def test_an_operator_of_ones_own_is_the_method(more):
    duty = Obligation("o", "redact", params={"operator": "acme", "prefix": 1})
    assert obligations.is_supported(duty, "request")
    assert not obligations.is_supported(replace(duty, **more), "request")
    assert not obligations.is_supported(duty, "response")


def verdict(*types, on="permit"):
    return TargetVerdict("a", True, 0, (), tuple(Obligation(type_, type_, on=on) for type_ in types))


@pytest.mark.parametrize(
    ("outcome", "done"),
    [
        (DELIVERED, True), (Outcome(403, "denied", response_action="block"), True),
        (Outcome(400, "delivered", "target_refused"), False), (Outcome(502, "failed"), False),
        (Outcome(200, "cut"), False), (Outcome(499, "client_gone"), False),
    ],
)  # fmt: skip
def test_what_is_obliged_of_the_reply_is_fulfilled_when_one_was_judged(outcome, done):
    sent = verdict("response_scan", "stream_guard", "reidentify_response")
    assert obligations.fulfilment(sent, (), outcome)[not done] == [one.id for one in sent.obligations]


@pytest.mark.parametrize("kind", [kind for kind in TABLE if kind.phase not in {Phase.REPLY, Phase.FALLBACK}])
def test_nothing_is_fulfilled_that_was_not_carried_out(kind):
    assert obligations.fulfilment(verdict(kind.type), (), DELIVERED) == ([], [kind.type])
    assert obligations.fulfilment(verdict(kind.type), (kind.type,), DELIVERED) == ([kind.type], [])
    assert obligations.fulfilment(verdict(kind.type, on="deny"), (), DELIVERED) == ([], [])


def test_the_largest_minimum_stands_and_every_restriction_counts():
    kept = [Obligation("r", "retain", params={"min_days": days}) for days in (400, 2190, 183)]
    assert obligations.retention_days([TargetVerdict("a", True, 0, (), tuple(kept)), verdict("log")]) == 2190
    assert obligations.retention_days([TargetVerdict("a", False, 0, ("NO_DPA",), tuple(kept[:1]))]) == 400
    assert obligations.retention_days([verdict("log")]) == 0
    named = [Obligation("f", "restrict_fallback", params={"targets": targets}) for targets in (["a", "b"], ["b", "c"])]
    assert obligations.fallback_targets(TargetVerdict("a", True, 0, (), tuple(named))) == {"b"}
    assert obligations.fallback_targets(verdict("restrict_fallback")) == frozenset()
    assert obligations.fallback_targets(verdict("log")) is None


def test_each_obligation_narrows_where_originals_return():
    one = Obligation("a", "reidentify_response", params={"in": ["text", "addresses"], "origins": ["https://a.test"]})
    two = Obligation(
        "b", "reidentify_response", params={"in": ["text", "declared_tools"], "origins": ["https://b.test"]}
    )
    card = Obligation("c", "mask", params={"restore": "exchange", "in": ["declared_tools"]})
    denied = Obligation("d", "reidentify_response", on="deny", params={"in": []})
    verdict = TargetVerdict("t", True, 0, (), (one, two, card, denied, Obligation("e", "redact")))
    assert obligations.restoration(verdict) == (
        {"text"}, {"declared_tools"}, {"https://a.test", "https://b.test"}
    )  # fmt: skip
    assert obligations.restoration(TargetVerdict("t", True, 0, (), ())) == (PLACES, PLACES, frozenset())


@pytest.mark.parametrize(
    ("params", "supported"),
    [
        ({}, True), ({"in": []}, True), ({"in": ["text", "addresses", "declared_tools"]}, True), ({"in": ["words"]}, False),
        ({"in": "text"}, False), ({"in": [1]}, False), ({"origins": ["https://*.a.test:8443"]}, True), ({"origins": ["a.test"]}, False),
        ({"origins": ["https://a.test/x"]}, False), ({"origins": "https://a.test"}, False), ({"at": ["text"]}, False),
    ],
)  # fmt: skip
def test_places_and_origins_of_restoration(params, supported):
    assert obligations.is_supported(Obligation("a", "reidentify_response", params=params), "request") is supported


def test_the_statement_is_the_one_of_the_law_and_names_nobody():
    assert REDISCLOSURE == "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert REDISCLOSURE_CITATION == "42 CFR 2.32(a)(2)"
    assert FakeDetector().scan(REDISCLOSURE) == ()
