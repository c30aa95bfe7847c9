from __future__ import annotations

import pytest

from proxy.web.api import access


@pytest.mark.parametrize(
    ("roles", "held"),
    [
        ((), set()),
        (("sales", "admin", "Policy-Admin", "policy-admin "), set()),
        (("policy-admin",), {"policy-admin", "policy-reader"}),
        (("registry-admin", "sales"), {"registry-admin", "registry-reader"}),
        (("policy-reader",), {"policy-reader"}),
    ],
)
def test_an_admin_is_a_reader_and_other_roles_count_for_nothing(roles, held):
    assert access.effective(roles) == held
