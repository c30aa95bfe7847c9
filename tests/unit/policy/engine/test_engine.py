from __future__ import annotations

import pytest

from proxy.policy.engine.engine import (
    COMPILE_ERROR,
    EngineError,
    PolicyEngine,
    UndefinedError,
    available,
    reference,
    version,
)

SOURCE = """package shop
import rego.v1
price := input.units * data.rate
cheap if price < 10
clash := 1 if input.units
clash := 2 if input.units
noise if print("seen", input.units)
"""


@pytest.fixture
def engine():
    with PolicyEngine({"shop.rego": SOURCE}, {"rate": 2, "odd-key": {"a b": 3}}) as made:
        yield made


def test_evaluate_with_input_and_data_gives_value(engine):
    assert engine.evaluate("shop/price", b'{"units": 4}') == 8


def test_evaluate_with_odd_path_segments_gives_value(engine):
    assert engine.evaluate("odd-key/a b", b"") == 3


def test_evaluate_undefined_raises_undefined(engine):
    with pytest.raises(UndefinedError):
        engine.evaluate("shop/cheap", b'{"units": 40}')


def test_evaluate_conflicting_rules_raises_conflict(engine):
    with pytest.raises(EngineError, match="eval_conflict_error"):
        engine.evaluate("shop/clash", b'{"units": 1}')


def test_run_with_coverage_names_reached_lines(engine):
    lines = engine.run("shop/cheap", b'{"units": 1}', coverage=True).lines["shop.rego"]
    assert {3, 4} <= lines.covered
    assert {5, 6} & lines.covered == set()
    assert {3, 4, 5, 6} <= lines.coverable


def test_run_keeps_prints(engine):
    assert engine.run("shop/noise", b'{"units": 7}').prints == ("shop.rego:7: seen 7",)


def test_module_that_does_not_compile_is_refused():
    with pytest.raises(EngineError, match="unsafe"):
        PolicyEngine({"a.rego": "package a\nimport rego.v1\nx := y if z"}, {})


def test_modules_that_do_not_compile_are_refused_with_a_path_too():
    with pytest.raises(EngineError, match="unsafe"):
        PolicyEngine({"a.rego": "package a\nimport rego.v1\nx := y if z"}, {}, path="a/x")


def test_a_path_that_clashes_without_an_input_is_no_fault_of_the_modules():
    clash = "package a\nimport rego.v1\nx := 1 if not input.y\nx := 2"
    with PolicyEngine({"a.rego": clash}, {}, path="a/x") as engine:
        assert engine.evaluate("a/x", b'{"y": 1}') == 2


def test_without_a_path_the_first_query_finds_what_does_not_compile():
    with PolicyEngine({"a.rego": "package a\nimport rego.v1\nx := y if z"}, {}, path=None) as engine:
        with pytest.raises(EngineError, match="unsafe") as refused:
            engine.query("1 == 1")
        assert refused.value.code == COMPILE_ERROR


def test_data_that_a_rule_would_shadow_is_refused():
    with pytest.raises(EngineError, match="conflicting rule"):
        PolicyEngine({"a.rego": "package a\nimport rego.v1\nx := 1"}, {"a": {"x": 2}})


def test_queries_are_bounded():
    with PolicyEngine({"shop.rego": SOURCE}, {}, max_queries=2) as engine:
        engine.evaluate("shop/noise", b'{"units": 1}')
        with pytest.raises(EngineError, match="too many"):
            engine.query("1 == 1")


def test_closed_engine_is_refused(engine):
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.evaluate("shop/price", b"{}")


def test_nul_in_source_is_refused():
    with pytest.raises(EngineError, match="NUL"):
        PolicyEngine({"a.rego": "package a\0b"}, {})


def test_reference_quotes_every_segment():
    assert reference("a/b-c/x y") == 'data["a"]["b-c"]["x y"]'


def test_version_names_the_packaged_engine():
    assert available()
    assert version().startswith("opa-embedded/1.")
