from __future__ import annotations

import pytest

from proxy.policy.activation import proof
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.runtime.resources import shipped

pytestmark = pytest.mark.heavy


NOW = "2026-11-26T10:00:00Z"
RULE = """package org.house

import rego.v1

deny contains {"code": "HOUSE", "rule_id": "org.house", "citation": [], "evidence": []} if {
	%s
}
"""
QUICK = RULE.replace("org.house", "org.quick") % 'input.phase == "never"'
#: Some seconds of work for the engine, and no end in sight of a deadline of a tenth of one.
BUSY = "count([1 | some i in numbers.range(1, 4000); some j in numbers.range(1, 4000); i * j == 7]) > 0"


@pytest.fixture
def packed(tmp_path, data):
    """Write the library with an overlay's rule as a bundle."""

    def write(condition="", extra="", name="b.tar.gz"):
        modules = {**tree.read(shipped("policies")).modules, "overlay/quick/quick.rego": QUICK}
        if condition:
            modules["overlay/house/house.rego"] = RULE % condition + extra
        path = tmp_path / name
        path.write_bytes(bundle.build(tree.Tree(modules), data)[1])
        return path

    def of(source):
        modules = {**tree.read(shipped("policies")).modules, "overlay/house/house.rego": source}
        path = tmp_path / "of.tar.gz"
        path.write_bytes(bundle.build(tree.Tree(modules), data)[1])
        return path

    write.of = of
    return write


def refused(path, terms=None):
    with pytest.raises(BundleRefusedError) as error:
        proof.prove(path, None, terms or proof.ProofTerms(), NOW)
    return error.value


def test_the_library_decides_everything(packed):
    shown = proof.prove(packed(), None, proof.ProofTerms(), NOW)
    assert (shown.decided > 300, shown.changes) == (True, ())


def test_what_is_decided_differently_is_counted(packed):
    before = packed(name="a.tar.gz")
    shown = proof.prove(packed('input.data_subjects.regions[_].code == "GB"'), before, proof.ProofTerms(), NOW)
    assert 0 < shown.changed < shown.decided
    assert all("HOUSE" in what for what, _ in shown.changes)


@pytest.mark.parametrize("phase", ["request", "response", "cache_lookup", "tool_call"])
def test_a_rule_that_conflicts_is_refused_wherever_it_does(packed, phase):
    clash = f'\nmark := "a" if input.phase == "{phase}"\n\nmark := "b" if input.data_subjects.regions[_].code == "CN"\n'
    error = refused(packed('mark == "c"', clash))
    assert error.reason == "conflict"
    assert phase in error.detail


def test_a_rule_that_runs_on_is_refused_in_bounded_time(packed):
    error = refused(packed(f'input.activity.id == "faq"\n\t{BUSY}'), proof.ProofTerms(0.3))
    assert error.reason == "slow"
    assert "acme/faq" in error.detail
    assert error.detail.endswith("; slow: org.house")


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ("deny contains true", "house.rego:5: deny must contain objects"),
        ('deny contains true if input.phase == "cache_lookup"', "an element is a boolean"),
    ],
)
def test_an_answer_of_another_shape_is_refused(packed, answers, fault):
    error = refused(packed.of(f"package org.house\n\nimport rego.v1\n\n{answers}\n"))
    assert error.reason == "odd_answer"
    assert fault in error.detail


def test_an_answer_that_cannot_be_read_is_refused(packed, tmp_path, data):
    modules = dict(tree.read(shipped("policies")).modules)
    modules["main.rego"] = (
        modules["main.rego"]
        .replace('"action": "pin_local"', '"action": "perhaps"')
        .replace('action := "pin_local"', 'action := "perhaps"')
    )
    path = tmp_path / "odd.tar.gz"
    path.write_bytes(bundle.build(tree.Tree(modules), data)[1])
    assert refused(path).reason == "unreadable_decision"


def test_a_policy_without_a_decision_is_refused(tmp_path, data):
    path = tmp_path / "none.tar.gz"
    path.write_bytes(bundle.build(tree.Tree({"shop.rego": "package shop\n\nimport rego.v1\n\nx := 1\n"}), data)[1])
    assert refused(path).reason == "undecided"


def test_a_question_that_was_really_asked_is_asked_again(packed):
    asked = {
        **next(q for q in questions() if q["phase"] == "request"),
        "tenant": {"id": "only-in-the-log"},
    }
    path = packed(
        'input.tenant.id == "only-in-the-log"\n\tmark == 1',
        '\nmark := 1 if input.time\n\nmark := 2 if input.tenant.id == "only-in-the-log"\n',
    )
    proof.prove(path, None, proof.ProofTerms(), NOW)
    error = refused(path, proof.ProofTerms(2.0, [asked]))
    assert (error.reason, "only-in-the-log" in error.detail) == ("conflict", True)


def questions():
    from proxy.policy.decision import grid

    return grid.questions({}, NOW)
