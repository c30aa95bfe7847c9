"""Checks what 'compliance-proxy audit prove' wrote, with nothing of the product.

    python check_proof.py FILE KEY [KEY ...]

A KEY is what 'compliance-proxy audit key export' prints; after a rotation give the former keys that you trust too.
Needs Python 3.11 and the package cryptography. Formats: docs/reference/audit-record.md, RFC 6962, C2SP signed-note.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def need(holds: object, otherwise: str) -> None:
    if not holds:
        sys.exit(f"NOT PROVEN: {otherwise}")


def root(hashed: bytes, index: int, size: int, path: list[str]) -> bytes:
    """Return the root of a tree (RFC 6962, 2.1.1) of which one leaf has this hash; its path begins at the leaf."""
    need(0 <= index < size and (size == 1) == (not path), "a path has not the length of its tree")
    if size == 1:
        return hashed
    split, sibling = 1 << (size - 1).bit_length() - 1, b64decode(path[-1])
    if index < split:
        return sha256(b"\x01" + root(hashed, index, split, path[:-1]) + sibling)
    return sha256(b"\x01" + sibling + root(hashed, index - split, size - split, path[:-1]))


def signed(text: str, signature: str, keys: list[str]) -> bool:
    """Whether one of the keys (<origin>+<id>+<base64 of 1 and key>) made a signature (base64 of id and signature)."""
    for _, key_id, packed in (key.strip().split("+", 2) for key in keys):
        if b64decode(signature)[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(b64decode(packed)[1:]).verify(b64decode(signature)[4:], text.encode())
            return True
    return False


def check(proof: dict, keys: list[str]) -> list[dict]:
    """Return the columns of the records that are proven; ends where anything is wrong."""
    origin, writers, found, stated = proof["origin"], {}, [], set()
    text, _, signatures = proof["note"].partition("\n\n")
    name, size, log_root = text.split("\n")
    lines = [line.split(" ")[2] for line in signatures.splitlines() if f" {origin} " in line]
    need(name == origin and all(key.startswith(f"{origin}+") for key in keys), "the keys are for another log")
    need(any(signed(f"{text}\n", line, keys) for line in lines), "the note is not signed")
    for one in proof["records"]:
        writer, seq, body = one["writer"], one["seq"], json.loads(one["body"])
        seal = next(s for s in proof["seals"] if s["writer"] == writer and s["first_seq"] <= seq <= s["last_seq"])
        index, size_of_batch = seq - seal["first_seq"], seal["last_seq"] - seal["first_seq"] + 1
        hashed = sha256(b"\x00" + b64decode(one["prev"]) + one["body"].encode())
        need(root(hashed, index, size_of_batch, one["path"]) == b64decode(seal["root"]), "a record is not as sealed")
        columns, given = body["columns"], body["facts"].get("certificate")
        if seq == 1 and columns["action"] == "writer_started":
            text = f"{origin}\n{writer}\n{given['key']}\n{given['host']}\n{given['not_after']}\n"
            certified = signed(f"compliance-proxy/audit-writer/v1\n{text}", given["signature"], keys)
            need(certified, f"{writer} is not certified by these keys")
            writers[writer] = Ed25519PublicKey.from_public_bytes(bytes.fromhex(given["key"])), given["not_after"]
        elif columns["action"] == "answer_stated":  # its facts are part of the records that name their SHA-256
            stated.add((writer, sha256(one["body"].partition(',"facts":')[2][:-1].encode()).hex()))
        elif columns["exchange" if columns["kind"] != "event" else "target"] == proof["exchange"]:
            found.append({**columns, **body["facts"]} if columns["action"] == "receipt_given" else columns)
            for digest in re.findall(r'"answer_stated":"([0-9a-f]{64})"', one["body"]):
                need((writer, digest) in stated, "an answer that a record names is missing")
    for one in proof["seals"]:
        places = f"{one['writer']} {one['first_seq']} {one['last_seq']}\n{one['first_at']} {one['last_at']}"
        hashes = f"{b64decode(one['head']).hex()} {b64decode(one['root']).hex()}"
        text = f"compliance-proxy/audit-seal/v1\n{origin}\n{places}\n{hashes}\n"
        (key, not_after), signature = writers[one["writer"]], b64decode(one["signature"])
        key.verify(signature, text.encode())
        need(one["last_at"] <= not_after * 1_000_000, "a seal was made after its writer's certificate had ended")
        leaf = sha256(b"\x00" + f"{text}{signature.hex()}\n".encode())
        need(root(leaf, one["leaf"], int(size), one["path"]) == b64decode(log_root), "a seal is not in the log")
    need(any(columns["kind"] == "decision" or "salt" in columns for columns in found), "there is no decision")
    return found


if __name__ == "__main__":
    need(sys.argv[2:], "usage: check_proof.py FILE KEY [KEY ...]")
    for columns in check(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2:]):
        print({name: value for name, value in columns.items() if value})
    print("proven")
