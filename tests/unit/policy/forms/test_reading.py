from __future__ import annotations

import pytest

from proxy.policy.faults import BundleRefusedError
from proxy.policy.forms.reading import compiled

RULE = """\
title: Rules
rules:
  - id: one
    title: A rule
    description: Why it is there.
    source: {title: House policy 1, url: "https://intranet.example/1"}
    when: {origins: [NO, DE], streamed: true}
    deny: {message: "no: not now"}
"""


def refusal(source, name="house"):
    with pytest.raises(BundleRefusedError) as refused:
        compiled(name, source, "house.yaml")
    assert refused.value.reason == "form"
    return refused.value.detail.splitlines()


def test_a_rule_becomes_rego_and_a_twin():
    module, twin = compiled("house", RULE, "house.yaml")
    assert "package org.house\n" in module
    conditions = (
        '\tinput.operation.stream\n\t# origins, line: 7\n\tsome origin in facts.origins\n\torigin in {"DE", "NO"}\n'
    )
    assert conditions in module  # not false
    assert '"message": "no: not now",' in module
    assert twin.count("\ntest_one_") == 4


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "title: A rule\n",
            "title: A rule\n    titel: x\n",
            "house.yaml:5: unknown member titel of rules; did you mean title?",
        ),
        (
            "origins: [NO, DE]",
            "origin: [DE]",
            "house.yaml:7: unknown member origin of rules.when; did you mean origins?",
        ),
        (
            "origins: [NO, DE]",
            "origins: []",
            "house.yaml:7: rules.when.origins: List should have at least 1 item after",
        ),
        ("streamed: true", "streamed: maybe", "house.yaml:7: rules.when.streamed: Input should be a valid boolean"),
        (
            "    deny: {",
            "    pin: {to: [a]}\n    deny: {",
            "house.yaml:3: rules: a rule has exactly one of deny, pin, redact,",
        ),
        ("    deny: {", "    retian: {", "house.yaml:8: unknown member retian of rules; did you mean retain?"),
        (
            "    deny: {",
            "    unless: {origins: [FR]}\n    deny: {",
            "house.yaml:3: rules: origins: a condition is in 'when' or",
        ),
        (
            "    deny: {",
            "    unless: {targets: [a]}\n    pin: {to: [a], ",
            "house.yaml:3: rules: pin and prefer name their",
        ),
        ("id: one", "id: One Rule", "house.yaml:3: rules.id: String should match pattern"),
        ("    title: A rule", "    title: A rule\n    title: Another", "house.yaml:5: title is stated twice"),
        (
            "{origins: [NO, DE], ",
            "{origins: &places [NO], regimes: *places, ",
            "house.yaml:7: write it out: anchors are not",
        ),
        ("[NO, DE]", "[NO, DE", "house.yaml:7: expected"),
        ("https://intranet.example/1", "javascript:alert(1)", "house.yaml:6: rules.source.url: String should match"),
        ("title: A rule", 'title: "A rule\\ndeny := true"', "house.yaml:4: rules.title: String should match"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(old, new, line):
    assert any(fault.startswith(line) for fault in refusal(RULE.replace(old, new, 1)))


def test_all_that_is_wrong_is_named_at_once():
    faults = refusal(
        RULE.replace("origins", "origns").replace("streamed: true", "streamed: 3").replace("id: one", "id: 1")
    )
    assert len(faults) == 3


@pytest.mark.parametrize("source", ["", "[]", "rules: []", "a: b: c", "- &a [*a]", "title: x\nrules: [null, 7]"])
def test_what_is_no_form_is_refused(source):
    assert refusal(source)


def test_ids_are_distinct():
    assert "two rules have the id one" in refusal(RULE + RULE.split("rules:\n")[1])[0]


def test_a_name_that_is_no_package_is_refused():
    assert refusal(RULE, "House-Rules") == ["house.yaml: name the file in lower case, digits and underscores"]


def test_words_cannot_end_their_text():
    module, _ = compiled("house", RULE.replace("no: not now", 'say \\"no\\"\\n} if true\\n'), "house.yaml")
    assert '"message": "say \\"no\\"\\n} if true\\n",' in module
