from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.errors import AuditUnavailableError
from proxy.web.api import performing, table
from proxy.web.api.faults import AdminRoleMissingError, RoleMissingError
from proxy.web.api.operations import AdminRequest
from proxy.web.api.performing import Performance
from testing.fakes import PRINCIPAL
from tests.unit.web.api.conftest import Desk

CHECKPOINT = next(one for one in table.OPERATIONS if one.id == "audit.checkpoint")
READER = replace(PRINCIPAL, roles=("audit-reader",))


async def test_what_was_done_is_on_record_before_the_answer(in_memory):
    api, evidence, *_ = in_memory(desk=Desk())
    answer = await Performance(api, "c1", READER, CHECKPOINT).run(CHECKPOINT, AdminRequest("c1", READER))
    assert answer.document["size"] == 7
    ((name, facts, _),) = evidence.events
    assert (name, facts["operation"], facts["outcome"], facts["request"]) == (
        "admin_call",
        "audit.checkpoint",
        "ok",
        "c1",
    )


async def test_what_cannot_be_recorded_is_not_answered(in_memory):
    api, evidence, *_ = in_memory(desk=Desk())
    evidence.down = True
    answer = await Performance(api, "c1", READER, CHECKPOINT).run(CHECKPOINT, AdminRequest("c1", READER))
    assert answer.document["error"]["code"] == AuditUnavailableError.code


async def test_a_bug_is_answered_without_its_message(in_memory):
    api, evidence, *_ = in_memory()

    async def broken(_api, _call):
        raise ValueError("a secret")

    operation = replace(CHECKPOINT, run=broken)
    answer = await Performance(api, "c1", READER, operation).run(operation, AdminRequest("c1", READER))
    assert "a secret" not in str(answer.document)
    assert evidence.events[-1][1]["outcome"] == "internal_error"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"parameter": "a\0b"}, "not_found"), ({"parameter": "x" * 5000}, "not_found"),
        ({"query": {"purpose": "a\0b"}}, "invalid_request"),
    ],
)  # fmt: skip
async def test_what_no_record_can_hold_is_refused_before_anything_is_looked_for(in_memory, given, code):
    api, evidence, *_ = in_memory(desk=Desk())
    answer = await Performance(api, "c1", READER, CHECKPOINT).run(CHECKPOINT, AdminRequest("c1", READER, **given))
    assert answer.document["error"]["code"] == code
    assert evidence.events[-1][1]["outcome"] == code


def test_roles_are_checked_before_anything_is_told():
    performing.check_role(CHECKPOINT, READER)
    with pytest.raises(AdminRoleMissingError):
        performing.check_role(CHECKPOINT, replace(PRINCIPAL, roles=("sales",)))
    with pytest.raises(RoleMissingError):
        performing.check_role(CHECKPOINT, replace(PRINCIPAL, roles=("policy-reader",)))
