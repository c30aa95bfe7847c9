from __future__ import annotations

from proxy.reports import subjects
from testing import evidence


async def test_a_keyed_reference_is_taken_as_it_is(reader):
    assert await subjects.find(reader, evidence.KEYRING, "hmac-sha256:k:aa", "") == (("hmac-sha256:k:aa",), None)
