"""What makes requests equal, what callers may ask for, and what of a reply is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import cached, obligations
from proxy.core.cached import NO_WISH, CallerWish, StoredReply
from proxy.core.obligations import KINDS
from proxy.core.records import Obligation, TargetVerdict

NEITHER = CallerWish(reads=False, stores=False)


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("", NO_WISH),
        ("no-cache", CallerWish(reads=False)),
        ("No-Cache, max-age=0", CallerWish(reads=False, max_age_s=0)),
        ("no-store", NEITHER),
        ('no-cache="x, no-store"', CallerWish(reads=False)),
        ("max-age=60", CallerWish(max_age_s=60)),
        ('max-age="60", max-age=5', CallerWish(max_age_s=5)),
        ("max-age=5, max-age=60", CallerWish(max_age_s=5)),
        ("max-age=soon", CallerWish(max_age_s=0)),
        ("max-age", CallerWish(max_age_s=0)),
        ("max-age=-1", CallerWish(max_age_s=0)),
        ("max-age=99999999999999999999", CallerWish(max_age_s=0)),
        ("max-age=\u0661", CallerWish(max_age_s=0)),
        ("min-fresh=10, only-if-cached", CallerWish(min_fresh_s=10, only=True)),
        ("min-fresh=x", NEITHER),
        ('max-stale=900, no-transform, x-own="a\\"b"', NO_WISH),
        (" , ,no-store", NEITHER),
        ("no-store no-cache", NEITHER),
        ("\x00", NEITHER),
        ('only-if-cached, "', CallerWish(reads=False, stores=False, only=True)),
        ("x=" + "y" * 2_000, NEITHER),
    ],
)  # fmt: skip
def test_a_callers_cache_control_is_read_or_nothing_is_answered_or_kept(field, wish):
    assert cached.wish(field) == wish


@given(st.text(max_size=60))
def test_no_field_breaks_it_and_none_asks_for_more(field):
    wish = cached.wish(field)
    assert wish.max_age_s is None or wish.max_age_s >= 0
    assert wish.min_fresh_s >= 0


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1), st.text(max_size=20), st.text(max_size=20))
def test_a_stored_reply_is_what_it_was(pieces, exchange, media):
    stored = StoredReply(exchange, media, pieces, {"x-a": media})
    assert StoredReply.unpacked(stored.packed()) == stored


def permits(*params):
    return TargetVerdict(
        "a", True, 0, (), tuple(Obligation(f"o{n}", "cache_reply", params=p) for n, p in enumerate(params))
    )


@pytest.mark.parametrize(
    ("params", "caching"),
    [
        ([{"max_age_s": 60}], (60, 0)),
        ([{"max_age_s": 60, "special_categories": "included"}], (60, 60)),
        ([{"max_age_s": 60}, {"max_age_s": 9, "special_categories": "included"}], (9, 9)),
        ([{"max_age_s": 9}, {"max_age_s": 60, "special_categories": "included"}], (9, 9)),
        ([{"max_age_s": 60, "special_categories": "included"}, {"max_age_s": 0}], (0, 0)),
    ],
)
def test_the_shortest_permission_counts_and_none_forbids(params, caching):
    assert obligations.caching(permits(*params)) == caching
    assert all(KINDS["cache_reply"].supports(each) for each in permits(*params).obligations)


@pytest.mark.parametrize(
    "params",
    [{}, {"max_age_s": -1}, {"max_age_s": True}, {"max_age_s": 1.5}, {"max_age_s": "60"}, {"max_age_s": 604_801},
     {"max_age_s": 60, "special_categories": "all"}, {"max_age_s": 60, "shared": "tenants"}],
)  # fmt: skip
def test_a_permission_that_says_anything_else_is_not_supported(params):
    assert not KINDS["cache_reply"].supports(permits(params).obligations[0])


def test_a_permission_for_refusals_alone_permits_nothing():
    verdict = permits({"max_age_s": 60})
    denied = replace(verdict, obligations=(replace(verdict.obligations[0], on="deny"),))
    assert obligations.caching(denied) == (0, 0)
