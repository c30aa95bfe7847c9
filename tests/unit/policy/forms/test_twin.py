from __future__ import annotations

import re

from testing.house_rules import rego, results, single


def test_a_twin_fails_without_a_condition_of_its_rule():
    modules, tests, killed = {}, {}, ["package org.killed_test\n\nimport rego.v1\n"]
    for condition, way, written in single():
        name = written["id"]
        modules[f"overlay/{name}.rego"], _ = rego({**written, way: {}}, name=name)
        _, tests[f"overlay/{name}_test.rego"] = twin = rego(written, name=name)
        passes = [f"\tdata.org.{name}_test.{test}" for test in re.findall(r"^(test_\w+) if", twin[1], re.MULTILINE)]
        assert any(condition in test for test in passes)
        killed.append("\n".join([f"{name}_passes if {{", *passes, f"}}\n\ntest_{name} if not {name}_passes\n"]))
    tests["overlay/killed_test.rego"] = "\n".join(killed)
    tried = results(modules, tests, "org.killed_test")
    assert len(tried) == len(modules)
    assert [test.case.name for test in tried if not test.passed] == []
