"""Regular expressions with rare matches: ``re`` tries them only where a linear automaton says that one may begin.

``re`` tries every word of an alternation at every place of a text; RE2 looks for all words in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import re2

from proxy.detection.text import narrow

_BYTES: Final = 8 << 20
_BORDER: Final = r"(?:^|[^0-9A-Za-z_])"
#: For patterns that may begin behind an underscore.
GLUED: Final = r"(?:^|[^0-9A-Za-z])"
#: What ``re`` means by these and by look-around, or less strict, for narrowed texts.
_LOOSE: Final = {
    r"\w": r"[0-9A-Za-z_\x80-\xff]",
    r"\s": r"[\x09-\x0d\x1c-\x20\x80-\xff]",
    r"\d": r"[0-9\x80-\xff]",
}
_STRICT: Final = re.compile(r"\\[bwsd]|\(\?<?[=!][^()]*\)")

_narrowed = lru_cache(maxsize=2)(narrow.narrowed)


class Sparse:
    """A pattern of ``re`` whose matches begin with ``head``, behind no ASCII letter, digit or underscore.

    With the border ``GLUED`` they may begin behind an underscore. ``head`` is written in the common syntax of ``re``
    and RE2. Borders, classes of Unicode outside of brackets and look-around without groups may occur in it.
    """

    def __init__(self, pattern: str, head: str, flags: re.RegexFlag = re.NOFLAG, border: str = _BORDER) -> None:
        self.exact = re.compile(pattern, flags)
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        options.case_sensitive = not flags & re.IGNORECASE
        options.max_mem = _BYTES
        loose = _STRICT.sub(lambda match: _LOOSE.get(match.group(), ""), head)
        self._begins = re2.compile(narrow.pattern(f"{border}(?:{loose})"), options).search

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match."""
        return next(self.finditer(text), None)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches in order, as ``re`` does."""
        data = _narrowed(text)
        offset = done = 0
        while (hit := self._begins(data, offset)) is not None:
            start = hit.start()  # of the border, if one was consumed
            match = self.exact.match(text, start) if start >= done else None
            match = match or self.exact.match(text, start + 1)
            if match is None:
                offset = start + 1
                continue
            yield match
            done = match.end()
            offset = max(start + 1, done - 1)
