from __future__ import annotations

import pytest

from proxy.core.targets.attempts import KEEP_ALIVES, NEVER, Retry, StreamLimits, Waits
from proxy.errors import UpstreamBusyError, UpstreamError, UpstreamMalformedError

THRICE = Retry(attempts=3, within_s=10.0, base_s=1.0)


def busy(retry_after_s=0.0):
    fault = UpstreamBusyError()
    fault.retry_after_s = retry_after_s
    return fault


@pytest.mark.parametrize(
    ("failures", "draw", "seconds"),
    [(1, 0.0, 0.5), (1, 1.0, 1.0), (2, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.5, 3.0), (4, 0.0, None)],
)
def test_waits_double_and_differ(failures, draw, seconds):
    assert THRICE.wait(failures, 0.0, busy(), lambda: draw) == seconds


@pytest.mark.parametrize(
    ("asked", "draw", "seconds"), [(4.0, 0.0, 4.0), (4.0, 0.5, 4.5), (9.5, 1.0, None), (3600.0, 0.0, None)]
)
def test_what_the_target_asks_for_is_the_least_and_too_long_is_not_waited(asked, draw, seconds):
    assert THRICE.wait(1, 0.0, busy(asked), lambda: draw) == seconds


def test_what_was_waited_counts():
    assert THRICE.wait(1, 9.6, busy(), lambda: 0.0) is None


@pytest.mark.parametrize("fault", [UpstreamError(), UpstreamMalformedError()])
def test_only_what_may_pass_is_waited_for(fault):
    assert THRICE.wait(1, 0.0, fault, lambda: 0.0) is None


def test_nobody_waits_unless_told_to():
    assert NEVER.wait(1, 0.0, busy(), lambda: 0.0) is None


def test_failures_are_counted_by_target():
    waits = Waits()
    once = Retry(1, 10.0, 1.0)
    assert [waits.next(name, once, busy()) is None for name in ("a", "b", "a")] == [False, False, True]
    assert 0.5 <= Waits().next("a", once, busy()) <= 1.0


LIMITS = StreamLimits(bytes=10, events=3)


@pytest.mark.parametrize(
    ("stream", "limit"),
    [
        ((10, 3, KEEP_ALIVES), ""),
        ((11, 0, 0), "bytes"),
        ((0, 4, 0), "events"),
        ((0, 0, KEEP_ALIVES + 1), "keep-alives"),
    ],
)
def test_what_is_beyond_a_limit_is_named(stream, limit):
    assert LIMITS.exceeded(*stream) == limit
