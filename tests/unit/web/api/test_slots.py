from __future__ import annotations

import pytest

from proxy.web.api.faults import BusyError
from proxy.web.api.slots import Slots


def test_what_does_not_fit_is_refused_and_a_slot_comes_back():
    slots = Slots(1)
    with slots.one():
        with pytest.raises(BusyError), slots.one():
            pass
        assert slots.taken == 1
    with pytest.raises(RuntimeError), slots.one():
        raise RuntimeError
    with slots.one():
        pass
    assert slots.taken == 0
