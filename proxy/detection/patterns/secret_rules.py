"""Credentials by a maintained rule set: about 440 rules of MongoDB's Kingfisher (Betterleaks and Veles).

The rules come with the package ``kingfisher-secret-scanner``, which scans in this process and validates nothing online.
Our own patterns (``recognizers/secrets.toml``) complement it: they find passwords and keys in prose, and serve the
residual scan and the scan of replies, which run without workers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

from proxy.core.findings import Finding

#: Prefix of a finding's recognizer, before the name of the rule.
RECOGNIZER = "secrets:"
#: Confidence of a rule -> score.
_SCORES = {"high": 0.9, "medium": 0.75}
_UNSURE = 0.6
#: Rules for public companions of a credential: names and addresses.
_PUBLIC = re.compile(r"-(?:id|username|account-name|address|url|repository|public-key|pub-key|pub-api-key)(?:\.\d+)?$")

#: Makes the rules build now, before workers fork and share it, what takes 20 MB once a key in hexadecimal occurs.
_WARMING: Final = b"Key: 06de11f5f0ead81f289756c6efed48"


class SecretRules:
    """The rule set: 60 MB, and seconds to compile. ``cache`` is a private folder for the compiled rules.

    The package keys the cache by the content of the rules and the format and version of its matcher, verifies it by
    digest, writes it atomically, and compiles the rules anew when it cannot load them.

    Raises:
        ImportError: the package is not installed; not every platform has a build of it.

    """

    def __init__(self, cache: Path | None = None) -> None:
        from kingfisher_sdk.rules import Rules  # noqa: PLC0415 -- absent on some platforms
        from kingfisher_sdk.scanner import Scanner  # noqa: PLC0415

        rules = Rules(cache=cache is not None, cache_dir=cache)
        self.cache_status: str = rules.cache_status  # loaded, stored or bypassed
        self._scanner = Scanner(rules, base64=False)
        self._scanner.scan(_WARMING)

    @classmethod
    def load(cls, cache: Path | None = None) -> Self | None:
        """Return the rules, None where the package is not installed."""
        try:
            return cls(cache)
        except ImportError:
            return None

    def find(self, text: str) -> list[Finding]:
        """Return the credentials in a text."""
        data = text.encode("utf-8", "replace")
        return [
            Finding(
                "CREDENTIAL",
                _character(data, match.location["start_offset"]),
                _character(data, match.location["end_offset"]),
                _SCORES.get(match.confidence, _UNSURE),
                f"{RECOGNIZER}{_name(match.rule_id)}",
            )
            for match in self._scanner.scan(data)
            if match.visible and _PUBLIC.search(match.rule_id) is None
        ]


def _character(data: bytes, offset: int) -> int:
    return len(data[:offset].decode("utf-8", "ignore"))


def _name(rule: str) -> str:
    """Return a rule's own name: "figma-personal-access-token" of "betterleaks.figma-personal-access-token"."""
    return rule.removeprefix("betterleaks.").rpartition("/")[2]
