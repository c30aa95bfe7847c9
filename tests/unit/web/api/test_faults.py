from __future__ import annotations

import inspect

from proxy import errors
from proxy.web.api import faults


def test_every_fault_says_what_it_is_under_a_code_of_its_own():
    own = [one for _, one in inspect.getmembers(faults, inspect.isclass) if one.__module__ == faults.__name__]
    codes = [one.code for one in own]
    assert len(set(codes)) == len(codes) > 10
    others = {one.code for _, one in inspect.getmembers(errors, inspect.isclass) if hasattr(one, "code")}
    assert others.isdisjoint(codes)
    assert all(400 <= one.status < 600 and one.__doc__ for one in own)
