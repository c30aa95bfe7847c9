from __future__ import annotations

import pytest

from proxy.core.targets.stream_limits import KEEP_ALIVES, StreamLimits

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
