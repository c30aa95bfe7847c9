from __future__ import annotations

import pytest

from testing import models

LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
BODY = "\n".join([LINE] * 200)


@pytest.mark.parametrize(
    "key",
    [
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BODY}\n=AbCd\n-----END PGP PRIVATE KEY BLOCK-----",
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{BODY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}",
        f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: k\nPublic-Lines: 1\n{LINE}\nPrivate-Lines: 1\n{LINE}\nPrivate-MAC: {'0a' * 32}",
    ],
)
def test_private_keys_of_any_length_are_covered_whole(key: str) -> None:
    text = f"use this:\n{key}\n"
    (found,) = models.scanner().scan(text)
    assert (found.entity_type, found.start) == ("CREDENTIAL", len("use this:\n"))
    assert found.end >= len("use this:\n") + len(key)
