"""How vault entries are named and sealed: without the master key nothing in the table can be read or guessed. Pure."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.core.keyring import Keyring
from proxy.runtime.recent import BoundedCache

_NONCE_BYTES = 12
_REPLY = b"reply"  # what tells replies, and the names of what they answer, from everything else
_NAMED = b"named"  # associated data of sealed pseudonyms, so that none passes for an original
_DOMAINS_CACHED = 1024


def _encrypted(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _decrypted(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes | None:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except InvalidTag:
        return None


def _sealed(cipher: AESGCM, text: str, bound: bytes) -> bytes:
    return _encrypted(cipher, text.encode("utf-8", "surrogatepass"), bound)


def _opened(cipher: AESGCM, sealed: bytes, bound: bytes) -> str | None:
    plain = _decrypted(cipher, sealed, bound)
    return None if plain is None else plain.decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class DomainSealer:
    """Names and seals the entries of one domain, by keyed digests of domain, tenant, and tenant with activity.

    ``origin`` is the domain itself, sealed under the master key.
    """

    name: bytes
    tenant: bytes
    activity: bytes
    digest_key: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)
    origin: bytes

    def digest(self, pseudonym: str) -> bytes:
        """Return the 32 bytes that a pseudonym is stored under."""
        return hmac.digest(self.digest_key, pseudonym.encode(), "sha256")

    def seal(self, digest: bytes, original: str) -> bytes:
        """Return nonce || AES-256-GCM ciphertext, bound to the entry's name."""
        return _sealed(self.cipher, original, self.name + digest)

    def named(self, digest: bytes, pseudonym: str) -> bytes:
        """Return the pseudonym itself, sealed as the original is."""
        return _sealed(self.cipher, pseudonym, _NAMED + self.name + digest)

    def open(self, digest: bytes, sealed: bytes) -> str | None:
        """Return the original, or None if the entry was altered or sealed with another key."""
        return _opened(self.cipher, sealed, self.name + digest)

    def pseudonym(self, digest: bytes, sealed: bytes) -> str | None:
        """Return what ``named`` sealed, or None if it was altered or sealed with another key."""
        return _opened(self.cipher, sealed, _NAMED + self.name + digest)

    def reply_name(self, identity: bytes) -> bytes:
        """Return the 32 bytes under which the reply to a request is kept."""
        return hmac.digest(self.digest_key, _REPLY + identity, "sha256")

    def seal_reply(self, name: bytes, reply: bytes) -> bytes:
        """Return a reply sealed as originals are, bound to its name."""
        return _encrypted(self.cipher, reply, _REPLY + self.name + name)

    def open_reply(self, name: bytes, sealed: bytes) -> bytes | None:
        """Return the reply, None if it was altered or sealed with another key."""
        return _decrypted(self.cipher, sealed, _REPLY + self.name + name)


@dataclass
class Sealers:
    """The sealers of recently used domains, all of one master key."""

    keyring: Keyring
    _cache: BoundedCache[str, DomainSealer] = field(default_factory=lambda: BoundedCache(_DOMAINS_CACHED))

    def of(self, domain: str) -> DomainSealer:
        """Return the domain's sealer."""
        sealer = self._cache.get(domain)
        if sealer is None:
            tenant, activity, *_ = (*domain.split("\x1f"), "")
            name = hmac.digest(self.keyring.derive("vault-domain"), domain.encode(), "sha256")
            sealer = DomainSealer(
                tenant=self.tenant(tenant),
                activity=self.activity(tenant, activity),
                name=name,
                digest_key=self.keyring.derive("vault-pseudonym", domain),
                cipher=AESGCM(self.keyring.derive("vault-seal", domain)),
                origin=_sealed(self._origins, domain, name),
            )
            self._cache[domain] = sealer
        else:
            self._cache.move_to_end(domain)
        return sealer

    def domain(self, name: bytes, origin: bytes) -> str | None:
        """Return the domain sealed as ``origin``, None if it was altered or sealed by another master key."""
        return _opened(self._origins, origin, name)

    @property
    def _origins(self) -> AESGCM:
        return AESGCM(self.keyring.derive("vault-origin"))

    def tenant(self, name: str) -> bytes:
        """Return the keyed digest of a tenant, 32 bytes."""
        return hmac.digest(self.keyring.derive("vault-tenant"), name.encode(), "sha256")

    def activity(self, tenant: str, name: str) -> bytes:
        """Return the keyed digest of a tenant's activity, 32 bytes."""
        return hmac.digest(self.keyring.derive("vault-activity"), f"{tenant}\x1f{name}".encode(), "sha256")
