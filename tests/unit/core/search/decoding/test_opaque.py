from __future__ import annotations

import base64
import hashlib

import pytest

from proxy.core.search.decoding import opaque

BYTES = hashlib.sha512(b"1").digest() + hashlib.sha512(b"2").digest()


@pytest.mark.parametrize(
    "run",
    [
        base64.b64encode(BYTES).decode(),
        base64.urlsafe_b64encode(BYTES).decode(),
        base64.b32encode(BYTES).decode(),
        BYTES.hex() * 2,
        BYTES[:45].hex(),
        BYTES[:30].hex()[:-1],
        "RXx2nznYZEGZwOW9vPvIWzfOkcveH8Gw6mtE8TBDbdcp/mm9nozrpqB9HewlsbCH",
        f"{base64.b64encode(BYTES).decode().rstrip('=')}/{hashlib.sha256(b'1').hexdigest()}",
    ],
)
def test_bytes_that_were_not_read_are_told(run):
    ((start, end),) = opaque(f"see {run} please")
    assert start == 4
    assert len(run.rstrip("=")) <= end - start <= len(run)


@pytest.mark.parametrize(
    "text",
    [
        hashlib.sha256(b"1").hexdigest(),
        hashlib.sha512(b"1").hexdigest(),
        "550e8400-e29b-41d4-a716-446655440000",
        "call_9pLzQ2mXvB4nKc7RtYw1Hd6J",
        "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT1234567890abcdefXYZ",
        "sha512-" + base64.b64encode(hashlib.sha512(b"1").digest()).decode(),
        "/usr/local/lib/python3/site-packages/compliance_proxy/core/search/decoding/views",
        "a_very_long_identifier_of_a_function_that_does_one_thing_2",
        "MyVeryLongJavaClassNameForInvoicesAndOrdersVersion2024ImplTest",
        "https/docs/2024/annual-report-of-the-committee-on-standards-part-12",
        f"at /rustc/{hashlib.sha1(b'1', usedforsecurity=False).hexdigest()}/library/std/src/panicking.rs",
        f"objects/3f/{hashlib.sha1(b'1', usedforsecurity=False).hexdigest()[2:]}/pack/registry/blobs",
        f"registry/blobs/sha256/2f/{hashlib.sha256(b'1').hexdigest()}/data",
        "api/v1/orders/0e3c9b1e-52f8-4a7e-9d36-6f2b1f0c8a77/lines/0e3c9b1e-52f8-4a7e-9d36-6f2b1f0c8a78",
        'sha256 = "0hx2k9q3vbm1zyd7w8r5c4p6n0s9a1f2g3h4j5k6l7m8n9p0q1r2";',
        "=" * 80,
        "-" * 200,
        "0" * 300,
    ],
)
def test_digests_identifiers_and_paths_are_none(text):
    assert list(opaque(text)) == []
