from __future__ import annotations

import pytest

from proxy.policy.authoring import heads
from proxy.policy.engine.syntax import RegoParser

pytestmark = pytest.mark.heavy


def faults(rule):
    parser = RegoParser()
    try:
        module = parser.parse("overlay/house.rego", f"package org.house\n\nimport rego.v1\n\n{rule}\n")
    finally:
        parser.close()
    return [fault.code for _, fault in heads.faults(module, {"NO_DPA"}, {"processor.dpa"})]


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ('deny contains {"code": "NO_DPA"} if input.x', ["code_of_law"]),
        ('deny contains {"code": "HOUSE", "rule_id": "processor.dpa"} if input.x', ["rule_id"]),
        ('deny contains {"code": "HOUSE", "rule_id": "compliance.x"} if input.x', ["rule_id"]),
        ('deny contains {"code": "HOUSE", "rule_id": "house.dpa", "target": input.x}', []),
        ('oblige contains {"type": "redact", "entities": ["PERSON"], "method": "shred"}', ["unsupported_obligation"]),
        ('oblige contains {"type": "redact", "entities": ["PERSON"], "method": "hmac"}', []),
        ('oblige contains {"type": "retain", "params": {"min_days": 0}}', ["unsupported_obligation"]),
        ('oblige contains {"type": "retain", "params": {"days": 400}}', ["unsupported_obligation"]),
        ('oblige contains {"type": "retain", "params": {"min_days": 400}}', []),
        ('oblige contains {"type": "deidentify", "profile": "hipaa"}', ["unsupported_obligation"]),
        ('oblige contains {"type": "deidentify", "profile": "hipaa_safe_harbor"}', []),
        ('oblige contains {"type": "mask", "profile": "pci"}', ["unsupported_obligation"]),
        ('oblige contains {"type": input.x}', []),
    ],
)
def test_answers_that_are_not_a_house_rules(rule, codes):
    assert faults(rule) == codes


def test_letters_that_look_like_ascii_are_named_by_line():
    letter = chr(0x435)  # of the Cyrillic alphabet
    assert list(heads.foreign_letters(f'a := "{letter}"\nd{letter}ny := 1  # {letter}\n')) == [(2, letter)]
