from __future__ import annotations

import json
from importlib import resources

import pytest

from proxy.core.decision.matters import FINAL, MATTERS, OTHER, About, matter

VOCABULARY = json.loads((resources.files("proxy.policy.schemas") / "vocabulary.json").read_text())["reason_codes"]


def test_every_code_of_the_contract_has_its_sentence_and_no_other():
    assert MATTERS.keys() == VOCABULARY.keys()
    assert len({each.says for each in MATTERS.values()}) == len(MATTERS)


@pytest.mark.parametrize("code", MATTERS)
def test_a_sentence_is_one_and_plain(code):
    says = matter(code).says
    assert says[0].islower() or says[:2].isupper()
    assert not says.endswith(".")
    assert ". " not in says
    assert len(says) < 120


def test_nobody_waives_what_is_final():
    assert not any(VOCABULARY[code]["waivable"] for code in FINAL)
    assert matter("ORG_NIGHT") == OTHER == (About.ANYTHING, "")
