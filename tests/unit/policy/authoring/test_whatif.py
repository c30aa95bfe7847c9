from __future__ import annotations

import pytest

from proxy.policy.authoring.compare import Recorded
from proxy.policy.authoring.whatif import LegalEvent, UnknownSubjectError, flows
from proxy.policy.decision.document import input_document

NOW = 1_795_600_800.0
DPF = {"status": "active", "expires": "2030-01-01", "eu": True, "uk": True, "ch": True, "hr": True}


@pytest.fixture
def inputs(facts):
    return [Recorded(input_document(facts(), f"r{number}", NOW)) for number in range(3)]


def test_cut_off_provider_moves_its_traffic(library, inputs):
    found = flows(inputs, library, LegalEvent(cut_off="near"))
    flow = found[("acme", "support", "near/eu")]
    assert (flow.total, flow.stops, dict(flow.moves)) == (3, 0, {"own/eu": 3})
    assert dict(flow.codes) == {"TARGET_UNREGISTERED": 3}


def test_cut_off_of_the_only_target_stops_it(library, facts):
    only = [Recorded(input_document(facts(candidates=(("near/eu", 0, True),)), "r", NOW))]
    flow = flows(only, library, LegalEvent(cut_off="near"))[("acme", "support", "near/eu")]
    assert (flow.stops, dict(flow.moves), dict(flow.alternatives)) == (1, {}, {})


def test_cut_off_elsewhere_changes_nothing(library, inputs):
    assert flows(inputs, library, LegalEvent(cut_off="far")) == {}


def test_dpf_falls_stops_what_stands_on_it_alone(library, inputs, data):
    data["targets"]["far/us"]["dpf"] = DPF
    with library.over(data) as evaluator:
        found = flows(inputs, evaluator, LegalEvent(dpf_falls="2026-12-15"))
    flow = found[("acme", "support", "far/us")]
    assert dict(flow.moves) == {"near/eu": 3}
    assert "ADEQUACY_REVOKED" in flow.codes


def test_dpf_falls_later_than_the_evidence_counts_only_the_fall(library, inputs, data):
    data["targets"]["far/us"]["dpf"] = {**DPF, "expires": "2026-12-01"}
    with library.over(data) as evaluator:
        assert flows(inputs, evaluator, LegalEvent(dpf_falls="2026-12-10")) == {}


def test_baa_lapses(library, facts, data):
    data["tenants"]["acme"] = {
        "id": "acme",
        "establishments": ["US-TX"],
        "hipaa_role": "covered_entity",
        "us_person": True,
    }
    baa = {"status": "signed", "expires": "2030-01-01", "operations": ["chat"]}
    data["targets"]["far/us"]["baa"] = baa
    health = facts(categories=("personal", "health"), regions=(("US", "declared", 1.0),), ingress_region="US")
    with library.over(data) as evaluator:
        found = flows([Recorded(input_document(health, "r", NOW))], evaluator, LegalEvent(baa_lapses="far"))
    assert found[("acme", "support", "far/us")].codes["NO_BAA"] == 1


@pytest.mark.parametrize("event", [LegalEvent(cut_off="nobody"), LegalEvent(baa_lapses="nobody")])
def test_unknown_provider_is_refused(library, inputs, event):
    with pytest.raises(UnknownSubjectError):
        flows(inputs, library, event)


@pytest.mark.parametrize("kind", ["scc", "tia"])
def test_clauses_or_an_assessment_lapse(library, facts, data, kind):
    data["targets"]["far/us"] |= {
        "scc": {"status": "signed", "decision": "(EU) 2021/914", "tenants": ["acme"]},
        "tia": {"result": "pass", "expires": "2030-01-01", "tenants": ["acme"]},
    }
    only = [Recorded(input_document(facts(candidates=(("far/us", 0, True),)), "r", NOW))]
    with library.over(data) as evaluator:
        found = flows(only, evaluator, LegalEvent(lapses=f"{kind}=far"))
    assert found[("acme", "support", "far/us")].stops == 1


def test_a_decision_falls_on_its_day(library, facts, data):
    data["targets"]["far/us"] |= {"processing_regions": ["GB"], "storage_regions": ["GB"]}
    only = [Recorded(input_document(facts(candidates=(("far/us", 0, True),)), "r", NOW))]
    with library.over(data) as evaluator:
        found = flows(only, evaluator, LegalEvent(adequacy_falls="eu:GB=2026-12-10"))
        with pytest.raises(UnknownSubjectError):
            flows(only, evaluator, LegalEvent(adequacy_falls="eu:KE=2026-12-10"))
    assert "ADEQUACY_REVOKED" in found[("acme", "support", "far/us")].codes
