from __future__ import annotations

import pytest

from proxy.web.api.faults import BusyError
from proxy.web.api.slots import Slots


def test_what_does_not_fit_is_refused_and_a_slot_comes_back():
    slots = Slots(1)
    with slots.hold():
        with pytest.raises(BusyError), slots.hold():
            pass
        assert slots.in_use == 1
    with pytest.raises(RuntimeError), slots.hold():
        raise RuntimeError
    with slots.hold():
        pass
    assert slots.in_use == 0
