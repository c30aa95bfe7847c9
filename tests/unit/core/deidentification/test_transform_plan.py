"""Which rule holds for an entity type, and whether its operator makes the same in every request."""

from __future__ import annotations

import pytest

from proxy.core.deidentification.operators import pseudonymize, redact
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import PUBLIC, Finding
from proxy.core.records import Obligation

KINDS = {"PERSON": "direct", "PIN": "sad", "HEALTH_CONDITION": "attr"}


def plan(*obligations, **terms):
    return TransformPlan(obligations, KINDS, TransformTerms(year=2026, **terms))


def test_the_strictest_rule_of_a_type_holds_whatever_the_order():
    wide, named = Obligation("p", "pseudonymize"), Obligation("r", "redact", entities=("PERSON",))
    for obligations in ((wide, named), (named, wide)):
        made = plan(*obligations)
        assert (made.rule("PERSON").obligation, made.rule("PIN").obligation) == ("r", "p")
    assert plan(wide).rule("HEALTH_CONDITION") is None


@pytest.mark.parametrize(
    ("obligation", "terms", "operator"),
    [
        (Obligation("p", "pseudonymize"), {}, pseudonymize),
        (Obligation("r", "redact"), {}, redact),
        (Obligation("r", "redact", params={"restore": "exchange"}), {}, None),
        (Obligation("d", "deidentify", profile="hipaa_safe_harbor"), {}, None),
        (Obligation("o", "redact", params={"operator": "own"}), {"operators": {"own": lambda _: lambda *_: "x"}}, None),
    ],
    ids=["pseudonym", "label", "restored", "random", "own"],
)
def test_an_operator_lasts_unless_it_is_restored_random_or_the_deployments_own(obligation, terms, operator):
    assert plan(obligation, **terms).lasting_operator("PERSON") is operator


def test_public_figures_are_reached_only_where_an_obligation_includes_them():
    figure = Finding("PERSON", 0, 5, 0.9, "test", PUBLIC)
    assert not plan(Obligation("p", "pseudonymize")).reaches(figure)
    assert plan(Obligation("p", "pseudonymize", params={"public_figures": "included"})).reaches(figure)


def test_short_values_spread_only_where_they_are_secret():
    made = plan(Obligation("p", "pseudonymize"))
    assert [made.spreads("PERSON", "Bo "), made.spreads("PERSON", "Anna"), made.spreads("PIN", "737")] == [
        False,
        True,
        True,
    ]
