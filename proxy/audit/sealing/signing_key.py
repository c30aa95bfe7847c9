"""Where the audit signing key comes from: a PEM file that a setting names, or the one in the state folder."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.errors import ConfigurationError
from proxy.runtime import private
from proxy.settings import Settings

_MAKE_ONE = "make one with: compliance-proxy audit key create"
#: What is said where an installation has none.
MISSING = f"no audit signing key: set PROXY_AUDIT_SIGNING_KEY to a PEM file; {_MAKE_ONE}"


def default_path(settings: Settings) -> Path:
    """Return where embedded runs keep the key."""
    return settings.state_dir / "audit-signing.pem"


def path(settings: Settings) -> Path | None:
    """Return the file that holds the key, None when there is none."""
    if settings.audit_signing_key is not None:
        return settings.audit_signing_key
    return default_path(settings) if default_path(settings).exists() else None


def signing_key(settings: Settings) -> AuditSigningKey:
    """Return the key that certifies writers and signs the log.

    Raises:
        ConfigurationError: there is none, or it is no Ed25519 private key.

    """
    where = path(settings)
    if where is None:
        raise ConfigurationError(MISSING)
    return loaded(where, settings.audit_origin)


def loaded(where: Path, origin: str) -> AuditSigningKey:
    """Return the key in a file.

    Raises:
        ConfigurationError: it cannot be read, or is no Ed25519 private key.

    """
    try:
        private = load_pem_private_key(where.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"the audit signing key {where} cannot be read ({type(error).__name__})") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"the audit signing key {where} is no Ed25519 private key; {_MAKE_ONE}")
    return AuditSigningKey(origin, private)


def create(where: Path, origin: str) -> AuditSigningKey:
    """Make a key that only its owner may read; a file that exists stays.

    Raises:
        ConfigurationError: the file exists or cannot be written.

    """
    key = AuditSigningKey.generate(origin)
    try:
        where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with private.opened(where, "xb") as out:
            out.write(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise ConfigurationError(
            f"the audit signing key {where} exists already and is not replaced: name another file, or remove it if no "
            "log was signed with it"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"the audit signing key {where} cannot be made ({type(error).__name__})") from error
    return key


def ensured(settings: Settings) -> Path:
    """Return the file that holds the key, made in the state folder when there is none.

    Raises:
        ConfigurationError: it cannot be made.

    """
    where = path(settings)
    if where is None:
        where = default_path(settings)
        create(where, settings.audit_origin)
    return where
