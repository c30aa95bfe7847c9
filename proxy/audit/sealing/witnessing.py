"""What a witness does with a note (C2SP tlog-witness): cosign growth, and nothing else. Pure.

A request is ``old <size>``, lines of the consistency proof (base64), an empty line and the signed note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.audit.sealing import notes
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.tree_proof import TreeProofError, check_growth

MEDIA_SIZE = "text/x.tlog.size"
_MOST_HASHES = 63
_BLANK = "\n\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, text, and what the witness knows from now on: the note with the log's signatures and its own."""

    status: int
    text: str
    last_note: str | None = None


def origin_hash(origin: str) -> str:
    """Return what stands for a log in the address of what a witness cosigned last: ``<hash>/checkpoint``."""
    return hashlib.sha256(origin.encode()).hexdigest()


def request(old: int, path: Sequence[bytes], signed: str) -> str:
    """Return the body of a request to a witness that knows the log at a size."""
    return f"old {old}\n" + "".join(f"{base64.b64encode(digest).decode()}\n" for digest in path) + f"\n{signed}"


def answered(body: str, previous: str | None, keys: Sequence[VerifierKey], cosigner: Cosigner, now: int) -> Reply:
    """Answer a request; ``known`` is the last note of this log that was cosigned, ``keys`` are whom it believes."""
    head, _, signed = body.partition("\n\n")
    try:
        old, path = _parsed(head)
    except (ValueError, binascii.Error):
        return Reply(400, "not of the form of add-checkpoint\n")
    believed = [key for key in keys if key.origin == signed.partition("\n")[0]]
    note = _opened(signed, believed)
    if note is None:
        return Reply(403, "no key of the log signed the note\n") if believed else Reply(404, "the log is not known\n")
    refusal = _refusal(old, path, _opened(previous or "", believed) or Note(0, b""), note)
    text = f"{signed.partition(_BLANK)[0]}\n"
    cosignature = cosigner.cosign(text, now)
    return refusal or Reply(200, cosignature, f"{text}\n{_sound(signed, believed)}{cosignature}")


def _sound(signed: str, keys: Sequence[VerifierKey]) -> str:
    """Return the lines of a note's signatures that are the log's."""
    text, _, lines = signed.partition(_BLANK)
    fields = [line.split(" ") for line in lines.splitlines()]
    signatures = {
        field[2]: field
        for field in fields
        for key in keys
        if field[1:2] == [key.origin] and key.signed(field[-1], f"{text}\n")
    }
    return "".join(f"{' '.join(words)}\n" for words in signatures.values())


def _refusal(old: int, path: Sequence[bytes], last: Note, note: Note) -> Reply | None:
    """Return why a note is not cosigned, None where it continues the last one."""
    if old > note.size:
        return Reply(400, "the old size is larger than the note's\n")
    if old != last.size:
        return Reply(409, f"{last.size}\n")
    try:
        check_growth(last, note, path)
    except TreeProofError:
        return Reply(422, "the note is not proven to continue the last one\n")
    return None


def _opened(signed: str, keys: Sequence[VerifierKey]) -> Note | None:
    return next((note for note in (notes.opened(signed, key) for key in keys) if note is not None), None)


def _parsed(head: str) -> tuple[int, list[bytes]]:
    first, *rest = head.split("\n")
    word, _, size = first.partition(" ")
    if word != "old" or not size.isdigit() or len(rest) > _MOST_HASHES:
        raise ValueError
    return int(size), [base64.b64decode(item, validate=True) for item in rest]
