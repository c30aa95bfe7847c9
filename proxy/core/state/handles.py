"""Handles for a target's own identifiers (a session, a state). Pure.

A caller never gets a target's identifier but a *handle*, sealed for its tenant, its service and the server. It cannot
be forged or used by others, and the identifier returns only to the target that issued it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from proxy.core.keyring import Keyring
from proxy.core.records import Exchange
from proxy.core.wire import Reference
from proxy.errors import UnknownHandleError

_CUT = "\x1f"


@dataclass(frozen=True, slots=True)
class Handles:
    """Seals and opens the handles of one caller at one server; ``target`` is the one that replies."""

    keyring: Keyring
    tenant: str
    bound: tuple[str, ...]
    target: str = ""

    @classmethod
    def of(cls, exchange: Exchange, keyring: Keyring, server: str) -> Self:
        """Return the handles of an exchange's caller at a server, named as in the request."""
        return cls(keyring, exchange.principal.tenant, (exchange.principal.service, exchange.dialect, server))

    def by(self, target: str) -> Self:
        """Return the same for identifiers that this target issues."""
        return type(self)(self.keyring, self.tenant, self.bound, target)

    def sealed(self, kind: str, value: str) -> str:
        """Return the handle of an identifier: printable and deterministic (AES-SIV, RFC 5297)."""
        plain = f"{self.target}{_CUT}{value}".encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(_cipher(self.keyring, self.tenant).encrypt(plain, self._with(kind))).decode()

    def opened(self, kind: str, handle: str) -> Reference:
        """Return the reference behind a handle.

        Raises:
            UnknownHandleError: it is not this caller's at this server, or not of this kind.

        """
        try:
            sealed = base64.b64decode(handle.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise UnknownHandleError from error
        for keyring in self.keyring.every:
            try:
                plain = _cipher(keyring, self.tenant).decrypt(sealed, self._with(kind))
            except (InvalidTag, ValueError):
                continue
            target, _, value = plain.decode("utf-8", "surrogatepass").partition(_CUT)
            return Reference(target, value)
        raise UnknownHandleError

    def _with(self, kind: str) -> list[bytes]:
        return [part.encode("utf-8", "surrogatepass") for part in (kind, *self.bound)]


def _cipher(keyring: Keyring, tenant: str) -> AESSIV:
    return AESSIV(keyring.derive("handle", tenant))
