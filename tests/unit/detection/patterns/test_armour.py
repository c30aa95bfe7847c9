from __future__ import annotations

import pytest

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.patterns import armour
from proxy.detection.text.chunks import joined, split

LINES = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"[:64] for _ in range(60))
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{LINES}\n-----END RSA PRIVATE KEY-----"
CERTIFICATE = KEY.replace("RSA PRIVATE KEY", "CERTIFICATE")


@pytest.mark.parametrize("before", [0, 600, 2_600, 3_900, 5_200])
@pytest.mark.parametrize("block", [KEY, CERTIFICATE])
def test_a_block_is_never_cut(block: str, before: int) -> None:
    text = "word " * (before // 5) + block + " and so on " * 60
    assert block in [part for _, part in split(text)]


def test_a_private_key_leaves_nothing_unread_and_a_certificate_no_guesses() -> None:
    segment = SegmentFindings((Finding("BANK_ACCOUNT", 100, 120, 0.5, "classifier"),), status=Status.PARTIAL)
    key = joined(KEY, [(0, len(KEY), segment)])
    assert (key.status, armour.without_armoured(KEY, key.findings)) == (Status.COMPLETE, ())
    certificate = joined(CERTIFICATE, [(0, len(CERTIFICATE), segment)])
    assert (certificate.status, armour.without_armoured(CERTIFICATE, certificate.findings)) == (Status.PARTIAL, ())


def test_holds_and_is_private() -> None:
    assert armour.is_private(KEY)
    assert armour.is_private(KEY[:-40])
    assert not armour.is_private(CERTIFICATE)
    assert not armour.holds("-----")
