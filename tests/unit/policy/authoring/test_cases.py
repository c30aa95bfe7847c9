from __future__ import annotations

import copy

import pytest

from proxy.policy.authoring import cases
from proxy.policy.decision.document import input_document

ANSWER = {
    "action": "redact_and_forward",
    "selected_target": "a",
    "http_status": 200,
    "block_codes": [],
    "targets": [
        {"target": "b", "permit": True, "rank": 1},
        {
            "target": "a",
            "permit": True,
            "rank": 0,
            "obligations": [
                {"id": "1", "type": "redact", "on": "permit", "entities": ["US_SSN", "PASSPORT"]},
                {"id": "2", "type": "retain", "on": "both", "params": {"min_days": 400}},
            ],
            "transfers": [{"regime": "eu-gdpr", "mechanism": "eu-gdpr:A45-3"}],
        },
        {"target": "c", "permit": False, "denials": ["NO_DPA", "TRAINING_USE"]},
    ],
}


def fields(expect, answer=ANSWER):
    return [difference.field for difference in cases.differences(answer, expect)]


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"action": "redact_and_forward", "selected_target": "a", "http_status": 200},
        {"permitted_targets": ["a", "b"]},
        {"permitted_targets": None, "transfer_mechanism": None},
        {"denied": {"c": ["NO_DPA"]}},
        {"obligations_include": [{"type": "redact", "entities": ["US_SSN"]}]},
        {"obligations_include": [{"type": "retain", "min_days": 365}]},
        {"obligations_exclude_types": ["pseudonymize"]},
        {"transfer_mechanism": "eu-gdpr:A45-3"},
        {"transfer_mechanism": {"eu-gdpr": "eu-gdpr:A45-3"}},
    ],
)
def test_met_expectations_differ_nowhere(expect):
    assert fields(expect) == []


@pytest.mark.parametrize(
    ("expect", "field"),
    [
        ({"action": "forward"}, "action"),
        ({"selected_target": None}, "selected_target"),
        ({"http_status": 403}, "http_status"),
        ({"permitted_targets": ["b", "a"]}, "permitted_targets"),
        ({"permitted_targets": ["a"]}, "permitted_targets"),
        ({"denied": {"c": ["NO_BAA"]}}, "denied[c]"),
        ({"denied": {"a": []}}, "denied[a]"),
        ({"denied": {"z": ["NO_DPA"]}}, "denied[z]"),
        ({"block_codes": ["NO_LEGAL_BASIS"]}, "block_codes"),
        ({"obligations_include": [{"type": "redact", "entities": ["PERSON"]}]}, "obligations_include"),
        ({"obligations_include": [{"type": "retain", "min_days": 2190}]}, "obligations_include"),
        ({"obligations_include": [{"type": "mask"}]}, "obligations_include"),
        ({"obligations_include": [{"type": "redact", "profile": "pci"}]}, "obligations_include"),
        ({"obligations_exclude_types": ["redact"]}, "obligations_exclude_types"),
        ({"transfer_mechanism": "eu-gdpr:A46-2-c"}, "transfer_mechanism"),
        ({"transfer_mechanism": {"uk-gdpr": "uk-gdpr:A45"}}, "transfer_mechanism"),
    ],
)
def test_unmet_expectation_names_its_field(expect, field):
    assert fields(expect) == [field]


def test_obligations_of_a_reply_are_those_of_all_targets():
    reply = {"selected_target": None, "targets": [{"target": "none", "obligations": [{"type": "redact"}]}]}
    assert fields({"obligations_include": [{"type": "redact"}]}, reply) == []
    assert fields({"obligations_exclude_types": ["redact"]}, reply) == ["obligations_exclude_types"]


def test_overrides_change_a_copy(data):
    before = copy.deepcopy(data)
    overrides = {"dpf_revoked_at": "2026-12-15", "data_age_days": 45, "exceptions": [{"id": "E1"}]}
    after = cases.adjusted(data, overrides)
    assert data == before
    revoked = [entry.get("revoked_at") for entry in after["adequacy"]["eu"] if entry.get("code") == "US"]
    assert revoked == ["2026-12-15"]
    assert "revoked_at" not in str(after["adequacy"]["uk"])
    assert after["as_of"] < data["as_of"]
    assert after["exceptions"] == [{"id": "E1"}]


def test_override_of_a_data_key_is_merged(data):
    after = cases.adjusted(data, {"tenants": {"acme": {"us_person": True}}})
    assert after["tenants"]["acme"]["us_person"] is True
    assert after["tenants"]["acme"]["establishments"] == ["DE"]


def test_unknown_override_is_refused(data):
    with pytest.raises(cases.UnknownOverrideError):
        cases.adjusted(data, {"weather": "rain"})


def test_judge_over_the_real_engine(library, facts):
    document = input_document(facts(), "r", 1_795_600_800.0)
    given = [
        {"id": "right", "input_document": document, "expect": {"action": "redact_and_forward"}},
        {"id": "wrong", "input_document": document, "expect": {"action": "forward"}},
        {
            "id": "down",
            "input_document": document,
            "data_overrides": {"policy_status": "unavailable"},
            "expect": {"action": "block", "http_status": 503, "block_codes": ["POLICY_UNAVAILABLE"]},
        },
        {
            "id": "without near",
            "input_document": document,
            "data_overrides": {"targets": {"near/eu": {"training_use": True}}},
            "expect": {"selected_target": "own/eu", "denied": {"near/eu": ["TRAINING_USE"]}},
        },
        {"id": "odd", "input_document": document, "data_overrides": {"weather": 1}, "expect": {}},
    ]
    verdicts = {verdict.id: [d.field for d in verdict.differences] for verdict in cases.judge(given, library)}
    assert verdicts == {
        "right": [],
        "wrong": ["action"],
        "down": [],
        "without near": [],
        "odd": ["data_overrides"],
    }


@pytest.mark.parametrize("content", [b"{}", b"[1]", b'{"cases": [{"id": 1}]}', b"not json"])
def test_read_refuses_other_files(content):
    with pytest.raises(ValueError):
        cases.read(content)
