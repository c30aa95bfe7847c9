"""Keys, certificates and messages in ASCII armour: PEM, OpenSSH, PGP, PuTTY. A block is one value of any length.

Armour is base64 of binary data: findings inside are false. A private key is removed whole, so none of it is unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from proxy.core.findings import Finding

#: Characters of one block: a chain of keys or certificates is several blocks.
_LONGEST = 60_000
#: Lines of base64 after a header without an end: the block was truncated.
_LINES = r"(?:\s|\\n|\\r){1,4}(?:[0-9A-Za-z+/=]{16,100}(?:\s|\\n|\\r){1,4}){1,800}[0-9A-Za-z+/=]{0,100}"
_PUTTY = r"PuTTY-User-Key-File-[0-9]:[^\n]{1,80}(?:\n[^\n]{0,200}){3,400}?\nPrivate-MAC: [0-9A-Fa-f]{20,128}"
_PRIVATE = "(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?"
#: In the syntax that ``re`` and RE2 share.
PRIVATE_KEY = f"-----BEGIN {_PRIVATE}-----(?:(?:[^-]|-[^-]){{1,{_LONGEST}}}?-----END {_PRIVATE}-----|{_LINES})|{_PUTTY}"
BLOCK = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----"
    rf"(?:(?:[^-]|-[^-]){{1,{_LONGEST}}}?-----END [A-Z0-9 ]{{1,40}}-----|{_LINES})|(?P<putty>{_PUTTY})"
)


def holds(text: str) -> bool:
    """Whether the text may hold a block: a cheap test."""
    return "-----BEGIN " in text or "PuTTY-User-Key-File-" in text


def is_private(text: str) -> bool:
    """Whether the whole text is the armour of a private key."""
    block = BLOCK.fullmatch(text) if holds(text) else None
    return block is not None and (block["label"] is None or "PRIVATE KEY" in block["label"])


def without_armoured(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Drop the findings inside armour, except credentials."""
    if not holds(text):
        return tuple(findings)
    blocks = [block.span() for block in BLOCK.finditer(text)]
    return tuple(finding for finding in findings if finding.entity_type == "CREDENTIAL" or not _inside(finding, blocks))


def _inside(finding: Finding, blocks: Iterable[tuple[int, int]]) -> bool:
    return any(start < finding.start and finding.end < end for start, end in blocks)
