"""Where a text reads otherwise, as offsets alone: kept, they make it cheap to read the text again.

Most of what may be an escape or an encoded part is none, and all of it has to be decoded to know. A session sends the
same texts again and again, and each new value is looked for in all of their readings. So all of a text is decoded
once; then only the parts that read otherwise are (``stretches``), and from the third time on the least of them that
reads the same (``tightened``). Nothing of the text is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from proxy.core.search.decoding import View, view
from proxy.core.search.decoding.views import identity
from proxy.core.search.readings import DecodedPart, whole

Span = tuple[int, int]
#: Characters around a change that may decide how it reads, tried in turn.
_REACHES = (4, 24, 120)
#: Texts with more than this many characters to decode stay as they are: a search for less costs more than it saves.
_MOST = 65_536
_CHANGE = re.compile(rb"\x00+")
#: Between cores that are decoded together: no encoding reaches over it.
_BETWEEN = "\n" * 8


class Stretches(NamedTuple):
    """Where a text reads otherwise: ``cores`` that are decoded in place, and ``encoded`` parts.

    ``together``: the cores are decoded as one text, each else by itself. ``tight``: nothing less reads the same.
    """

    cores: tuple[Span, ...] = ()
    encoded: tuple[Span, ...] = ()
    together: bool = False
    tight: bool = False


def stretches(text: str, parts: Sequence[DecodedPart]) -> Stretches:
    """Return where a text reads otherwise, by its readings."""
    encoded = [part for part in parts if part.view is None]
    spans = tuple(dict.fromkeys((part.start, part.end) for part in encoded))
    if [part for span in spans for part in _encoded(text, span)] != encoded:
        spans = ((0, len(text)),)
    cores = tuple((part.start, part.end) for part in parts if part.view is not None)
    return Stretches(cores, spans, tight=not cores)


def tightened(text: str, offsets: Stretches) -> Stretches:
    """Return the least of the stretches of a text that reads the same, or the same where that is long to find out."""
    if sum(end - start for start, end in offsets.cores) > _MOST:
        return offsets._replace(tight=True)
    views = _decoded(text, offsets)
    expected = _view(text, offsets.cores, views)
    for reach in _REACHES:
        cores = (_changed(text, core, seen, reach) for core, seen in zip(offsets.cores, views, strict=True))
        less = Stretches(tuple(chain.from_iterable(cores)), offsets.encoded, together=True, tight=True)
        if _is_same(_view(text, less.cores, _decoded(text, less)), expected):
            return less
    return offsets._replace(tight=True)


def again(text: str, offsets: Stretches) -> Iterator[DecodedPart]:
    """Yield the readings of the text, given where it reads otherwise; all of it with its cores decoded is one."""
    if offsets.cores:
        seen = _decoded(text, offsets)
        plain = (text[start:end] for start, end in _between(text, offsets.cores))
        read = chain.from_iterable(zip(plain, [core.text for core in seen] + [""], strict=True))
        yield DecodedPart("".join(read), cache(partial(_view, text, offsets.cores, seen)), 0, len(text))
    for span in offsets.encoded:
        yield from _encoded(text, span)


def _encoded(text: str, span: Span) -> Iterator[DecodedPart]:
    return whole(text[slice(*span)], span[0])


def _changed(text: str, span: Span, seen: View, reach: int) -> Iterator[Span]:
    """Yield what reads otherwise in a part of a text, with so many characters around it and whole words."""
    first, last = span
    kept = bytearray(last - first)
    done = 0
    for character, at, until in zip(seen.text, seen.origin, seen.until, strict=True):
        kept[at] = at >= done and until == at + 1 and text[first + at] == character
        done = max(done, until)
    low = high = -1
    for change in _CHANGE.finditer(kept):
        start, end = _words(text, max(0, first + change.start() - reach), first + change.end() + reach)
        start, end = max(first, start), min(last, end)
        if start > high:
            if high >= 0:
                yield low, high
            low = start
        high = end
    if high >= 0:
        yield low, high


def _words(text: str, start: int, end: int) -> Span:
    """Return a stretch that reaches to the next blanks."""
    ends = (at for blank in " \n" if (at := text.find(blank, end)) >= 0)
    return max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1, min(ends, default=len(text))


def _decoded(text: str, offsets: Stretches) -> list[View]:
    """Return the views of the cores of a text."""
    raw = [text[start:end] for start, end in offsets.cores]
    if not offsets.together:
        return [view(core) or identity(core) for core in raw]
    seen = view(joined := _BETWEEN.join(raw)) or identity(joined)
    read = seen.text.split(_BETWEEN)
    if len(read) != len(raw):  # these are not decoded together
        return list(map(identity, raw))
    views: list[View] = []
    start = at = 0
    for core, plain in zip(raw, read, strict=True):
        part = slice(at, at + len(plain))
        views.append(View(plain, [o - start for o in seen.origin[part]], [u - start for u in seen.until[part]]))
        start, at = start + len(core) + len(_BETWEEN), at + len(plain) + len(_BETWEEN)
    return views


def _between(text: str, cores: Sequence[Span]) -> Iterator[Span]:
    """Yield what of a text is before, between and behind cores."""
    return zip((0, *(end for _, end in cores)), (*(start for start, _ in cores), len(text)), strict=True)


def _view(text: str, cores: Sequence[Span], seen: Sequence[View]) -> View:
    """Return all of a text, given the views of its cores."""
    plain: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    for (start, end), core in zip(_between(text, cores), (*seen, identity("")), strict=True):
        plain += (text[start:end], core.text)
        origin += (*range(start, end), *(end + at for at in core.origin))
        until += (*range(start + 1, end + 1), *(end + at for at in core.until))
    return View("".join(plain), origin, until)


def _is_same(this: View, other: View) -> bool:
    return (this.text, this.origin, this.until) == (other.text, other.origin, other.until)
