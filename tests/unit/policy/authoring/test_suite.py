from __future__ import annotations

import pytest

from proxy.policy.authoring import suite
from proxy.policy.bundles import tree
from proxy.policy.faults import BundleRefusedError

MAIN = """package shop

import rego.v1

cheap if input.price < 10

dear if input.price > 100
"""
TESTS = """package shop_test

import rego.v1

import data.shop

test_cheap if shop.cheap with input as {"price": 3}

test_wrong if shop.cheap with input as {"price": 30}

test_cases[name] := passed if {
	some name, price in {"low": 1, "high": 20}
	passed := price < 10
}

test_clash := true

test_clash := false

test_data if data.data.rate == 2

test_prints if print("seen")

test_later if {
	price := 3
	price > 10
	price < 5
}

helper if true
"""


@pytest.fixture
def folder(rego):
    return rego({"main.rego": MAIN, "main_test.rego": TESTS, "data/rate.json": '{"rate": 2}'})


def test_run_reports_each_test(folder):
    ended = []
    report = suite.run(
        tree.read(folder), suite.folder_data(folder), ended=lambda result, total: ended.append((result.passed, total))
    )
    details = {result.case.name: (result.passed, result.detail) for result in report.results}
    assert details["test_cheap"] == (True, "")
    assert details["test_data"] == details["test_prints"] == (True, "")
    assert details["test_wrong"] == (False, 'undefined: line 9, test_wrong if shop.cheap with input as {"price": 30}')
    assert details["test_later"] == (False, "undefined: line 26, price > 10")
    assert details["test_cases"] == (False, "high")
    assert details["test_clash"][0] is False
    assert "eval_conflict_error" in details["test_clash"][1]
    assert len(ended) == len(report.results) == 7
    assert {total for _, total in ended} == {7}
    assert {result.case.name for result in report.failed} == {"test_wrong", "test_cases", "test_clash", "test_later"}


def test_run_names_the_place(folder):
    report = suite.run(tree.read(folder), {}, match="wrong")
    assert [(result.case.module, result.case.row) for result in report.results] == [("main_test.rego", 9)]


def test_coverage_counts_library_lines_alone(folder):
    report = suite.run(tree.read(folder), suite.folder_data(folder), coverage=True)
    assert set(report.lines) == {"main.rego"}
    assert report.lines["main.rego"].covered == {5}
    assert report.lines["main.rego"].coverable == {5, 7}
    assert (report.coverage(), report.coverage(overlay=True), report.least()) == (50.0, None, 50.0)


def test_no_coverage_asked_is_none(folder):
    assert suite.run(tree.read(folder), {}).least() == 0.0


@pytest.mark.parametrize("broken", ["main.rego", "main_test.rego"])
def test_broken_tree_is_refused(folder, broken):
    with (folder / broken).open("a", encoding="utf-8") as file:
        file.write("x if nonsense(1)\n")
    with pytest.raises(BundleRefusedError) as refused:
        suite.run(tree.read(folder), {})
    assert refused.value.reason == "does_not_compile"


def test_unparsable_test_is_refused_with_its_place(folder):
    (folder / "main_test.rego").write_text("package shop_test\n\nx := ]\n", encoding="utf-8")
    with pytest.raises(BundleRefusedError, match=r"main_test.rego:3"):
        suite.run(tree.read(folder), {})


def test_schemas_are_no_data(rego):
    folder = rego({"main.rego": MAIN, "schemas/input.json": '{"type": "object"}'})
    assert suite.folder_data(folder) == {}


FIXTURES = """package compliance.lib.fixtures_test

import rego.v1

decide(case) := {"price": case.input}

observed(answer) := {"price": answer.price, "cheap": answer.price < 10}
"""
CASES = """package goods_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {"as expected": {"input": 3, "expect": {"cheap": true}}, "too dear": {"input": 30, "expect": {"cheap": true, "price": 30}}}

test_cases if {
	every case in cases { object.filter(f.observed(f.decide(case)), object.keys(case.expect)) == case.expect }
}
"""


def test_a_failing_case_is_named_with_what_was_expected_and_what_came(rego):
    folder = rego({"fixtures_test.rego": FIXTURES, "goods_test.rego": CASES}, "cases")
    (failed,) = suite.run(tree.read(folder), {}).failed
    assert failed.detail == 'case "too dear": cheap: expected true, got false'
