from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.sealing.certificate import certified, issue
from proxy.audit.sealing.keys import AuditSigningKey

KEY = AuditSigningKey.generate()
MADE = issue(KEY, "w", Ed25519PrivateKey.generate().public_key(), "host", 2_000_000_000)


def test_certificate_of_the_installation_counts():
    assert certified("w", MADE.facts(), KEY.verifier) == MADE


def test_certificate_of_another_key_or_writer_does_not():
    assert certified("w", MADE.facts(), AuditSigningKey.generate().verifier) is None
    assert certified("w~2", MADE.facts(), KEY.verifier) is None


@pytest.mark.parametrize("change", [{"key": "00" * 32}, {"host": "other"}, {"not_after": 2_100_000_000}])
def test_altered_certificate_does_not_count(change):
    assert certified("w", {"certificate": MADE.facts()["certificate"] | change}, KEY.verifier) is None


@pytest.mark.parametrize("facts", [{}, {"certificate": 1}, {"certificate": {}}, {"certificate": {"key": "zz"}}])
def test_what_is_no_certificate_does_not_count(facts):
    assert certified("w", facts, KEY.verifier) is None
