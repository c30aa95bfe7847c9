"""A purge is judged by its certificate: which one, over what, when, and which holds there were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proxy.audit.verification.purge_check import Purge, PurgeCheck

AT = datetime(2027, 6, 1, tzinfo=UTC)
OLD = datetime(2026, 1, 1, 8, tzinfo=UTC)
PLACE = ("cli", 2)
FACTS = {
    "day": "2026-01-01", "records": 3, "root": "ab", "holds": {}, "tenants": {"acme": {"decision": 1}, "other": {"event": 2}},
    "first_at": OLD.isoformat(), "last_at": (OLD + timedelta(hours=2)).isoformat(),
}  # fmt: skip


def purge(**changes) -> Purge:
    return Purge("p", "w", frozenset({"2026-01-01"}), 3, OLD, "ab")._replace(**changes)


def judged(check: PurgeCheck, found: Purge, covered=None) -> list[str]:
    check.judge(found, covered)
    return [one.detail for one in check.damages]


def certified(**changes) -> PurgeCheck:
    check = PurgeCheck()
    check.certify("p", PLACE, AT, FACTS | changes)
    return check


def test_purge_that_its_certificate_names_is_sound_and_its_certificate_carried_out():
    check = certified()
    assert check.pending == 1
    assert judged(check, purge(), {PLACE: True}) == []
    assert check.pending == 0


@pytest.mark.parametrize(
    "found",
    [purge(records=4), purge(root="cd"), purge(days=frozenset({"2026-01-02"})), purge(days=frozenset({"2026-01-01", "x"}))],
)  # fmt: skip
def test_purge_of_other_records_is_named(found):
    assert "over other records" in judged(certified(), found)[0]


def test_hashes_that_were_not_read_are_not_compared():
    assert judged(certified(), purge(root=None)) == []


@pytest.mark.parametrize("covered", [{}, {PLACE: False}])
def test_certificate_counts_under_a_sound_seal_alone(covered):
    assert "no certificate" in judged(certified(), purge(), covered)[0]


def test_two_certificates_of_one_purge_are_none():
    check = certified()
    check.certify("p", ("cli", 3), AT, FACTS)
    assert "no certificate" in judged(check, purge())[0]


@pytest.mark.parametrize(("days", "named"), [(401, False), (400, True), (10, True)])
def test_what_was_sealed_within_the_shortest_period_was_purged_too_early(days, named):
    assert bool(judged(certified(), purge(first_at=AT - timedelta(days=days)))) is named


@pytest.mark.parametrize(
    ("tenant", "facts", "named"),
    [
        ("", {}, True),
        ("acme", {}, True),
        ("other", {}, False),  # of which events went alone
        ("none", {}, False),
        ("acme", {"of_subject": True}, False),  # nobody can tell whom the records were about
        ("acme", {"activity": "support"}, False),
        ("acme", {"since": "2026-01-01T08:00:00+00:00"}, True),
        ("acme", {"since": "2026-01-01T09:00:00+00:00"}, False),  # those before it may have gone
        ("acme", {"until": "2026-01-02"}, True),
        ("acme", {"until": "2026-01-01T09:00:00+00:00"}, False),
    ],
)
def test_hold_in_the_log_that_surely_covered_some_of_it_is_named(tenant, facts, named):
    check = certified()
    check.hold(OLD, "hold_requested", tenant, {"hold": "hd_1", **facts})
    check.hold(OLD, "hold_placed", "", {"hold": "hd_1"})
    found = judged(check, purge())
    assert bool(found) is named
    assert not named or "hd_1 covered them, and is not in the certificate" in found[0]


@pytest.mark.parametrize(
    ("requested", "events", "named"),
    [
        (timedelta(hours=1), [], True),  # waits for the second person, and protects
        (timedelta(hours=25), [], False),  # lapsed
        (timedelta(days=9), ["hold_placed"], True),
        (timedelta(days=9), ["hold_placed", "hold_released"], False),
        (-timedelta(hours=1), [], False),  # later than the purge
    ],
)
def test_hold_counts_from_its_request_to_its_release(requested, events, named):
    check = certified()
    for action in ("hold_requested", *events):
        check.hold(AT - requested, action, "acme", {"hold": "hd_1"})
    check.hold(AT, "hold_released", "", {"hold": "hd_unknown"})
    assert bool(judged(check, purge())) is named


@pytest.mark.parametrize("facts", [{}, FACTS | {"tenants": []}, FACTS | {"first_at": "x"}, FACTS | {"records": None}])
def test_certificate_in_no_known_form_is_damage(facts):
    check = PurgeCheck()
    check.certify("p", PLACE, AT, facts)
    assert [one.what for one in check.damages] == ["body"]
    assert len(judged(check, purge())) == 2
