from __future__ import annotations

import pytest
from multidict import CIMultiDict

from proxy.upstreams.retry_after import retry_after

DATE = "Thu, 26 Nov 2026 18:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After": "Thu, 26 Nov 2026 18:00:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Thu, 26 Nov 2026 17:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Thu, 26 Nov 2026 18:00:30 GMT"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, 0.0),
        ({"Retry-After": "inf"}, 0.0),
        ({"Retry-After": "1e9"}, 86_400.0),
        ({"Retry-After": "soon", "Date": "now"}, 0.0),
    ],
)
def test_what_a_reply_asks_to_wait(headers, seconds):
    assert retry_after(CIMultiDict(headers)) == seconds
