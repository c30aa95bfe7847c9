"""Values of earlier exchanges in a reply: a target that remembers them uses their pseudonyms.

Restored only for keys with the role ``recall``, as in requests. Unknown pseudonyms stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from proxy.core.deidentification.pseudonyms import looks_like_pseudonym
from proxy.errors import VaultUnavailableError
from proxy.exchange.deadline import VAULT, stage
from proxy.runtime.offload import run_in_thread_if_large

#: Returns pseudonym -> original for those that are known.
Find = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
#: The longest pseudonym that can be looked up, characters.
_LONGEST = 64
#: Pseudonyms of one reply that are looked up.
_MOST = 10_000


class Recall:
    """Adds the pseudonyms in one reply to ``back`` (pseudonym -> original) before its texts are filtered."""

    def __init__(self, find: Find, back: dict[str, str]) -> None:
        self._find, self._back = find, back
        self._searched: set[str] = set()
        self._tail = ""

    async def search(self, texts: Iterable[str]) -> None:
        """Search the texts of a whole reply."""
        await self._look("\n".join(texts))

    async def piece(self, chunk: bytes) -> None:
        """Search the next bytes of a stream whose texts arrive in one piece each."""
        text = self._tail + chunk.decode("ascii", "replace")
        self._tail = text[-_LONGEST:]
        await self._look(text)

    async def _look(self, text: str) -> None:
        names = await run_in_thread_if_large(len(text), partial(looks_like_pseudonym, text))
        new = [name for name in names if name not in self._searched and name not in self._back]
        new = new[: _MOST - len(self._searched)]
        if not new:
            return
        self._searched.update(new)
        with stage(VAULT), contextlib.suppress(VaultUnavailableError):
            self._back.update(await self._find(new))
