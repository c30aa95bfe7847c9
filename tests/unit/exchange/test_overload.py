from __future__ import annotations

import pytest

from proxy.errors import OverloadedError
from proxy.exchange.overload import Overload


def test_places_are_bounded_per_tenant_and_in_all_and_given_back():
    overload = Overload(4)
    with overload.place("a"), overload.place("a"):
        with pytest.raises(OverloadedError) as caught, overload.place("a"):
            pass
        assert (caught.value.status, caught.value.retry_after_s > 0) == (429, True)
        with overload.place("b"), overload.place("b"), pytest.raises(OverloadedError), overload.place("c"):
            pass
        with overload.place("c"):
            pass
    with overload.place("a"):
        pass
