"""Take identifiers and secrets out of what a model says, as it says it.

``StreamGuard`` releases text up to the last place no identifier can reach across. What it makes of a stream equals
what it makes of the whole text, for every chunking, as long as

- a value without white space has at most ``RUN_WINDOW`` characters, and so has a PEM block;
- a value with white space consists of groups that hold a digit or are short and upper-case, and has at most
  ``GROUP_WINDOW`` characters;
- the scanner decides on a value by the value and at most ``CONTEXT`` characters before it.

Longer values are redacted as far as they were seen; context that only follows a value is not waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from proxy.core.conflicts import resolve
from proxy.core.operators import label
from proxy.core.records import Finding

RUN_WINDOW = 8192
_RUN_STEP = 1024
GROUP_WINDOW = 64
CONTEXT = 128

_SPACES = (" ", "\n", "\t", "\r", "\u00a0")
#: Scripts that write words without spaces (Thai to Lao, Han, Kana): no identifier reaches across such a letter.
_UNSPACED = re.compile("[\u0e00-\u0eff\u2e80-\ua000\uff0c\uff1a\uff1b\u3000-\u303f]")
_UNSPACED_WINDOW = 256
_PEM_BEGIN = "-----BEGIN"
_PEM_END = re.compile(r"-----END[^-\n]{0,40}-----")
#: A word, with the white space after it, that may be one group of a number written in groups.
_GROUP = re.compile(r"[^\s\d]{0,8}\d[^\s]*|[A-Z0-9.\-/()+]{1,4}")
#: Text without a digit or a long token holds no identifier; and no secret either, unless a word announces it.
_MAY_MATTER = re.compile(r"\d|\S{12}|-----").search
_ANNOUNCES = re.compile(
    r"pass|pwd|secret|token|key|credential|auth|login|bearer|kennwort|geheim|contrase|clave|senha|has[lł]o|wachtwoord|"
    r"parola|\bpin\b",
    re.IGNORECASE,
).search


def _squeezed(value: str) -> str:
    return "".join(filter(str.isalnum, value)).lower()


class StreamGuard:
    """Redacts entities of ``entity_types`` from a text stream: ``feed`` chunks in order, then ``flush`` once.

    ``own_values`` are the request's own values: the reply may repeat them. ``every_text`` looks at all text, for types
    that need neither a digit nor a long token. ``redacted`` counts; ``types`` counts by entity type.
    """

    __slots__ = ("_alert", "_buffer", "_done", "_every_text", "_own", "_scan", "_types", "redacted", "types")

    def __init__(
        self,
        scan: Callable[[str], Sequence[Finding]],
        entity_types: Collection[str],
        own_values: Collection[str] = (),
        *,
        every_text: bool = False,
    ) -> None:
        self._every_text = every_text
        self._scan = scan
        self._types = frozenset(entity_types)
        self._own = frozenset(map(_squeezed, own_values))
        self._buffer = ""
        self._alert = 0  # for how many more characters an announced secret may come
        self._done = 0  # how much of the buffer has been released; the rest is held back
        self.redacted = 0
        self.types: dict[str, int] = {}

    def feed(self, text: str) -> str:
        """Return what no later text can make part of an identifier."""
        self._buffer += text
        cut = _safe_cut(self._buffer, self._done)
        if cut == len(self._buffer) - RUN_WINDOW and cut - self._done < _RUN_STEP:
            return ""  # a run without white space is read once per step, not once per token
        return self._release(cut) if cut > self._done else ""

    def flush(self) -> str:
        """Return what was held back: the text is complete."""
        return self._release(len(self._buffer))

    def whole(self, text: str) -> str:
        """Guard a complete text."""
        self._buffer += text
        return self.flush()

    def _release(self, cut: int) -> str:
        buffer, done = self._buffer, self._done
        pieces: list[str] = []
        at = done
        if self._matters(done):
            for finding in self._findings(buffer, done):
                if finding.start >= cut:
                    break
                if finding.end > cut:
                    cut = finding.start if cut < len(buffer) - RUN_WINDOW else max(finding.start, at)
                    break
                pieces += (buffer[at : max(finding.start, at)], label(finding.entity_type))
                at = finding.end
                self._count(finding.entity_type)
        pieces.append(buffer[at:cut])
        self._alert -= cut - done
        start = _context_start(buffer, cut)
        self._buffer = buffer[start:]
        self._done = cut - start
        return "".join(pieces)

    def _matters(self, done: int) -> bool:
        """Whether what is about to be released may hold something to take out."""
        if _ANNOUNCES(self._buffer, done):
            self._alert = len(self._buffer) - done + CONTEXT
        return self._every_text or self._alert > 0 or _MAY_MATTER(self._buffer, done) is not None

    def _findings(self, buffer: str, done: int) -> tuple[Finding, ...]:
        found = [
            f
            for f in self._scan(buffer)
            if f.end > done and f.entity_type in self._types and _squeezed(buffer[f.start : f.end]) not in self._own
        ]
        return resolve(found)

    def _count(self, entity_type: str) -> None:
        self.redacted += 1
        self.types[entity_type] = self.types.get(entity_type, 0) + 1


def _context_start(buffer: str, cut: int) -> int:
    """Return where the kept context begins: at a word, ``CONTEXT`` characters before the cut."""
    start = cut - CONTEXT
    if start <= 0:
        return 0
    while start < cut and not buffer[start - 1].isspace():
        start += 1
    return start


def _safe_cut(buffer: str, done: int) -> int:
    """Return the end of the text that no later text can make part of an identifier."""
    cut = max(buffer.rfind(space, done) for space in _SPACES) + 1
    if not buffer.isascii():
        for letter in _UNSPACED.finditer(buffer, max(cut, done, len(buffer) - _UNSPACED_WINDOW)):
            cut = letter.end()
    if cut <= done:
        return max(done, len(buffer) - RUN_WINDOW)
    cut = max(_before_groups(buffer, done, cut), done)
    begin = buffer.rfind(_PEM_BEGIN, done)
    if 0 <= begin < cut and not _PEM_END.search(buffer, begin):
        cut = begin
    return max(cut, len(buffer) - RUN_WINDOW)


def _before_groups(buffer: str, done: int, cut: int) -> int:
    """Return the start of the groups that end at ``cut`` and may go on after it."""
    following = buffer[cut : cut + 1]
    if following.isalpha() and following.islower():
        return cut
    least = max(done, len(buffer) - GROUP_WINDOW)
    start = cut
    while start > least:
        word_end = len(buffer[least:start].rstrip()) + least
        if start - word_end > 1 + (start == cut):  # two line breaks, or white space in a row, end a number
            break
        word_start = max(buffer.rfind(space, least, word_end) for space in _SPACES) + 1
        word_start = max(word_start, least)
        if word_start >= word_end or not _GROUP.fullmatch(buffer, word_start, word_end):
            break
        start = word_start
    return start
