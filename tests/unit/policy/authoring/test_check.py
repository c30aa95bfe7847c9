from __future__ import annotations

import pytest

from proxy.policy.authoring.check import check, draft, parsed, refuse, vocabulary
from proxy.policy.bundles import tree
from proxy.policy.faults import BundleRefusedError

GOOD = """package demo.rules.processor.dpa

import rego.v1

# METADATA
# title: No contract
# description: A processor works under a contract.
# related_resources:
#   - ref: https://example.org
# custom:
#   rule_id: processor.dpa
#   codes: [NO_DPA]
deny contains {"code": "NO_DPA"} if input.x
"""
TWIN = "package demo.rules.processor.dpa_test\n\nimport rego.v1\n\ntest_nothing if true\n"
PLACE = "rules/processor/dpa/dpa.rego"
TWIN_PLACE = "rules/processor/dpa/dpa_test.rego"


def problems(rego, files, overlay=None):
    found = check(tree.read(rego(files), rego(overlay, "ours") if overlay else None))
    return [(problem.module, problem.row, problem.code) for problem in found]


def test_good_tree_has_nothing_to_mend(rego):
    assert problems(rego, {PLACE: GOOD, TWIN_PLACE: TWIN}) == []


def test_good_overlay_has_nothing_to_mend(rego):
    rule = (
        GOOD.replace("demo.rules.processor.dpa", "org.dpa")
        .replace("processor.dpa", "org.dpa")
        .replace("NO_DPA", "OURS")
    )
    test = TWIN.replace("demo.rules.processor.dpa", "org.dpa")
    overlay = {"dpa/dpa.rego": rule, "dpa/dpa_test.rego": test}
    assert problems(rego, {PLACE: GOOD, TWIN_PLACE: TWIN}, overlay) == []


@pytest.mark.parametrize(
    ("old", "new", "row", "code"),
    [
        ("import rego.v1\n", "", 1, "rego_v1"),
        ("# title: No contract\n", "", 12, "metadata"),
        ("# description: A processor works under a contract.\n", "", 12, "metadata"),
        ("# related_resources:\n#   - ref: https://example.org\n", "", 11, "metadata"),
        ("#   rule_id: processor.dpa\n", "", 12, "metadata"),
        ("[NO_DPA]", "[NO_SUCH_CODE]", 13, "unknown_code"),
        ("if input.x", "if http.send(input.x)", 13, "impure_builtin"),
        ("if input.x", "if nonsense(input.x)", 13, "does_not_compile"),
        ("if input.x", "if input.x ]", 13, "does_not_parse"),
        ("if input.x", "if input.x ", 13, "format"),
        ("import rego.v1\n", "import rego.v1\nimport data.demo.words\n", 0, "unused_import"),
        ("import rego.v1\n", "import rego.v1\nimport data.demo.words as spoken\n", 0, "unused_import"),
    ],
)
def test_each_fault_has_its_place(rego, old, new, row, code):
    found = problems(rego, {PLACE: GOOD.replace(old, new), TWIN_PLACE: TWIN})
    assert (PLACE, row, code) in found


def test_missing_twin_is_a_fault(rego):
    assert problems(rego, {PLACE: GOOD}) == [(PLACE, 0, "no_test")]


def test_operational_code_needs_no_article(rego):
    source = GOOD.replace("NO_DPA", "OPERATION_UNSUPPORTED")
    source = source.replace("# related_resources:\n#   - ref: https://example.org\n", "")
    assert problems(rego, {PLACE: source, TWIN_PLACE: TWIN}) == []


def test_two_rules_with_one_id_are_a_fault(rego):
    other = GOOD.replace("dpa\n\nimport", "dpb\n\nimport")
    files = {PLACE: GOOD, TWIN_PLACE: TWIN, "rules/processor/dpb/dpb.rego": other}
    files["rules/processor/dpb/dpb_test.rego"] = TWIN.replace("dpa", "dpb")
    assert problems(rego, files) == [("rules/processor/dpb/dpb.rego", 13, "rule_id")]


def test_codes_that_no_rule_gives_are_unreachable(rego):
    source = GOOD.replace("package demo", "package compliance")
    found = problems(rego, {PLACE: source, TWIN_PLACE: TWIN.replace("demo", "compliance")})
    assert {code for _, _, code in found} == {"unreachable_code"}
    assert len(found) == len(vocabulary()["reason_codes"]) - 1


def test_overlay_outside_its_package_is_a_fault(rego):
    overlay = {"dpa/dpa.rego": GOOD.replace("processor.dpa", "x.dpa"), "dpa/dpa_test.rego": TWIN.replace("dpa", "x")}
    found = problems(rego, {PLACE: GOOD, TWIN_PLACE: TWIN}, overlay)
    assert ("overlay/dpa/dpa.rego", 1, "overlay") in found


def test_refuse_names_the_first_and_the_number(rego):
    found = tree.read(rego({PLACE: GOOD.replace("if input.x", "if input.x ")}))
    with pytest.raises(BundleRefusedError, match=r"dpa.rego.*\(and 1 more\)"):
        refuse(found, check(found))
    refuse(found, [])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("", "", None),
        ("import rego.v1\n", "", "rego_v1"),
        ("if input.x", "if {", "does_not_parse"),
        ("if input.x", 'if http.send({"url": "x"})', "impure_builtin"),
        ("# title: No contract\n", "", "metadata"),
        ("package org.dpa", "package compliance.dpa", "overlay"),
    ],
)
def test_a_draft_shows_of_its_own_files_what_the_whole_check_shows(rego, old, new, code):
    rule = (
        GOOD.replace("demo.rules.processor.dpa", "org.dpa")
        .replace("processor.dpa", "org.dpa")
        .replace("NO_DPA", "OURS")
    )
    overlay = {"dpa/dpa.rego": rule.replace(old, new), "dpa/dpa_test.rego": TWIN.replace("demo.rules.processor", "org")}
    whole = tree.read(rego({PLACE: GOOD + "\n\n", TWIN_PLACE: TWIN}), rego(overlay, "ours"))
    library, _ = parsed(whole.library().everything())
    found = draft(whole, library)
    assert {problem.code for problem in found} == ({code} if code else set())
    assert set(found) <= set(check(whole))
    assert {problem.module.split("/")[0] for problem in found} <= {"overlay"}
