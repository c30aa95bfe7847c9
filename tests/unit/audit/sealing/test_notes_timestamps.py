"""Tokens of a real authority are verified in test_tsa."""

from __future__ import annotations

import pytest

from proxy.audit.sealing import keys, notes
from proxy.audit.sealing.notes import stamped, time_of

SIGNED = notes.sign(notes.Note(5, b"r" * 32), keys.AuditSigningKey.generate())


def test_cosignatures_are_not_stamped():
    assert stamped(f"{SIGNED}— witness AAAA\n") == stamped(SIGNED) == SIGNED.encode()


def test_what_is_no_token_is_refused():
    pytest.importorskip("rfc3161_client", reason="an extra is not installed")
    with pytest.raises(ValueError, match=r"."):
        time_of(b"nonsense", stamped(SIGNED), b"")
