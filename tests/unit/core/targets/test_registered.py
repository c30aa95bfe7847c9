from __future__ import annotations

import pytest

from proxy.core.targets.capabilities import INPUTS
from proxy.core.targets.registered import Catalog, Route, Target


@pytest.mark.parametrize("kind", [Target, Route, Catalog])
def test_a_reload_swaps_it_whole(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_a_target_of_which_nothing_more_is_said_takes_text_and_files_and_translates_nothing():
    target = Target("eu-1", "http://127.0.0.1:9", "DE", self_hosted=True)
    assert target.accepts.inputs == INPUTS
    assert not target.accepts.translated
    assert not target.expected.models
