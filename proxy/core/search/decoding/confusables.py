"""Characters that look like a Latin letter or a digit, from ``confusables.toml``, read once at import."""

from __future__ import annotations

from typing import Final

from proxy.core.search.data import document

_DOCUMENT: Final = document("decoding/confusables.toml")
#: Character -> what it looks like.
CONFUSABLE: Final[dict[str, str]] = {
    character: letter for letter, like in _DOCUMENT["like"].items() for character in like
}
#: Small capitals -> the capital.
SMALL_CAPITALS: Final[dict[str, str]] = dict(
    zip(_DOCUMENT["small_capitals"]["forms"], _DOCUMENT["small_capitals"]["letters"], strict=True)
)
