"""The payloads of the worked cases, and further ones, through the running product: what every target received."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.case_stand import runnable, stand

pytestmark = [pytest.mark.stack, pytest.mark.always]
_TESTS = Path(__file__).parent.parent
_FILES = (_TESTS / "golden" / "decision_cases.json", Path(__file__).parent / "cases" / "payloads.json")
CASES = [case for file in _FILES for case in json.loads(file.read_text())["cases"] if runnable(case)]


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    data = json.loads((_TESTS / "contracts" / "example_data_document.json").read_text())
    with stand(tmp_path_factory.mktemp("cases"), CASES, data) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['title']}" for case in CASES])
def test_payload(product, case):
    assert product.check(case) == []
