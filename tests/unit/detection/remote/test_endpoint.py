"""Where a detector is, by its address."""

from __future__ import annotations

import pytest

from proxy.detection.remote.endpoint import _split


@pytest.mark.parametrize(
    ("place", "scheme", "expected"),
    [("detector:8443", "https", ("detector", 8443)), ("detector", "https", ("detector", 443)),
     ("127.0.0.1", "http", ("127.0.0.1", 80)), ("[::1]:8443", "https", ("::1", 8443)), ("[::1]", "http", ("::1", 80))],
)  # fmt: skip
def test_a_place_is_a_host_and_a_port(place, scheme, expected):
    assert _split(place, scheme) == expected
