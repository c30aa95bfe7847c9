from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from proxy.core.records import Grant
from proxy.grants.grant import Approval, GrantRequest, StoredGrant, fresh_id
from testing.fakes import PRINCIPAL

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALLER = dataclasses.replace(PRINCIPAL, roles=("agent", "break-glass"))


def grant(*, approved=True, asked=None, approval=None, **changes):
    given = GrantRequest("acme", "INC-9", "outage of the regional model", 2 * HOUR, "ada", **(asked or {}))
    word = Approval("bob", "webauthn", NOW - HOUR, NOW + HOUR) if approved else None
    if word is not None and approval:
        word = dataclasses.replace(word, **approval)
    return StoredGrant("bg_aaaaaaaaaaaa", given, NOW - HOUR, word, **{"proven": True, **changes})


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (grant(approved=False), "pending"),
        (dataclasses.replace(grant(approved=False), requested=NOW - 24 * HOUR), "lapsed"),
        (grant(approved=False, revoked=NOW), "revoked"),
        (grant(), "open"),
        (grant(uses=3), "open"),
        (grant(approval={"expires": NOW}), "expired"),
        (grant(revoked=NOW), "revoked"),
        (grant(revoked=NOW, uses=1), "review due"),
        (grant(approval={"expires": NOW}, uses=1), "review due"),
        (grant(approval={"expires": NOW - timedelta(days=3)}, uses=1), "review due"),
        (grant(approval={"expires": NOW - timedelta(days=3, seconds=1)}, uses=1), "review overdue"),
        (grant(revoked=NOW - timedelta(days=4), uses=1), "review overdue"),
        (grant(approval={"expires": NOW - timedelta(days=9)}, uses=1, reviewed=NOW), "reviewed"),
    ],
)
def test_state(made, state):
    assert made.state(NOW) == state


def test_usable_as_the_caller_may_use_it():
    assert grant().usable(CALLER, "support", NOW) == Grant(
        "bg_aaaaaaaaaaaa", "INC-9", "bob", mfa=True, role_ok=True, expires=int((NOW + HOUR).timestamp())
    )


def test_bound_grant_is_usable_within_its_bounds():
    assert isinstance(grant(asked={"activity": "support", "service": "crm"}).usable(CALLER, "support", NOW), Grant)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (grant(approved=False), "not approved"),
        (grant(revoked=NOW), "revoked"),
        (grant(approval={"expires": NOW}), "expired"),
        (grant(asked={"service": "billing"}), "another service"),
        (grant(asked={"activity": "sales"}), "another activity"),
        (grant(approval={"approver": "crm"}), "approved by its user"),
        (grant(approval={"mfa": ""}), "no second factor"),
    ],
)
def test_not_usable(made, why):
    assert why in made.usable(CALLER, "support", NOW)


def test_callers_own_second_factor_counts():
    caller = dataclasses.replace(CALLER, mfa=True)
    assert isinstance(grant(approval={"mfa": ""}).usable(caller, "support", NOW), Grant)


def test_end_is_rounded_down_to_a_second():
    made = grant(approval={"expires": NOW + timedelta(seconds=1, milliseconds=900)})
    assert made.usable(CALLER, "support", NOW).expires == int(NOW.timestamp()) + 1


def test_a_role_that_is_missing_is_said():
    assert grant().usable(PRINCIPAL, "support", NOW).role_ok is False


def test_ids_are_random():
    assert len({fresh_id() for _ in range(50)}) == 50
