"""What is signed of an answer, and how anybody checks it with a public key. Pure.

The statement is a JSON object: which question in which version, the digest of its query, what it was narrowed to, the
digest of its rows, the state of the log that it was read at, who asked and why. The signature is Ed25519 by the audit
signing key over

    compliance-proxy/audit-answer/v1
    <origin>
    <the statement as canonical JSON: sorted keys, no white space, UTF-8>

A row is one line of canonical JSON that ends with a line feed; ``rows_sha256`` is over all lines in order.
"""

from __future__ import annotations

import base64
import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey

KIND = "compliance-proxy/audit-answer/v1"
#: What a signature's companion file is named after the file that it belongs to.
SIDECAR = ".sig.json"


class Flaw(enum.StrEnum):
    """Why an answer is not what was signed."""

    MALFORMED = "it has not the form of an answer"
    UNSIGNED = "it is not signed"
    SIGNATURE = "the signature is not this key's over this statement"
    ROWS = "the rows are not those that were signed"
    FILE = "the file is not the one that was signed"
    NOTE = "the note of the log in it is not signed by this key"


def canonical(value: Any) -> bytes:
    """Return a value as canonical JSON; times are in UTC."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def digest_of_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return SHA-256 over the canonical rows, in hex."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(canonical(row) + b"\n")
    return whole.hexdigest()


def digest(statement: Mapping[str, Any]) -> str:
    """Return SHA-256 of a statement, in hex, as the record of the read has it."""
    return hashlib.sha256(canonical(statement)).hexdigest()


def text(statement: Mapping[str, Any], origin: str) -> str:
    """Return what is signed."""
    return f"{KIND}\n{origin}\n{canonical(statement).decode()}\n"


def signed(statement: Mapping[str, Any], key: AuditSigningKey | None) -> dict[str, Any]:
    """Return the statement with its signature, empty where there is no key to sign with."""
    if key is None:
        return {"kind": KIND, "statement": statement, "signature": "", "key": ""}
    signature = key.sign(text(statement, key.origin))
    return {"kind": KIND, "statement": statement, "signature": signature, "key": str(key.verifier)}


def log(note: str | None) -> dict[str, Any] | None:
    """Return the state of the log that a signed note tells, None without one; ``root`` is in hex."""
    if note is None:
        return None
    _, size, root, *_ = note.splitlines()
    return {"size": int(size), "root": base64.b64decode(root).hex(), "note": note}


def is_answer(document: Any) -> bool:
    """Whether a document says of itself that it is an answer."""
    return isinstance(document, Mapping) and document.get("kind") == KIND


def flaw(document: Any, key: VerifierKey, file: bytes | None = None) -> Flaw | None:
    """Return what is wrong with an answer, None when it is what was signed.

    ``document`` is a whole answer (with its ``rows``), or the companion of a ``file``.
    """
    if not is_answer(document) or not isinstance(document.get("statement"), Mapping):
        return Flaw.MALFORMED
    statement, signature = document["statement"], document.get("signature")
    if not signature:
        return Flaw.UNSIGNED
    if not isinstance(signature, str) or not key.signed(signature, text(statement, key.origin)):
        return Flaw.SIGNATURE
    return _flaw_of_content(document, file) or _flaw_of_note(statement.get("log"), key)


def _flaw_of_content(document: Mapping[str, Any], file: bytes | None) -> Flaw | None:
    statement, rows = document["statement"], document.get("rows")
    if file is not None:
        described = statement.get("file")
        digest = described.get("sha256") if isinstance(described, Mapping) else None
        return None if digest == hashlib.sha256(file).hexdigest() else Flaw.FILE
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        return Flaw.ROWS
    return None if digest_of_rows(rows) == statement.get("rows_sha256") else Flaw.ROWS


def _flaw_of_note(log: Any, key: VerifierKey) -> Flaw | None:
    if log is None:
        return None
    note = notes.opened(str(log.get("note")), key) if isinstance(log, Mapping) else None
    if note is None or (note.size, note.root.hex()) != (log["size"], log["root"]):
        return Flaw.NOTE
    return None
