"""Every type of the contract through the running stack: its effect in bytes or records, or the denial."""

from __future__ import annotations

import pytest

from bench.obligations.cases import CASES, started, walk
from proxy.core.obligations import KINDS


def test_every_type_is_walked_once():
    assert sorted(case.type for case in CASES) == sorted(KINDS)
    assert len({case.asked for case in CASES}) == len(CASES)


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(400)  # a whole stack and forty requests
async def test_every_type_shows_its_effect_or_its_denial(tmp_path):
    stand = await started(tmp_path / "stand", shared_models=True)
    try:
        shown = await walk(stand)
    finally:
        await stand.stop()
    assert {one.type for one in shown if one.how != "nothing"} == set(KINDS), [
        one for one in shown if one.how == "nothing"
    ]
