"""Private keys in ASCII armour of any length, closed or cut off."""

from __future__ import annotations

from proxy.detection.patterns.armour import PRIVATE_KEY
from proxy.detection.patterns.pattern import OPEN, Pattern

_SHAPE = "-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY|PuTTY-User-Key-File-[0-9]:"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "armoured_key",
        "CREDENTIAL",
        PRIVATE_KEY,
        121_000,
        0.99,
        "-----BEGIN |PuTTY-User-Key",
        border=OPEN,
        shape=_SHAPE,
    ),
)
