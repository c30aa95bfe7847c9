from __future__ import annotations

import pytest

from proxy.policy.authoring.advice import advice
from proxy.policy.authoring.check import check
from proxy.policy.bundles import tree
from proxy.runtime.resources import shipped

pytestmark = pytest.mark.heavy

HEAD = """package org.house

import rego.v1

import data.compliance.lib.facts
import input.classification as classification

"""
DENY = """# METADATA
# title: A rule
# description: It denies.
# related_resources:
#   - ref: https://example.org
# custom:
#   rule_id: house.rule
deny contains {"code": "HOUSE", "target": id} if {
	some id, target in facts.registered
	%s
}
"""
TWIN = "package org.house_test\n\nimport rego.v1\n\ntest_nothing if true\n"
#: The line of a rule's condition.
ROW = 17


def of(source):
    library = tree.read(shipped("policies"))
    modules = {**library.modules, "overlay/house.rego": source}
    return tree.Tree(modules, {"overlay/house_test.rego": TWIN})


def problems(source):
    found = check(of(source))
    return [(p.row, p.code, p.message) for p in found if p.code in {"unknown_reference", "unused_rule"}]


def warnings(source, data):
    return [(p.row, p.message) for p in advice(of(source), data) if p.code == "unknown_value"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('input.tenat.id == "a"', "input has no member tenat; did you mean tenant?"),
        ("input.tenant.us_persons == true", "input.tenant has no member us_persons; did you mean us_person?"),
        ('input.phase.name == "request"', "input.phase is text and has no member name"),
        ('input.candidates.target == "a/b"', "input.candidates is a list and has no member target"),
        ('input.candidates[_].trget == "a/b"', "input.candidates has no member trget; did you mean target?"),
        ('input.candidates[0].target.id == "a/b"', "input.candidates.target is text and has no member id"),
        ("some e in input.classification.entities\n\te.typ == 1", "has no member typ; did you mean type?"),
        ("some n, e in input.classification.entities\n\te.cnt > n", "has no member cnt"),
        ("every e in classification.entities { e.max_confidenc > 0.5 }", "has no member max_confidenc"),
        ("count([e | some e in classification.entitys]) > 0", "has no member entitys; did you mean entities?"),
        ("not input.data_subject.restricted", "input has no member data_subject; did you mean data_subjects?"),
        ("c := input.data_subjects\n\tc.minors == 1", "input.data_subjects has no member minors; did you mean minor?"),
        ("data.target[id]", "data has no member target; did you mean targets?"),
        ("data.targets[id].training == true", "data.targets has no member training"),
        ("target.dpa.signed == true", "data.targets.dpa has no member signed; did you mean signed_on?"),
        ('facts.tenant.sectr == "bank"', "data.tenants has no member sectr; did you mean sector?"),
        ("data.activities[input.activity.id].hr == true", "data.activities has no member hr"),
        ("some provider in facts.provider\n\tprovider.country", "data.providers has no member country"),
        ("data.config.treshold > 0.5", "data.config has no member treshold; did you mean threshold?"),
        ("data.hipaa.zip_restricted", "data.hipaa has no member zip_restricted; did you mean zip3_restricted?"),
        ("data.doj.thresholds.biometric > 1", "data.doj has no member thresholds"),
        ("facts.persnal", "compliance.lib.facts has no rule persnal; did you mean personal?"),
        ("data.compliance.lib.fact.personal", "there is no package compliance.lib.fact.personal"),
        ("data.org.annex.rule", "there is no package org.annex.rule"),
        ("data.org.house.helpr", "org.house has no rule helpr"),
    ],
)
def test_a_reference_to_what_cannot_be_is_a_problem_with_line_and_remedy(condition, message):
    row = ROW + condition.count("\n")
    assert [(row, "unknown_reference")] == [
        (at, code) for at, code, text in problems(HEAD + DENY % condition) if message in text
    ]


