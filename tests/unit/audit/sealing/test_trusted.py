from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proxy.audit.sealing import keys, notes, trusted
from proxy.errors import ConfigurationError


def test_public_key_is_taken_as_text_file_or_pem(tmp_path):
    made = keys.AuditSigningKey.generate().verifier
    (tmp_path / "vkey").write_text(f"{made}\n")
    (tmp_path / "pub.pem").write_bytes(made.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for text in (str(made), str(tmp_path / "vkey"), str(tmp_path / "pub.pem")):
        assert str(trusted.verifier_key(text, keys.ORIGIN)) == str(made)
    for text in ("nonsense", str(tmp_path)):
        with pytest.raises(ConfigurationError, match="audit key export"):
            trusted.verifier_key(text, keys.ORIGIN)


def test_a_note_is_kept_and_read_back(tmp_path):
    state, note = tmp_path / "state", notes.sign(notes.Note(5, b"r" * 32), keys.AuditSigningKey.generate())
    assert (trusted.note_before(None), trusted.note_before(state)) == ("", "")
    trusted.replace_note(state, note)
    assert trusted.note_before(state) == note


def test_a_state_that_is_no_note_or_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "state").write_text("nonsense")
    with pytest.raises(ConfigurationError, match="not a signed note"):
        trusted.note_before(tmp_path / "state")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        trusted.replace_note(tmp_path / "state" / "below", "note")
