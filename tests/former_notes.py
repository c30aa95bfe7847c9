"""Checkpoints as releases before the log of seals signed them."""

from __future__ import annotations

import base64

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification.former import Checkpoint


def sign(checkpoint: Checkpoint, key: AuditSigningKey) -> str:
    """Return the signed note."""
    moved = [f"chain {writer} {head.seq} {head.hash.hex()}" for writer, head in sorted(checkpoint.moved.items())]
    text = "\n".join([
        key.origin, str(checkpoint.records), base64.b64encode(checkpoint.root).decode(), f"epoch {checkpoint.epoch}",
        f"previous {base64.b64encode(checkpoint.previous).decode()}", *moved,
    ]) + "\n"  # fmt: skip
    return f"{text}\n\u2014 {key.origin} {key.sign(text)}\n"
