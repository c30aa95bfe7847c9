from __future__ import annotations

import base64
import hashlib

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from proxy.policy.bundles import signature
from proxy.policy.faults import BundleRefusedError

FILES = {"data.json": b'{"b": 1, "a": "\xe2\x80\xa8"}', ".manifest": b'{"revision":"r"}', "x/y.rego": b"package x\n"}


def pems(key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


KEYS = {"EdDSA": pems(ed25519.Ed25519PrivateKey.generate()), "RS256": pems(rsa.generate_private_key(65537, 2048))}


@pytest.fixture(params=sorted(KEYS))
def keys(request):
    private, public = KEYS[request.param]
    return signature.private_key(private), signature.public_key(public)


def test_sign_then_verify_accepts(keys):
    signature.verify(FILES, signature.sign(FILES, keys[0], "k"), keys[1])


def test_signature_is_opas_token(keys):
    (token,) = orjson.loads(signature.sign(FILES, keys[0], "k"))["signatures"]
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    assert orjson.loads(header) == {"alg": signature.algorithm(keys[0]), "kid": "k", "typ": "JWT"}
    files = {entry["name"]: entry for entry in orjson.loads(payload)["files"]}
    assert set(files) == set(FILES)
    assert files["x/y.rego"]["hash"] == hashlib.sha256(b"package x\n").hexdigest()
    # canonical: sorted keys, no spaces, and the line separator escaped as Go's encoder does
    assert files["data.json"]["hash"] == hashlib.sha256(b'{"a":"\\u2028","b":1}').hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {**FILES, "x/y.rego": b"package z\n"},
        {**FILES, "more.rego": b"package more\n"},
        {name: content for name, content in FILES.items() if name != "x/y.rego"},
        {**FILES, "data.json": b'{"a":2}'},
    ],
)
def test_verify_refuses_any_other_content(keys, changed):
    signed = signature.sign(FILES, keys[0], "k")
    with pytest.raises(BundleRefusedError, match="not what was signed"):
        signature.verify(changed, signed, keys[1])


@pytest.mark.parametrize("signed", [None, b"", b"{}", b'{"signatures":[]}', b'{"signatures":["a.b.c"]}', b"[1]"])
def test_verify_refuses_no_or_odd_signatures(keys, signed):
    with pytest.raises(BundleRefusedError):
        signature.verify(FILES, signed, keys[1])


def test_verify_refuses_another_key(keys):
    other = pems(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(BundleRefusedError, match="configured key"):
        signature.verify(FILES, signature.sign(FILES, keys[0], "k"), signature.public_key(other[1]))


def test_verify_refuses_the_none_algorithm(keys):
    def encode(value):
        return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()

    token = f"{encode({'alg': 'none'})}.{encode({'files': []})}."
    with pytest.raises(BundleRefusedError):
        signature.verify({}, orjson.dumps({"signatures": [token]}), keys[1])


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP256R1()), ed448.Ed448PrivateKey.generate()])
def test_other_kinds_of_key_are_refused(key):
    private, public = pems(key)
    with pytest.raises(BundleRefusedError):
        signature.private_key(private)
    with pytest.raises(BundleRefusedError):
        signature.public_key(public)


def test_rubbish_is_no_key():
    with pytest.raises(BundleRefusedError):
        signature.public_key(b"rubbish")
