from __future__ import annotations

import base64
import hashlib

import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note

KEY = AuditSigningKey.generate()
NOTE = Note(12, b"r" * 32)
SIGNED = notes.sign(NOTE, KEY)


def test_note_is_a_c2sp_checkpoint():
    text, _, signature = SIGNED.partition("\n\n")
    assert text.split("\n") == [KEY.origin, "12", base64.b64encode(b"r" * 32).decode()]
    dash, name, packed = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("\u2014", KEY.origin)
    raw = base64.b64decode(packed)
    public = KEY.private.public_key()
    assert raw[:4] == hashlib.sha256(f"{KEY.origin}\n\x01".encode() + public.public_bytes_raw()).digest()[:4]
    public.verify(raw[4:], f"{text}\n".encode())


def test_signed_note_opens_with_its_key_only():
    assert notes.opened(SIGNED, KEY.verifier) == NOTE
    assert notes.opened(SIGNED, AuditSigningKey.generate().verifier) is None
    assert notes.opened(SIGNED, AuditSigningKey("elsewhere", KEY.private).verifier) is None


def test_cosignatures_do_not_disturb():
    assert notes.opened(f"{SIGNED}\u2014 witness.example AAAA\n", KEY.verifier) == NOTE


def test_line_of_an_anchor_says_the_same():
    line = notes.anchor_line(SIGNED)
    assert notes.anchored(line, KEY.verifier) == NOTE
    assert notes.anchored(line, AuditSigningKey.generate().verifier) is None


@pytest.mark.parametrize(("old", "new"), [("\n12\n", "\n13\n"), ("cnJy", "cnJz"), (KEY.origin, "other")])
def test_altered_note_does_not_open(old, new):
    assert old in SIGNED
    assert notes.opened(SIGNED.replace(old, new, 1), KEY.verifier) is None


@pytest.mark.parametrize("text", ["", "x", "\n\n", f"{KEY.origin}\n\n\u2014 {KEY.origin} AAAA\n", "1 2 3 4", "a b"])
def test_malformed_note_does_not_open(text):
    assert notes.opened(text, KEY.verifier) is None
    assert notes.anchored(text, KEY.verifier) is None
