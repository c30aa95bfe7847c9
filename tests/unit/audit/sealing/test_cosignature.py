from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.sealing import notes
from proxy.audit.sealing.cosignature import Cosigner, WitnessKey
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note

KEY = AuditSigningKey.generate("audit.acme.example/eu1")
SIGNED = notes.sign(Note(12, b"r" * 32), KEY)
WITNESS = Cosigner("witness.example/w1", Ed25519PrivateKey.generate())
LINE = WITNESS.cosign(SIGNED.partition("\n\n")[0] + "\n", 1_790_000_000)


def test_cosignature_is_that_of_c2sp():
    dash, name, packed = LINE.rstrip("\n").split(" ")
    raw, public = base64.b64decode(packed), WITNESS.private.public_key()
    assert (dash, name, len(raw)) == ("\u2014", "witness.example/w1", 4 + 8 + 64)
    assert raw[:4] == hashlib.sha256(b"witness.example/w1\n\x04" + public.public_bytes_raw()).digest()[:4]
    text = SIGNED.partition("\n\n")[0]
    public.verify(raw[12:], f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n{text}\n".encode())


def test_a_cosigned_note_says_when_and_stays_the_note_it_was():
    assert WITNESS.key.seen_at(SIGNED + LINE) == 1_790_000_000
    assert notes.opened(SIGNED + LINE, KEY.verifier) == Note(12, b"r" * 32)


@pytest.mark.parametrize(
    "note",
    [
        SIGNED,
        SIGNED.replace("\n12\n", "\n13\n") + LINE,
        SIGNED + LINE.replace("witness", "wetness"),
        SIGNED + LINE[:-9],
        LINE,
        "",
    ],
)
def test_other_words_are_no_cosignature(note):
    assert WITNESS.key.seen_at(note) is None


def test_another_witness_did_not_say_it():
    other = Cosigner(WITNESS.name, Ed25519PrivateKey.generate())
    assert other.key.seen_at(SIGNED + LINE) is None


def test_key_is_read_as_it_is_written():
    assert WitnessKey.parse(str(WITNESS.key)) == WITNESS.key


@pytest.mark.parametrize(
    "text",
    ["", "a+b", str(KEY.verifier), str(WITNESS.key).replace("w1", "w2"), "a+00000000+!"],
    ids=["empty", "short", "log key", "other name", "no base64"],
)
def test_what_is_no_key_of_a_witness_is_refused(text):
    with pytest.raises(ValueError):
        WitnessKey.parse(text)
