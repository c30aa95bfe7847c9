"""Words that stand for digits and signs, from ``words.toml``, read once at import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.core.search.data import document


def parsed(document: Mapping[str, Any]) -> dict[str, str]:
    """Return word -> digit.

    Raises:
        ValueError: a word stands for two digits.

    """
    digits: dict[str, str] = {}
    for digit, words in document["digits"].items():
        for word in words:
            if digits.setdefault(word, digit) != digit:
                raise ValueError(f"words.toml: digits.{digit}: {word!r} is {digits[word]} too")
    return digits


_DOCUMENT: Final = document("decoding/words.toml")
DIGITS: Final = parsed(_DOCUMENT)
#: Word -> how often the next digit is repeated.
TIMES: Final[Mapping[str, int]] = _DOCUMENT["times"]
HYPHEN: Final[tuple[str, ...]] = tuple(_DOCUMENT["hyphen"])
AT: Final[tuple[str, ...]] = tuple(_DOCUMENT["at"])
DOT: Final[tuple[str, ...]] = tuple(_DOCUMENT["dot"])
