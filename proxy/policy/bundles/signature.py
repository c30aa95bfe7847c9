"""OPA's bundle signatures: ``.signatures.json`` holds one JWT that lists every file with its hash.

Format: https://www.openpolicyagent.org/docs/management-bundles#signing. Structured files (``data.json`` and
``.manifest``) are hashed over their canonical JSON, all others over their bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from proxy.policy.faults import BundleRefusedError

FILE = ".signatures.json"
_STRUCTURED = ("data.json", ".manifest")
_SMALLEST_RSA = 2048

PrivateKey = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ed25519.Ed25519PublicKey | rsa.RSAPublicKey


def private_key(pem: bytes) -> PrivateKey:
    """Read an unencrypted Ed25519 or RSA private key.

    Raises:
        BundleRefusedError: it is neither.

    """
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BundleRefusedError("signature", "the signing key is not an unencrypted private key in PEM") from error
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _SMALLEST_RSA
    ):
        return key
    raise BundleRefusedError("signature", "the signing key is neither Ed25519 nor RSA of at least 2048 bits")


def public_key(pem: bytes) -> PublicKey:
    """Read an Ed25519 or RSA public key.

    Raises:
        BundleRefusedError: it is neither.

    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BundleRefusedError("signature", "the verification key is not a public key in PEM") from error
    if isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA
    ):
        return key
    raise BundleRefusedError("signature", "the verification key is neither Ed25519 nor RSA of at least 2048 bits")


def algorithm(key: PrivateKey | PublicKey) -> str:
    """Return the JWS algorithm of a key: "EdDSA" (RFC 8037) or "RS256" (RFC 7518)."""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey) else "RS256"


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _digest(name: str, content: bytes) -> str:
    if name.rsplit("/", 1)[-1] in _STRUCTURED:
        content = orjson.dumps(orjson.loads(content), option=orjson.OPT_SORT_KEYS)
        # OPA hashes what Go's encoder writes, and that escapes these two even where it need not.
        content = content.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
    return hashlib.sha256(content).hexdigest()


def _listing(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [
        {"name": name, "hash": _digest(name, content), "algorithm": "SHA-256"}
        for name, content in sorted(files.items())
    ]


def sign(files: Mapping[str, bytes], key: PrivateKey, key_id: str) -> bytes:
    """Return the content of ``.signatures.json`` for the files of a bundle (names without a leading slash)."""
    header = {"alg": algorithm(key), "kid": key_id, "typ": "JWT"}
    payload = {"files": _listing(files), "keyid": key_id}
    signed = _encode(orjson.dumps(header)) + b"." + _encode(orjson.dumps(payload))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        mac = key.sign(signed)
    else:
        mac = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return orjson.dumps({"signatures": [(signed + b"." + _encode(mac)).decode()]})


def _verified(token: str, key: PublicKey) -> dict[str, str]:
    """Return the file hashes in the token after verifying its signature."""
    header, payload, mac = token.split(".")
    if orjson.loads(_decode(header))["alg"] != algorithm(key):
        raise ValueError("another algorithm")
    signed = f"{header}.{payload}".encode()
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(_decode(mac), signed)
    else:
        key.verify(_decode(mac), signed, padding.PKCS1v15(), hashes.SHA256())
    return _listed(orjson.loads(_decode(payload)))


def verify(files: Mapping[str, bytes], signatures: bytes | None, key: PublicKey) -> None:
    """Check that exactly these files were signed with the key.

    Raises:
        BundleRefusedError: unsigned, another key, or a file was added, changed or removed.

    """
    if signatures is None:
        raise BundleRefusedError("signature", "the bundle is not signed")
    try:
        (token,) = orjson.loads(signatures)["signatures"]
        listed = _verified(token, key)
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleRefusedError("signature", "the signature was not made with the configured key") from error
    actual = {entry["name"]: entry["hash"] for entry in _listing(files)}
    for name in sorted(listed.keys() | actual.keys()):
        if listed.get(name) != actual.get(name):
            raise BundleRefusedError("signature", f"{name} is not what was signed")


def _listed(payload: Mapping[str, Any]) -> dict[str, str]:
    if any(entry["algorithm"] != "SHA-256" for entry in payload["files"]):
        raise ValueError("only SHA-256 is accepted")
    return {entry["name"].lstrip("/"): entry["hash"] for entry in payload["files"]}
