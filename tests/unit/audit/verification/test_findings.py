from __future__ import annotations

from datetime import UTC, datetime

from proxy.audit.verification.findings import Damage, VerificationReport


def test_a_verification_ends_in_one_of_three_states():
    assert VerificationReport().state == "unwitnessed"
    assert VerificationReport(witnessed_to=datetime(2026, 1, 1, tzinfo=UTC)).state == "witnessed"
    damage = Damage("w", 1, "seal", "")
    assert VerificationReport(witnessed_to=datetime(2026, 1, 1, tzinfo=UTC), damages=[damage]).state == "damaged"
