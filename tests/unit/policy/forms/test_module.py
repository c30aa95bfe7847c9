from __future__ import annotations

import pytest

from proxy.policy.authoring import suite
from proxy.policy.authoring.check import check
from proxy.policy.bundles import tree
from proxy.policy.forms.form import Conditions
from testing.house_rules import EFFECTS, LIBRARY, TRUE, rego, results, rule, single, value

EXAMPLES = LIBRARY / "examples" / "org"


def test_every_condition_and_effect_is_written_as_an_author_would_and_passes_its_twin():
    everything = {condition: value(condition) for condition in Conditions.model_fields if condition not in TRUE}
    rules = [written for *_, written in single()]
    rules += [rule(f"{effect}_alone", effect) for effect in EFFECTS]
    rules += [rule(f"{effect}_all", effect, when=everything) for effect in EFFECTS if effect not in {"pin", "prefer"}]
    module, twin = rego(*rules)
    tests = results({"overlay/house.rego": module}, {"overlay/house_test.rego": twin})
    assert [(test.case.name, test.detail) for test in tests if not test.passed] == []
    assert len(tests) > 2 * len(rules)
    library = tree.read(LIBRARY)
    overlaid = tree.Tree({**library.modules, "overlay/house.rego": module}, {"overlay/house_test.rego": twin})
    assert [problem for problem in check(overlaid) if problem.module.startswith("overlay/")] == []


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir()))
def test_the_example_overlays_pass(example):
    read = tree.read(LIBRARY, EXAMPLES / example)
    report = suite.run(read, suite.folder_data(LIBRARY), match="org.", library=False)
    assert report.results
    assert not report.failed
    assert [problem for problem in check(read) if problem.module.startswith("overlay/")] == []
