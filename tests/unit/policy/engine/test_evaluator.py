from __future__ import annotations

import pytest

from proxy.policy.bundles import bundle
from proxy.policy.engine.engine import EngineError, UndefinedError
from proxy.policy.engine.evaluator import Evaluator, unavailable
from proxy.policy.faults import BundleRefusedError

MAIN = """package compliance
import rego.v1
decision := {"action": data.word, "revision": data.bundle.revision} if input.kind == "good"
decision := 7 if input.kind == "number"
decision := {"a": 1} if input.kind == "clash"
decision := {"a": 2} if input.kind == "clash"
"""
DATA = {"revision": "d1", "word": "forward"}


@pytest.fixture
def folder(rego):
    return rego({"main.rego": MAIN})


def test_decide_gives_the_document_with_its_revision(folder):
    with Evaluator.open(folder, None, DATA) as evaluator:
        answer = evaluator.decide({"kind": "good"})
        assert answer == {"action": "forward", "revision": evaluator.revision}


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("none", UndefinedError, "undefined"),
        ("number", EngineError, "wrong_shape"),
        ("clash", EngineError, "eval_error"),
    ],
)
def test_no_decision_is_an_error_and_an_outcome(folder, kind, error, code):
    with Evaluator.open(folder, None, DATA) as evaluator:
        with pytest.raises(error) as raised:
            evaluator.decide({"kind": kind})
        assert raised.value.code == code
        assert evaluator.outcome({"kind": kind}) == unavailable(code)


def test_over_uses_other_data(folder):
    with Evaluator.open(folder, None, DATA) as evaluator, evaluator.over({**DATA, "word": "block"}) as other:
        assert other.decide({"kind": "good"})["action"] == "block"
        assert other.revision != evaluator.revision


def test_open_bundle_uses_its_own_data(folder, tmp_path):
    info = bundle.write(tmp_path / "b.tar.gz", folder, None, DATA)
    with Evaluator.open(tmp_path / "b.tar.gz", None, None) as evaluator:
        assert evaluator.revision == info.revision
        assert evaluator.decide({"kind": "good"})["action"] == "forward"


def test_policy_that_does_not_compile_is_refused(rego):
    with pytest.raises(BundleRefusedError):
        Evaluator.open(rego({"main.rego": "package compliance\nimport rego.v1\nx := y if z\n"}), None, DATA)


def test_decide_over_replaces_evidence_for_one_decision(library, facts, data):
    from proxy.policy.decision.document import input_document

    document = input_document(facts(), "r", 1_795_600_800.0)
    data["targets"]["near/eu"]["training_use"] = True
    assert library.decide(document)["selected_target"] == "near/eu"
    assert library.decide_over(document, data)["selected_target"] == "own/eu"
    assert library.decide(document)["selected_target"] == "near/eu"
