"""Follows a log of seals over HTTP, with nothing of the product, and says when it was rewritten.

    python follow_log.py ADDRESS STATE KEY [KEY ...]

ADDRESS is https://proxy.example/audit/log, STATE a file on your machine that the first run makes, a KEY what
'compliance-proxy audit key export' prints. Ends with 0: the log only grew; 1: it did not; 2: it cannot be read.
Needs Python 3.11 and the package cryptography. Formats: C2SP tlog-tiles and tlog-checkpoint, RFC 6962.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, TOO_MANY = 256, 429


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def need(holds: object, otherwise: str) -> None:
    if not holds:
        sys.exit(f"REWRITTEN: {otherwise}")


def get(address: str, path: str) -> bytes:
    """Return what stands at a path; waits where the log says that there were too many requests."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address.rstrip('/')}/{path}", timeout=30) as reply:  # noqa: S310
                return reply.read()
        except urllib.error.HTTPError as error:
            if error.code != TOO_MANY:
                raise
            time.sleep(int(error.headers.get("Retry-After", "1")))
    raise OSError("too many requests")


def checked(note: str, keys: list[str]) -> tuple[int, bytes]:
    """Return size and root of a note that one of the keys signed."""
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for name, key_id, packed in (key.strip().split("+", 2) for key in keys):
        for _, signer, signature in (line.split(" ") for line in signatures.splitlines()):
            raw = b64decode(signature)
            if name == signer == origin and raw[:4].hex() == key_id:
                try:
                    Ed25519PublicKey.from_public_bytes(b64decode(packed)[1:]).verify(raw[4:], f"{text}\n".encode())
                except InvalidSignature:
                    continue
                return int(size), b64decode(root)
    sys.exit("REWRITTEN: the note is not signed by a key that you trust")


def path(level: str, number: int, width: int) -> str:
    """Return the path of a tile: 1234067 is x001/x234/067."""
    last, groups = f"{number % 1000:03d}", []
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(["tile", level, *groups, last]) + (f".p/{width}" if width < WIDTH else "")


def entries(address: str, number: int, width: int) -> list[bytes]:
    """Return the leaves of a tile: each stands behind its length, two bytes."""
    content, found = get(address, path("entries", number, width)), []
    while content:
        end = 2 + int.from_bytes(content[:2], "big")
        found.append(content[2:end])
        content = content[end:]
    need(len(found) == width, "a tile holds fewer leaves than the log has")
    return found


def grow(peaks: list[bytes], size: int, hashed: bytes) -> None:
    """Add a leaf's hash to the roots of the perfect subtrees of a tree (RFC 6962, 2.1)."""
    while size & 1:
        hashed, size = sha256(b"\x01" + peaks.pop() + hashed), size >> 1
    peaks.append(hashed)


def root(peaks: list[bytes]) -> bytes:
    made = peaks[-1] if peaks else sha256(b"")
    for peak in reversed(peaks[:-1]):
        made = sha256(b"\x01" + peak + made)
    return made


def follow(address: str, state: dict, keys: list[str]) -> dict:
    """Return the new state; ends where the log does not continue the old one."""
    note, peaks = get(address, "checkpoint").decode(), [b64decode(peak) for peak in state["peaks"]]
    old, old_root = checked(state["note"], keys) if state["note"] else (0, root([]))
    size, new_root = checked(note, keys)
    need(
        root(peaks) == old_root,
        f"your own file was changed: its hashes are not those of the {old} leaves that it names",
    )
    need(size >= old, f"the log had {old} leaves and has {size}: its newest were cut off")
    for number in range(old // WIDTH, -(-size // WIDTH)):
        for place, leaf in enumerate(entries(address, number, min(WIDTH, size - number * WIDTH)), number * WIDTH):
            if place >= old:
                grow(peaks, place, sha256(b"\x00" + leaf))
    need(root(peaks) == new_root, f"the log of {size} leaves does not continue the {old} that you saw")
    return {"note": note, "peaks": [b64encode(peak).decode() for peak in peaks]}


if __name__ == "__main__":
    address, file, *keys = sys.argv[1:]
    known = json.loads(Path(file).read_text()) if Path(file).exists() else {"note": "", "peaks": []}
    try:
        found = follow(address, known, keys)
    except OSError as error:
        print(f"the log cannot be read: {error}", file=sys.stderr)
        sys.exit(2)
    Path(file).write_text(json.dumps(found, indent=1))
    print(f"the log only grew, to {found['note'].splitlines()[1]} leaves")