@pytest.mark.parametrize(
    "condition",
    [
        'input.ext.anything.at.all == "x"', 'facts.tenant.ext.cost_centre == "x"', "input.candidates[_].available == true",
        "some e in classification.entities\n\te.type\n\te.paths[0]", "data.targets[id].dpa.status", "data.bundle.revision",
        "data.regions.EEA.members[_]", "data.adequacy.eu[_].from", "data.org[_].deny[_].code",
        'x := target["dpa"]\n\tx.ref', "facts.personal", 'data.compliance.lib.regions.eea("DE")',
        "walk(input, [path, value])\n\tpath[0] == value", "some x in [1, 2]\n\tx.y", 'input["phase"]',
    ],
)  # fmt: skip
def test_a_reference_to_what_can_be_is_none(condition):
    assert problems(HEAD + DENY % condition) == []


def test_an_import_of_no_package_is_a_problem():
    source = HEAD.replace("lib.facts", "lib.fatcs as facts") + DENY % "true"
    assert (5, "unknown_reference", "there is no package compliance.lib.fatcs") in problems(source)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("denies contains 1 if input.phase", "nothing asks for the rule denies; did you mean deny?"),
        ("obligate contains 1 if input.phase", "nothing asks for the rule obligate; did you mean oblige?"),
        ("helper(x) if x == 1", "nothing asks for the rule helper"),
        ("waiveable := {1}", "nothing asks for the rule waiveable; did you mean waivable?"),
    ],
)
def test_a_rule_that_nothing_asks_for_is_a_problem(rule, message):
    assert [
        text for _, code, text in problems(f"{HEAD}{DENY % 'facts.personal'}\n{rule}\n") if code == "unused_rule"
    ] == [message]


@pytest.mark.parametrize(
    "use", ["helper", "helper2(1)", "data.org.house.helper", "not helper", "x := [1 | helper]\n\tcount(x) > 0"]
)
def test_a_rule_that_another_asks_for_is_none(use):
    helpers = "helper if input.phase\n\nhelper2(x) if {\n\tx == 1\n\thelper\n}\n"
    source = f"{HEAD}{DENY % f'{use}{chr(10)}{chr(9)}helper2(2)'}\n{helpers}"
    assert problems(source) == []


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('input.phase == "reqest"', 'input.phase is never "reqest"; did you mean request?'),
        ('"respons" == input.phase', 'input.phase is never "respons"; did you mean response?'),
        ('input.phase in {"request", "cachelookup"}', 'input.phase is never "cachelookup"; did you mean cache_lookup?'),
        ('"helth" in facts.categories', 'is never "helth"; did you mean health?'),
        ('some c in facts.categories\n\tc == "heelth"', 'is never "heelth"; did you mean health?'),
        ('"GDRP" in facts.regimes', 'regimes is never "GDRP"; did you mean GDPR?'),
        ('input.classification.entities[_].type == "PERSONN"', 'is never "PERSONN"; did you mean PERSON?'),
        ('input.activity.id != "fqa"', 'input.activity.id is never "fqa"; did you mean faq?'),
        ('facts.activity.id == "fqa"', 'data.activities.id is never "fqa"; did you mean faq?'),
        ('input.tenant.id in ["acme", "acne"]', 'input.tenant.id is never "acne"; did you mean acme?'),
        ('target.operator == "third-party"', 'data.targets.operator is never "third-party"; did you mean third_party?'),
        ('target.dpa.status == "sgined"', 'data.targets.dpa.status is never "sgined"; did you mean signed?'),
        ('input.data_subjects.minor == "true"', 'input.data_subjects.minor is never "true"'),
        ('input.actor.type == "servce"', 'input.actor.type is never "servce"; did you mean service?'),
        ('input.operation.name == "chats"', 'input.operation.name is never "chats"; did you mean chat?'),
    ],
)
def test_a_comparison_with_what_never_is_is_a_warning_with_a_remedy(data, condition, message):
    assert [text for _, text in warnings(HEAD + DENY % condition, data) if message in text]


@pytest.mark.parametrize(
    "condition",
    ['input.phase == "request"', '"health" in facts.categories', 'input.ext.x == "y"', 'facts.tenant.sector == "bank"', 'input.time < "2027"'],
)  # fmt: skip
def test_a_comparison_with_what_may_be_is_none(data, condition):
    assert warnings(HEAD + DENY % condition, data) == []


def test_the_library_and_the_examples_refer_to_what_can_be():
    found = check(tree.read(shipped("policies"), shipped("policies") / "examples" / "org"))
    assert [problem for problem in found if problem.code in {"unknown_reference", "unused_rule"}] == []
