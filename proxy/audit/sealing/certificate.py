"""Certificates: the installation's word that a key is a writer's. Pure.

A certificate stands in the facts of the record ``writer_started``. It covers the chain of that name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey

#: How long a process may write under one certificate, seconds.
LIFE_S = 400 * 86_400
_KIND = "compliance-proxy/audit-writer/v1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Which key seals the records of a writer. ``not_after`` is in seconds since 1970."""

    writer: str
    key: str  # the public key, 32 bytes in hex
    host: str
    not_after: int
    signature: str = ""

    def text(self, origin: str) -> str:
        """Return what is signed."""
        return f"{_KIND}\n{origin}\n{self.writer}\n{self.key}\n{self.host}\n{self.not_after}\n"

    def facts(self) -> dict[str, Any]:
        """Return what the opening record says of it."""
        fields = {"key": self.key, "host": self.host, "not_after": self.not_after, "signature": self.signature}
        return {"certificate": fields}

    def public(self) -> Ed25519PublicKey:
        """Return the writer's key.

        Raises:
            ValueError: it is not a key.

        """
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))


def issue(signing: AuditSigningKey, writer: str, key: Ed25519PublicKey, host: str, not_after: int) -> Certificate:
    """Return a signed certificate."""
    certificate = Certificate(writer, key.public_bytes_raw().hex(), host, not_after)
    return Certificate(writer, certificate.key, host, not_after, signing.sign(certificate.text(signing.origin)))


def certified(writer: str, facts: Mapping[str, Any], trusted: VerifierKey) -> Certificate | None:
    """Return the certificate in an opening record's facts, None when there is no valid one for this writer."""
    stated = facts.get("certificate")
    if not isinstance(stated, Mapping):
        return None
    try:
        certificate = Certificate(
            writer, str(stated["key"]), str(stated["host"]), int(stated["not_after"]), str(stated["signature"])
        )
        certificate.public()
    except (KeyError, TypeError, ValueError):
        return None
    return certificate if trusted.signed(certificate.signature, certificate.text(trusted.origin)) else None
