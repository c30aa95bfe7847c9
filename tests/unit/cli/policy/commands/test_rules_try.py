from __future__ import annotations

import json

import pytest

from proxy.cli.policy.commands.rules import try_rules
from proxy.policy.decision import grid
from testing.house_rules import rule


@pytest.mark.heavy
def test_it_counts_what_own_rules_apply_to(tmp_path):
    """A rule of YAML and recorded inputs: of three callers one is in the group."""
    registry = {"tenants": {"a": {"establishments": ["DE"]}}, "activities": {"b": {}}, "targets": {}}
    first = next(iter(grid.questions(registry, "2026-12-01T10:00:00Z")))
    recorded = [{**first, "actor": {**first["actor"], "roles": roles}} for roles in ([], ["interns"], ["staff"])]
    (tmp_path / "data.json").write_text(json.dumps(registry))
    (tmp_path / "inputs.jsonl").write_text("\n".join(map(json.dumps, recorded)))
    overlay = tmp_path / "rules"
    overlay.mkdir()
    rules = [
        rule("group", "deny", when={"groups": ["interns"]}),
        rule("label", "retain", when={"labels": ["criminal"]}),
    ]
    (overlay / "house.yaml").write_text(json.dumps({"title": "House", "rules": rules}))
    answer = try_rules(tmp_path / "inputs.jsonl", None, overlay, tmp_path / "data.json")
    assert [(each["rule"], each["applies"]) for each in answer.document["rules"]] == [
        ("house.group deny", 1), ("house.label oblige", 0),
    ]  # fmt: skip
    assert answer.document["total"] == 3
