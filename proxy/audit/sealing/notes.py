"""Notes: signed statements of how far the log of seals has come (C2SP tlog-checkpoint). Pure.

    <origin>
    <number of seals>
    <base64 of the RFC 6962 root over all seals>

    - <origin> <base64 of key id and Ed25519 signature>        (an em dash stands where the hyphen is here)

A line of an anchor is the same in one line: ``<origin> <size> <root> <signature>``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

from cryptography import x509

from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey
from proxy.audit.sealing.tree import HASH_BYTES

#: Begins a line with a signature (C2SP signed-note).
DASH = "\u2014"
_LINE_FIELDS = 4  # origin, size, root, signature


class Note(NamedTuple):
    """What a note says: the log had ``size`` seals, and this root."""

    size: int
    root: bytes

    def text(self, origin: str) -> str:
        """Return what is signed."""
        return f"{origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(note: Note, key: AuditSigningKey) -> str:
    """Return the signed note."""
    text = note.text(key.origin)
    return f"{text}\n{DASH} {key.origin} {key.sign(text)}\n"


def opened(signed: str, key: VerifierKey) -> Note | None:
    """Return what a note says, None when it is malformed or not signed by this key."""
    text, _, signatures = signed.partition("\n\n")
    prefix = f"{DASH} {key.origin} "
    encoded = [line.removeprefix(prefix) for line in signatures.splitlines() if line.startswith(prefix)]
    return _read(text.splitlines(), encoded, key)


def anchor_line(signed: str) -> str:
    """Return a note with the log's signature, and perhaps others, as one line.

    Raises:
        ValueError: it is none.

    """
    text, _, signatures = signed.partition("\n\n")
    origin, size, root = text.split("\n")
    [signature, *_] = [line for line in signatures.splitlines() if line.startswith(f"{DASH} {origin} ")]
    return f"{origin} {size} {root} {signature.rpartition(' ')[2]}"


def anchored(line: str, key: VerifierKey) -> Note | None:
    """Return what a line of an anchor says, None when it is malformed or not signed by this key."""
    *fields, signature = line.split(" ")
    return _read(fields, [signature], key)


def line_size(line: str) -> int:
    """Return the size that a line of an anchor names, unverified; 0 where it names none."""
    fields = line.split(" ")
    return int(fields[1]) if len(fields) == _LINE_FIELDS and fields[1].isdigit() else 0


def _read(lines: list[str], signatures: list[str], key: VerifierKey) -> Note | None:
    try:
        origin, size, root = lines
        note = Note(int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error):
        return None
    text = note.text(key.origin)
    sound = origin == key.origin and len(note.root) == HASH_BYTES and note.size > 0
    return note if sound and any(key.signed(signature, text) for signature in signatures) else None


def stamped(signed: str) -> bytes:
    """Return what of a note is stamped: its text and the installation's signature, without cosignatures."""
    return "".join(signed.splitlines(keepends=True)[:5]).encode()


def time_of(answer: bytes, text: bytes, roots: bytes) -> str:
    """Return the time (ISO 8601, UTC) that a response says for a text; verified where roots (PEM) are given.

    Raises:
        ValueError: it is about something else, or not signed under these roots.

    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 - an extra

    try:
        response = decode_timestamp_response(answer)
        info = response.tst_info
        if info.message_imprint.message not in {hashlib.sha256(text).digest(), hashlib.sha512(text).digest()}:
            raise ValueError("the token is about something else")
        if roots:
            builder = VerifierBuilder()
            for certificate in x509.load_pem_x509_certificates(roots):
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(response, text)
    except VerificationError as error:
        raise ValueError(f"the token is not the authority's: {error}") from error
    return str(info.gen_time.isoformat())
