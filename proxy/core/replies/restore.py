"""Restore original values in a reply, whole or as it streams.

The invariant: in any chunking the result equals that of the whole text. Pseudonyms are minted prefix-free, but another
letter case or spelling (``spellings``) may begin another one, so the longest match counts.

    ... feed: | restored and released | held |   held: a tail that is a proper prefix of a known pseudonym
    ... flush: the held tail is released, restored where it is a pseudonym

The held tail is shorter than the longest pseudonym, so memory is bounded and a stream is delayed by a few characters at
most, and only where a pseudonym may have begun.

A single regular expression over the first ``_HEAD`` characters finds where a pseudonym may begin; tables then decide by
exact look-up. A pattern of whole pseudonyms would be slow to compile, and each request brings new ones. A pseudonym in
another letter case is restored only if it is unambiguous; otherwise it stays, because a wrong person's name is worse
than a pseudonym.

A value is escaped to the depth of the JSON string around it (``json_context``) and written as it is in prose. If no
value needs escaping, the context is not tracked at all. Where an original may stand at all, ``placement`` decides; a
pseudonym that must stay is counted.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

from proxy.core.deidentification import dates
from proxy.core.deidentification.declension import other_forms
from proxy.core.replies.placement import LOOKAHEAD, Placement
from proxy.core.replies.spellings import BORDER, is_whole, lowered, spellings, widest
from proxy.core.search.json_context import JsonContext, needs_escape

#: Characters by which a possible pseudonym is recognised before it is looked up.
_HEAD = 4
#: Keeps a text that clients join to the one before from making an address of its last original.
_APART = " "
_AT_ONCE = 1 << 16  # characters that one search may cover
_NEVER = r"(?!)"


def _trie(heads: set[str], *, ends: bool) -> str:
    """Return a pattern for any of ``heads``; with ``ends`` also for a prefix of one at the end of the text."""
    if "" in heads:
        return ""
    branches: dict[str, set[str]] = {}
    for head in heads:
        branches.setdefault(head[0], set()).add(head[1:])
    parts = [re.escape(first) + _trie(rest, ends=True) for first, rest in sorted(branches.items())]
    if ends:
        parts.append(r"\Z")
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _folded(pseudonyms: Mapping[str, str]) -> dict[str, str]:
    """Return originals by lower-cased pseudonym, without those that only letter case distinguishes."""
    folded: dict[str, str] = {}
    clashing: set[str] = set()
    for pseudonym, original in pseudonyms.items():
        other = folded.setdefault(lowered(pseudonym), original)
        if other.casefold() != original.casefold():
            clashing.add(lowered(pseudonym))
    return {pseudonym: original for pseudonym, original in folded.items() if pseudonym not in clashing}


def _written(pseudonym: str) -> list[str]:
    return [spelling for spelling, _ in spellings(pseudonym, "")]


@lru_cache(maxsize=256)
def _finder(heads: frozenset[str]) -> Callable[..., re.Match[str] | None]:
    """Return the search for a possible start of a pseudonym that begins, in some spelling, with one of these heads."""
    written = {lowered(spelling) for head in heads for spelling in _heads(head)}
    letters = re.ASCII if all(map(str.isascii, written)) else re.NOFLAG
    search = re.compile(_trie(written, ends=False) if written else _NEVER, letters | re.IGNORECASE).search
    longest = max(map(len, written), default=0)

    def find(text: str, start: int = 0) -> re.Match[str] | None:
        """Search in pieces: one search holds the interpreter until its end."""
        last = len(text)
        while last - start > _AT_ONCE:
            if (match := search(text, start, start + _AT_ONCE + longest)) is not None:
                return match
            start += _AT_ONCE
        return search(text, start)

    return find


class RestorablePseudonyms:
    """The stand-ins to restore, for every text of one reply. The look-up tables are built on demand.

    ``removed`` are the originals that no vault holds: they come back in fewer places. ``natural`` are stand-ins that
    look like values: they are restored as whole words and whole dates alone.
    """

    __slots__ = ("_originals", "_tables", "delicate", "find", "longest", "natural", "removed")

    def __init__(
        self, pseudonyms: Mapping[str, str], removed: Collection[str] = (), natural: Collection[str] = ()
    ) -> None:
        self._originals = {pseudonym: original for pseudonym, original in pseudonyms.items() if pseudonym}
        self.removed = frozenset(lowered(spelling) for name in removed for spelling in (name, *_written(name)))
        self.natural = natural
        self.delicate = needs_escape("".join(self._originals.values()))
        lengths = [len(pseudonym) for pseudonym in self._originals]
        self.longest = max(map(widest, self._originals), default=0)
        head = min(_HEAD, *lengths) if lengths else 0
        self.find = _finder(frozenset([pseudonym[:head] for pseudonym in self._originals]))
        self._tables: _Tables | None = None

    @property
    def tables(self) -> _Tables:
        """The look-up of pseudonyms by prefix, in other spellings and letter case."""
        if self._tables is None:
            self._tables = _Tables(self._originals, self.natural)
        return self._tables

    def restored(self, text: str, but: Callable[[str], object]) -> str:
        """Return a text with every stand-in restored, wherever it stands, unless ``but`` matches its original."""
        pieces: list[str] = []
        done, start = 0, self.find(text)
        while start is not None:
            at = start.start()
            end = self.match(text, at, text[max(0, at - BORDER) : at])
            if end > at:
                original = self.original(text[at:end])
                pieces += (text[done:at], text[at:end] if but(original) else original)
                done = end
            start = self.find(text, max(end, at + 1))
        return "".join((*pieces, text[done:]))

    def match(self, text: str, at: int, before: str = "") -> int:
        """Return the end of the longest pseudonym that starts at ``at``, or ``at``; ``before`` is what precedes it."""
        tables = self.tables
        for size in range(_HEAD, 0, -1):
            for length in tables.lengths.get(lowered(text[at : at + size]), ()):
                end = at + length
                word = text[at:end]
                if length >= size and (word in tables.exact or lowered(word) in tables.folded):
                    if lowered(word) in tables.natural and not is_whole(word, before, text[end:]):
                        continue
                    return end
        return at

    def waits(self, tail: str) -> bool:
        """Whether what follows decides if a lower-cased text begins with a whole stand-in that looks like a value."""
        return any(tail[: len(tail) - behind] in self.tables.natural for behind in range(min(BORDER, len(tail))))

    def original(self, pseudonym: str) -> str:
        """Return the original of a pseudonym as it is spelled."""
        tables = self.tables
        original = tables.exact.get(pseudonym)
        if original is not None:
            return original
        original = tables.folded[lowered(pseudonym)]
        return original.upper() if pseudonym.isupper() and lowered(pseudonym) in tables.natural else original


def _heads(head: str) -> Iterator[str]:
    """Yield the first characters of a pseudonym, and of its other spellings if they differ."""
    yield head
    if not (head.isascii() and head.isalnum()):
        for spelling, _ in spellings(head, ""):
            yield spelling[: len(head)]


class _Tables:
    __slots__ = ("exact", "folded", "lengths", "natural", "ordered")

    def __init__(self, originals: Mapping[str, str], natural: Collection[str]) -> None:
        self.exact = dict(originals)
        self.natural = set(map(lowered, natural))
        for pseudonym, original in originals.items():
            for spelling, written in spellings(pseudonym, original):
                if spelling in self.exact:
                    continue
                self.exact[spelling] = written
                if pseudonym in natural:
                    self.natural.add(lowered(spelling))
        self.folded = _folded(self.exact)
        self.ordered = sorted(set(map(lowered, self.exact)))
        lengths: dict[str, set[int]] = {}
        for pseudonym in self.ordered:
            lengths.setdefault(pseudonym[:_HEAD], set()).add(len(pseudonym))
        self.lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}


class Restorer:
    """Replaces pseudonyms by their originals: ``feed`` chunks in order, then ``flush`` once.

    The letter case of a pseudonym may differ in the reply (models capitalise the start of a sentence); an
    exact match wins, and a different case is restored only if it is unambiguous. ``document`` says that the text is
    JSON, as tool-call arguments are. ``placement`` decides where originals may stand. ``counts`` has how many
    stand-ins stay by reason, with "" for those that are restored.
    """

    __slots__ = ("_before", "_context", "_find", "_restorable", "counts", "longest", "pending", "placement")

    def __init__(
        self,
        pseudonyms: Mapping[str, str] | RestorablePseudonyms,
        placement: Placement | None = None,
        *,
        document: bool = False,
        counts: Counter[str] | None = None,
    ) -> None:
        self._restorable = (
            pseudonyms if isinstance(pseudonyms, RestorablePseudonyms) else RestorablePseudonyms(pseudonyms)
        )
        self._find = self._restorable.find
        # The context matters only if some value needs escaping.
        self._context = JsonContext(document=document) if self._restorable.delicate else None
        self.placement = placement
        if placement is not None:
            placement.restore = self._restorable.restored
        self.longest = self._restorable.longest
        self.pending = ""
        self._before = ""  # the end of what was released, as the target wrote it
        self.counts = Counter[str]() if counts is None else counts

    def feed(self, text: str) -> str:
        """Return the text that no later chunk can change."""
        apart = self.placement is not None and self.placement.is_apart(text, final=False)
        if self.pending:
            text = self.pending + text
            self.pending = ""
        if apart is None:
            self.pending = text
            return ""
        text = _APART + text if apart else text
        first = self._find(text)
        if first is not None:
            return self._replace(text, first.start(), final=False)
        if self._restorable.natural:
            self._before = (self._before + text)[-BORDER:]
        return self._tracked(text)

    def flush(self) -> str:
        """Return the text held back: the reply has ended."""
        text, self.pending = self.pending, ""
        if self.placement is not None and self.placement.is_apart("", final=True):
            text = _APART + text
        first = self._find(text)
        text = self._tracked(text) if first is None else self._replace(text, first.start(), final=True)
        if self.placement is not None:
            self.placement.ended = True
        return text

    def whole(self, text: str) -> str:
        """Restore a complete text."""
        return self.feed(text) + self.flush()

    def _replace(self, text: str, at: int, *, final: bool) -> str:
        pieces: list[str] = []
        done = 0
        tail = len(text) - self.longest
        while at >= 0:
            is_held_back = at > tail and not final and self._begins(text[at:])
            before = text[at - BORDER : at] if at >= BORDER else self._before + text[:at]
            end = at if is_held_back else self._restorable.match(text, at, before)
            if is_held_back or end > at:
                pieces.append(self._tracked(text[done:at]))
                done = at
                written = None if is_held_back else self._written(text, at, end, final=final)
                if written is None:
                    self.pending = text[at:]
                    self._before = (self._before + text[:at])[-BORDER:]
                    assert len(self.pending) < self.longest + LOOKAHEAD  # noqa: S101  (the stated bound)
                    return "".join(pieces)
                pieces.append(written)
                done = end
            following = self._find(text, max(end, at + 1))
            at = following.start() if following is not None else -1
        self._before = (self._before + text)[-BORDER:]
        return "".join((*pieces, self._tracked(text[done:])))

    def _written(self, text: str, at: int, end: int, *, final: bool) -> str | None:
        """Return what the reply gets for a pseudonym, None if that depends on what follows."""
        pseudonym = text[at:end]
        original = self._restorable.original(pseudonym)
        reason: str | None = ""
        if self.placement is not None:
            removed = lowered(pseudonym) in self._restorable.removed
            tail = text[end:] + self.placement.behind() if final else text[end : end + LOOKAHEAD]
            reason = self.placement.reason(original, tail[:LOOKAHEAD], removed=removed, final=final)
            if final and reason == "":
                self.placement.end_with(original, tail, removed=removed)
        if reason is None:
            return None
        self.counts[reason] += 1
        if reason:
            return self._tracked(pseudonym)
        if self.placement is not None:
            original = self.placement.escaped(original)
        if self._context is not None:
            original = self._context.insert(original)
        if self.placement is not None:
            self.placement.feed(original)
        return original

    def _tracked(self, text: str) -> str:
        if self._context is not None:
            self._context.feed(text)
        if self.placement is not None:
            self.placement.feed(text)
        return text

    def _begins(self, tail: str) -> bool:
        """Whether ``tail`` is a proper prefix of a known pseudonym, or what follows decides if it is a whole one."""
        tail = lowered(tail)
        if self._restorable.natural and self._restorable.waits(tail):
            return True
        ordered = self._restorable.tables.ordered
        index = bisect_left(ordered, tail)
        if index < len(ordered) and ordered[index] == tail:
            index += 1
        return index < len(ordered) and ordered[index].startswith(tail)


def natural_spellings(originals: Mapping[str, str], natural: Collection[str]) -> dict[str, str]:
    """Return natural stand-ins, in other spellings too -> the originals; no other spelling that means two of them."""
    spelled: dict[str, str] = {}
    doubtful: set[str] = set()
    for stand_in in natural:
        original = originals.get(stand_in, "")
        more = other_forms if stand_in.isalpha() else dates.spellings
        for spelling, written in more(stand_in, original):
            if spelled.setdefault(spelling, written) != written:
                doubtful.add(spelling)
    exact = {stand_in: originals[stand_in] for stand_in in natural if stand_in in originals}
    return {spelling: written for spelling, written in spelled.items() if spelling not in doubtful} | exact
