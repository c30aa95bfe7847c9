from __future__ import annotations

import base64
import hashlib

import pytest

from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey

KEY = AuditSigningKey.generate("audit.acme.example/eu1")


def test_verifier_key_is_written_as_c2sp_writes_it():
    raw = KEY.private.public_key().public_bytes_raw()
    named = hashlib.sha256(b"audit.acme.example/eu1\n\x01" + raw).hexdigest()[:8]
    assert str(KEY.verifier) == f"audit.acme.example/eu1+{named}+{base64.b64encode(bytes([1]) + raw).decode()}"
    assert VerifierKey.parse(str(KEY.verifier)).id == KEY.verifier.id


@pytest.mark.parametrize(
    "text", ["", "x", "a+b+c", "a+00000000+AA==", f"other{str(KEY.verifier)[5:]}", "a b+1+AQ=="], ids=range(6)
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError):
        VerifierKey.parse(text)


def test_signature_counts_for_its_text_and_key_alone():
    made = KEY.sign("text\n")
    assert KEY.verifier.signed(made, "text\n")
    assert not KEY.verifier.signed(made, "text")
    assert not AuditSigningKey.generate(KEY.origin).verifier.signed(made, "text\n")
    assert not AuditSigningKey("elsewhere", KEY.private).verifier.signed(made, "text\n")
    assert not KEY.verifier.signed("!!", "text\n")


def test_the_private_key_shows_in_no_representation():
    assert "Private" not in repr(KEY)
