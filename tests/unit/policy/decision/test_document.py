from __future__ import annotations

import jsonschema
import pytest

from proxy.core.records import EntitySummary, Grant
from proxy.core.targets.capabilities import Requirements
from proxy.policy.bundles.bundle import nulls
from proxy.policy.decision.document import input_document

NOW = 1_795_600_800.0

VARIANTS = [
    {},
    {"actor": ("user", "u1", "FR", ("clinician",), "oidc", True)},
    {"consent_withdrawn": True, "restricted": True, "minor": "yes"},
    {"subject_refs": ("hmac-sha256:k1:" + "a" * 64,)},
    {"operation": ("embedding", "", True, True, True)},
    {"status": "partial", "coverage": 0.4, "opaque": (("messages[*].content", "image/png"),)},
    {"regions": (), "region_status": "unknown", "candidates": ()},
    {"detectors": (("ner", "2", "b" * 64), ("patterns", "1", ""))},
    {"entities": (EntitySummary("US_SSN", 3, 1.0, (), "patient"),), "labels": ("health",)},
    {"phase": "response", "request_entities": ("PERSON",), "placed": (1, 10)},
    {"grant": Grant("bg_aaaaaaaaaaaa", "INC-9", "bob", mfa=True, role_ok=True, expires=1_795_604_400)},
    {"us_bulk": ("personal_health", 120)},
    {"us_bulk": ("personal_health", None)},
    {"requirements": Requirements(("tools.mcp",), ("a.example",), ("image",), (("a", ("image",)),))},
]


@pytest.mark.parametrize("changes", VARIANTS)
def test_input_document_follows_the_contract_without_nulls(facts, schema, changes):
    document = input_document(facts(**changes), "req-1", NOW)
    jsonschema.validate(document, schema("input"), format_checker=jsonschema.FormatChecker())
    assert list(nulls(document)) == []


def test_input_document_carries_every_fact(facts):
    changes = {
        "actor": ("user", "u1", "FR", ("clinician",), "oidc", True),
        "consent_withdrawn": True,
        "residual_entities": 2,
        "request_entities": ("PERSON",),
        "age_over_89": True,
        "surrogates": "tokens",
    }
    document = input_document(facts(**changes), "req-1", NOW)
    assert document["request_id"] == "req-1"
    assert document["actor"] == {
        "type": "user",
        "id": "u1",
        "authn": {"method": "oidc", "mfa": True},
        "country": "FR",
        "roles": ["clinician"],
    }
    assert document["activity"] == {"id": "support", "consent": {"status": "withdrawn"}}
    assert document["classification"]["residual_entities"] == 2
    assert document["ext"] == {"request_entities": ["PERSON"], "age_over_89": True, "surrogates": "tokens"}
    assert [c["target"] for c in document["candidates"]] == ["far/us", "near/eu", "own/eu"]


def test_no_candidates_become_the_stand_in(facts):
    assert input_document(facts(candidates=()), "r", NOW)["candidates"] == [{"target": "none", "available": False}]


def test_what_a_candidate_lacks_stands_beside_it(facts):
    made = facts(
        candidates=(("a", 0, True), ("b", 1, True)),
        requirements=Requirements(inputs=("image",), lacking=(("b", ("image",)),)),
    )
    document = input_document(made, "r", NOW)
    assert document["operation"]["inputs"] == ["image"]
    assert [candidate.get("lacks") for candidate in document["candidates"]] == [None, ["image"]]
    assert "features" not in document["operation"]


def test_a_candidate_that_answered_from_elsewhere_is_told(facts):
    made = facts(candidates=(("a", 0, True), ("b", 1, True)), requirements=Requirements(misplaced=("b",)))
    assert [one.get("misplaced") for one in input_document(made, "r", NOW)["candidates"]] == [None, True]


def test_how_a_candidate_speaks_the_dialect_stands_beside_it(facts):
    made = facts(candidates=(("a", 0, True), ("b", 1, True)), requirements=Requirements(speaking=(("b", "no"),)))
    assert [one["speaks"] for one in input_document(made, "r", NOW)["candidates"]] == ["native", "no"]


def test_a_grant_is_told_without_its_id_or_reason(facts):
    grant = Grant("bg_aaaaaaaaaaaa", "INC-9", "bob", mfa=True, role_ok=True, expires=int(NOW) + 3600)
    assert input_document(facts(grant=grant), "r", NOW)["break_glass"] == {
        "ticket": "INC-9", "approver": "bob", "mfa": True, "role_ok": True, "expires_at": "2026-11-25T11:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("personal_health", 120), {"category": "personal_health", "us_persons": 120}),
        (("personal_health", None), {"category": "personal_health"}),
    ],
)
def test_a_count_that_is_not_known_is_absent(facts, told, expected):
    assert input_document(facts(us_bulk=told), "r", NOW)["data_subjects"]["us_bulk"] == expected


def test_a_reply_says_what_it_puts_in_the_wrong_place(facts):
    document = input_document(facts(phase="response", placed=(2, 1)), "req-1", NOW)
    assert document["ext"] == {"undeclared_calls": 2, "foreign_addresses": 1}
    assert "ext" not in input_document(facts(), "req-1", NOW)
