"""Values of earlier exchanges in a reply: a target that remembers what it was told names their pseudonyms.

Only for keys with the role for that, like what a request names. What nobody knows stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from proxy.core.deidentification.pseudonyms import looks_like_pseudonym
from proxy.errors import VaultUnavailableError

#: Finds the originals of pseudonyms, those that are known.
Find = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
#: No pseudonym that can be looked up is longer, characters.
_LONGEST = 64


class Recall:
    """Adds what one reply names to ``back`` (pseudonym -> original) before its texts are filtered."""

    def __init__(self, find: Find, back: dict[str, str]) -> None:
        self._find, self._back = find, back
        self._asked: set[str] = set()
        self._tail = ""

    async def whole(self, texts: Iterable[str]) -> None:
        """Look through the texts of a whole reply."""
        await self._look("\n".join(texts))

    async def piece(self, chunk: bytes) -> None:
        """Look through the next bytes of a stream whose texts come in one piece each."""
        text = self._tail + chunk.decode("ascii", "replace")
        self._tail = text[-_LONGEST:]
        await self._look(text)

    async def _look(self, text: str) -> None:
        new = [name for name in looks_like_pseudonym(text) if name not in self._asked and name not in self._back]
        if not new:
            return
        self._asked.update(new)
        with contextlib.suppress(VaultUnavailableError):
            self._back.update(await self._find(new))
