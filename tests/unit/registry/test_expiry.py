from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from proxy.catalog.models import EvidenceStatus
from proxy.registry.expiry import expiring

TODAY = dt.date(2026, 11, 1)


def document(**target):
    return {
        "registry": {
            "targets": {"p/eu": {"provider": "p", "encryption": {"at_rest": "aes"}, **target}},
            "tenants": {
                "acme": {
                    "establishments": ["CN"],
                    "cn_mechanism": {"type": "scc", "targets": ["p/eu"], "expires": "2026-11-20"},
                },
                "beta": {"establishments": ["DE"]},
            },
            "exceptions": [
                {"id": "ex-1", "tenant": "acme", "activity": "support", "expires": "2026-10-01T12:00:00+00:00"},
                {"id": "ex-2", "expires": "2027-06-01"},
            ],
            "reviewed_origins": [
                {"country": "CN", "who": "Anna", "until": "2026-12-01", "note": "x"},
                {"country": "KZ", "who": "Anna", "until": "2026-12-02", "note": "x"},
            ],
        },
        "endpoints": {},
        "routes": [
            {"tenant": "acme", "model": "gpt-*", "targets": ["p/eu", "q/us"]},
            {"targets": ["p/eu"]},
            {"targets": ["q/us"]},
        ],
    }


def test_what_ends_is_listed_first_to_end_first_with_who_depends_on_it():
    found = expiring(document(dpa={"ref": "D-1", "status": "signed", "expires": "2026-12-31"}), TODAY, 90)
    assert [(one.path, one.ref, one.expires, one.days, one.over) for one in found] == [
        ("exceptions.ex-1", "ex-1", "2026-10-01", -31, True),
        ("tenants.acme.cn_mechanism", "", "2026-11-20", 19, False),
        ("reviewed_origins.0", "CN", "2026-12-01", 30, False),
        ("reviewed_origins.1", "KZ", "2026-12-02", 31, False),
        ("targets.p/eu.dpa", "D-1", "2026-12-31", 60, False),
    ]
    assert found[0].affected == ("tenant acme", "activity support")
    assert found[1].affected == ("tenant acme", "targets p/eu")
    assert [each.affected for each in found[2:4]] == [("tenant acme",), ("people in KZ",)]
    assert found[4].affected == (
        "tenant acme, model gpt-* (1 other target)",
        "every tenant, every model (0 other targets)",
    )


@pytest.mark.parametrize(
    ("evidence", "days"),
    [
        ({"expires": "2026-11-01"}, 0),
        ({"expires": "2026-10-31"}, -1),
        ({"expires": "2026-11-02T00:30:00+02:00"}, 0),
        ({"status": "lapsed", "expires": "2030-01-01"}, None),
        ({"status": "expired"}, None),
    ],
)
def test_days_left(evidence, days):
    (found,) = [one for one in expiring(document(baa=evidence), TODAY, 0) if one.path == "targets.p/eu.baa"]
    assert found.days == days
    assert found.over is (days is None or days < 0)


@pytest.mark.parametrize("status", sorted({*get_args(EvidenceStatus)} - {"signed", "active", "missing"}))
@pytest.mark.parametrize("dated", [{}, {"expires": "2030-01-01"}])
def test_what_does_not_hold_any_more_is_over_whatever_its_date(status, dated):
    found = expiring(document(dpa={"status": status, **dated}), TODAY, 0)
    (one,) = [one for one in found if one.path == "targets.p/eu.dpa"]
    assert (one.over, one.days, one.expires) == (True, None, dated.get("expires", ""))


@pytest.mark.parametrize("evidence", [{"expires": "2026-11-03"}, {"status": "signed"}, {"status": "missing"}])
def test_what_holds_longer_or_has_no_end_is_not_listed(evidence):
    assert not [one for one in expiring(document(scc=evidence), TODAY, 1) if one.path.startswith("targets")]


def test_a_target_without_a_route_affects_none():
    given = document(dpa={"expires": "2026-11-02"})
    (found,) = [one for one in expiring({**given, "routes": []}, TODAY, 9) if one.path == "targets.p/eu.dpa"]
    assert found.affected == ("no route",)
