from __future__ import annotations

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from proxy.audit.sealing import signing_key as audit_key
from proxy.errors import ConfigurationError
from proxy.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(state_dir=tmp_path / "state")


def test_key_is_made_once_for_its_owner_only(settings):
    where = audit_key.ensured(settings)
    made = audit_key.signing_key(settings)
    assert stat.S_IMODE(where.stat().st_mode) == 0o600
    assert audit_key.ensured(settings) == where
    assert audit_key.signing_key(settings).verifier.id == made.verifier.id


def test_existing_file_is_never_overwritten(settings):
    where = audit_key.ensured(settings)
    with pytest.raises(ConfigurationError, match="exists already and is not replaced"):
        audit_key.create(where, "o")


def test_no_key_says_how_to_make_one(settings):
    with pytest.raises(ConfigurationError, match="audit key create"):
        audit_key.signing_key(settings)


def test_file_that_holds_no_such_key_is_refused(settings, tmp_path):
    other = tmp_path / "key.pem"
    given = settings.model_copy(update={"audit_signing_key": other})
    with pytest.raises(ConfigurationError, match="FileNotFoundError"):
        audit_key.signing_key(given)
    other.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        audit_key.signing_key(given)
    rsa = generate_private_key(65537, 2048)
    other.write_bytes(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="Ed25519"):
        audit_key.signing_key(given)
