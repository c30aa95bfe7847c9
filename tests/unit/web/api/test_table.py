from __future__ import annotations

import pytest

from proxy.web.api import access, table


def test_every_operation_has_an_id_a_role_and_a_summary_of_its_own():
    ids = [operation.id for operation in table.OPERATIONS]
    assert len(set(ids)) == len(ids)
    for operation in table.OPERATIONS:
        assert operation.roles
        assert operation.roles <= set(access.ROLES)
        assert operation.summary.endswith(".")


def test_what_changes_something_needs_an_admin():
    for operation in table.OPERATIONS:
        if operation.changes:
            assert not operation.roles & access.ANYBODY, operation.id
        elif operation.method != "POST":
            assert operation.method == "GET"


@pytest.mark.parametrize(
    ("method", "path", "name", "parameter"),
    [
        ("GET", "policy", "policy.show", ""),
        ("POST", "policy/what-if", "policy.what-if", ""),
        ("GET", "registry", "registry.read", ""),
        ("GET", "registry/revisions", "registry.revisions", ""),
        ("GET", "registry/targets.a/b.dpa", "registry.read_place", "targets.a/b.dpa"),
        ("DELETE", "registry/exceptions.x", "registry.delete_place", "exceptions.x"),
        ("POST", "registry/activate", "registry.activate", ""),
        ("GET", "audit/questions", "audit.questions", ""),
        ("POST", "audit/questions/AQ-14", "audit.ask", "AQ-14"),
        ("GET", "audit/reports", "audit.reports", ""),
        ("POST", "audit/exports", "audit.export", ""),
        ("GET", "audit/exports/ex_1", "audit.export_state", "ex_1"),
        ("GET", "audit/exports/ex_1/result", "audit.export_result", "ex_1"),
        ("POST", "audit/exports/ex_1/approve", "audit.approve_export", "ex_1"),
        ("POST", "audit/schedules", "audit.schedule", ""),
        ("POST", "audit/schedules/sc_1/stop", "audit.stop_schedule", "sc_1"),
        ("POST", "audit/reports/ropa", "audit.report", "ropa"),
    ],
)
def test_find(method, path, name, parameter):
    operation, found, _ = table.find(method, f"/admin/v1/{path}")
    assert operation is not None
    assert (operation.id, found) == (name, parameter)


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "policy"), ("POST", "policy"), ("GET", ""), ("GET", "policy/"), ("DELETE", "registry")],
)
def test_what_is_not_there_is_not_found(method, path):
    assert table.find(method, f"/admin/v1/{path}")[0] is None
