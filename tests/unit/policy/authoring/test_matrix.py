"""What carries each flow, until when, and what two days of law change: decided by the library over a small registry."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from proxy.catalog.load import change_dates, data_document
from proxy.catalog.models import RegistryDocument
from proxy.core.targets.canary import Move
from proxy.policy.authoring import matrix
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped

LEGAL = json.loads((shipped("policies") / "data" / "legal.json").read_text())


def target(place, **more):
    return {
        "provider": "house", "operator": "third_party", "deployment": "regional", "processing_regions": [place],
        "storage_regions": [place], "operations": ["chat"], "retention_days": 0, "training_use": False,
        "dpa": {"status": "signed"}, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def evaluator():
    registry = {
        "as_of": "2026-11-24",
        "providers": {"house": {"legal_name": "House", "parent_country": "FR", "doj_covered_person": False}},
        "targets": {
            "us": target("US", operations=["chat", "embedding"], scc={"status": "signed", "decision": "(EU) 2021/914", "expires": "2026-12-20", "tenants": ["berlin"]},
                         tia={"result": "pass", "expires": "2027-06-30", "tenants": ["berlin"]}),
            "fr": target("FR"),
        },
        "tenants": {
            "berlin": {"establishments": ["DE"]},
            "santiago": {"establishments": ["CL"], "instruments": [
                {"kind": "cl_clauses", "targets": ["fr"], "status": "signed", "signed_on": "2026-11-01"}]},
        },
        "activities": {name: {"purpose": name, "legal_basis": "A6-1-b"} for name in ("ask", "write")}
        | {"staff": {"purpose": "staff", "legal_basis": "A6-1-b", "hr_data": True}},
    }  # fmt: skip
    data = data_document(RegistryDocument.model_validate(registry), LEGAL)
    with Evaluator.open(shipped("policies"), None, data) as opened:
        yield opened


def test_each_flow_says_what_carries_it_until_when_and_what_is_then(evaluator):
    later = [day for day in change_dates(evaluator.data) if "2026-12-01" < day <= "2026-12-23"]
    rows = matrix.with_ends(evaluator, "2026-12-01", later)
    carriage = rows[matrix.CarriedFlow("berlin", "ask", "DE", "us")]
    assert (matrix.shown(carriage), carriage.until) == ("GDPR US eu-gdpr:A46-2-c", "2026-12-20")
    assert matrix.shown(carriage.then) == "ADEQUACY_SCOPE, TRANSFER_NO_BASIS"
    assert matrix.shown(rows[matrix.CarriedFlow("berlin", "write", "DE", "fr")]) == "no transfer"
    assert rows[matrix.CarriedFlow("berlin", "write", "DE", "fr")].then is None
    assert len(rows) == 2 * 3 * 2


def test_two_days_of_law_are_compared(evaluator):
    changed = [(day, name) for day, name, what in matrix.changes(evaluator.data, "2026-11-30", "2026-12-02")]
    assert ("2026-12-01", "CL") in changed
    assert {name for day, name in changed if day == "2026-12-02"} >= {"AI Act Art. 5 child_abuse_imagery"}
    before, after = (
        matrix.carriages(evaluator, matrix.questions(evaluator.data, day)) for day in ("2026-11-30", "2026-12-02")
    )
    flows = {flow.target: matrix.shown(after[flow]) for flow in before if before[flow] != after[flow]}
    assert flows == {"us": "TRANSFER_NO_BASIS", "fr": "CL FR cl-ley:A27-clauses"}


def test_a_law_that_was_read_too_long_ago_or_has_a_question_is_stale(evaluator):
    assert list(matrix.stale(evaluator.data, dt.date(2026, 12, 1))) == []
    named = dict(matrix.stale(evaluator.data, dt.date(2026, 12, 31)))
    assert named.keys() >= {"GDPR", "CL"}


def test_a_move_keeps_what_policy_does_not_permit_at_the_new_target(evaluator):
    kept = matrix.kept(evaluator, "2026-12-01", Move("fr", "us"))
    flows = {(flow.tenant, flow.activity) for flow in kept}
    assert {tenant for tenant, _ in flows} == {"santiago"}
    assert all(carriage.codes and flow.target == "us" for flow, carriage in kept.items())
    assert matrix.kept(evaluator, "2026-12-01", Move("fr", "us", "berlin")) == {}
    assert matrix.kept(evaluator, "2026-12-01", Move("fr", "fr")) == {}
    assert {flow.tenant for flow in matrix.kept(evaluator, "2026-12-21", Move("fr", "us"))} == {"berlin", "santiago"}


@pytest.mark.parametrize(
    ("when", "asked", "stays"),
    [
        ({"activities": ["write"]}, {}, {"write"}),  # alike to ask, but for its name
        ({"purposes": ["write"]}, {}, {"write"}),
        ({"models": ["gpt-5*"]}, {}, set()),
        ({"models": ["gpt-5*"]}, {"model": "gpt-5-mini"}, {"ask", "write", "staff"}),
        ({"operations": ["embedding"]}, {"operation": "chat"}, set()),
        ({"operations": ["embedding"]}, {"operation": "embedding"}, {"ask", "write", "staff"}),
        ({"operations": ["embedding"]}, {}, {"ask", "write", "staff"}),
    ],
)
def test_a_move_keeps_what_a_house_rule_keeps_for_one_activity_model_or_operation(
    evaluator, tmp_path, when, asked, stays
):
    pinned = {"pin": {"to": ["us"]}, "when": when}
    title = {"title": "Stays", "source": {"title": "Policy 1", "url": "https://intranet.example/1"}}
    rule = {"id": "stays", "description": "There is a reason.", **title, **pinned}
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "house.yaml").write_text(json.dumps({"title": "House", "rules": [rule]}))
    targets = {**evaluator.data["targets"]}
    targets["fr"] = {**targets["fr"], "operations": ["chat", "embedding"]}
    with Evaluator.open(shipped("policies"), tmp_path, {**evaluator.data, "targets": targets}) as own:
        kept = matrix.kept(own, "2026-12-01", Move("us", "fr", "berlin", **asked))
    assert {flow.activity for flow in kept} == stays


def test_operations_that_the_new_target_does_not_have_stay(evaluator):
    assert matrix.kept(evaluator, "2026-12-01", Move("us", "fr", "berlin", "chat")) == {}
    kept = matrix.kept(evaluator, "2026-12-01", Move("us", "fr", "berlin"))
    assert {carriage.codes for carriage in kept.values()} == {("OPERATION_UNSUPPORTED",)}
