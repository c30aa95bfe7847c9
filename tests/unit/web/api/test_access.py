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
        (("auditor",), {"auditor", "audit-reader"}),
        (("privacy-officer",), {"privacy-officer", "audit-reader"}),
    ],
)
def test_an_admin_is_a_reader_and_other_roles_count_for_nothing(roles, held):
    assert access.effective(roles) == held


@pytest.mark.parametrize(
    ("roles", "tenants", "subjects"),
    [
        (("audit-reader",), ("acme",), False), (("auditor", "audit-reader"), None, False), (("privacy-officer",), None, True),
        (("policy-admin",), ("acme",), False),
    ],
)  # fmt: skip
def test_whose_evidence_a_role_reads(roles, tenants, subjects):
    assert access.tenants(roles, "acme") == tenants
    assert access.may_name_subjects(roles) is subjects
