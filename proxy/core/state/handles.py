"""What a target gives to be shown again (a session, a state), as the caller gets it. Pure.

A caller never holds a target's own reference: it gets a *handle*, sealed for its tenant, its service and the server it
asked. Nobody else can use it, nobody can make one, and what it stands for goes back to the target that gave it alone.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
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
    """Makes and reads the handles of one caller at one server; ``target`` is the one whose reply is on its way."""

    keyring: Keyring
    tenant: str
    bound: tuple[str, ...]
    target: str = ""

    @classmethod
    def of(cls, exchange: Exchange, keyring: Keyring, server: str) -> Self:
        """Return those of the caller of an exchange at a server, by the name under which it asks for it."""
        return cls(keyring, exchange.principal.tenant, (exchange.principal.service, exchange.dialect, server))

    def by(self, target: str) -> Self:
        """Return the same for what this target gives."""
        return replace(self, target=target)

    def sealed(self, kind: str, value: str) -> str:
        """Return the handle of a reference: printable, and the same for the same (AES-SIV, RFC 5297)."""
        told = f"{self.target}{_CUT}{value}".encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(_cipher(self.keyring, self.tenant).encrypt(told, self._with(kind))).decode()

    def opened(self, kind: str, handle: str) -> Reference:
        """Return what a handle stands for.

        Raises:
            UnknownHandleError: it is none of this caller's at this server, or none of this kind.

        """
        try:
            sealed = base64.b64decode(handle.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise UnknownHandleError from error
        for keyring in self.keyring.every:
            try:
                told = _cipher(keyring, self.tenant).decrypt(sealed, self._with(kind))
            except (InvalidTag, ValueError):
                continue
            target, _, value = told.decode("utf-8", "surrogatepass").partition(_CUT)
            return Reference(target, value)
        raise UnknownHandleError

    def _with(self, kind: str) -> list[bytes]:
        return [part.encode("utf-8", "surrogatepass") for part in (kind, *self.bound)]


def _cipher(keyring: Keyring, tenant: str) -> AESSIV:
    return AESSIV(keyring.derive("handle", tenant))
