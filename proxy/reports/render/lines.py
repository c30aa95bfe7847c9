"""An answer as JSON lines: the canonical rows, so that ``rows_sha256`` is the digest of this file. Pure."""

from __future__ import annotations

from proxy.reports.answer import SignedAnswer
from proxy.reports.statement import canonical


def rendered(answer: SignedAnswer) -> bytes:
    """Return one object for each row."""
    return b"".join(canonical(row) + b"\n" for row in answer.rows)
