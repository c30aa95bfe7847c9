"""Batches: a body with one request per line. Each line is a payload; all lines are inspected as one. Pure.

The joined payload holds the texts of every line, so it is inspected, decided and transformed once. ``parts`` and
``inspections`` give back each line as a request with its own findings and files: policy decides on these too. The
pointer of a line's text is ``/lines/17`` (counted from 0) followed by the pointer within the line.

The caller's names of lines never leave: the target sees stand-ins that encode the line's number alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.known_pseudonyms import named
from proxy.core.findings import Detection
from proxy.core.records import Document, Inspection, OpaquePart, Payload, TextSpan

_ROOT, _PATH = "/lines/", "lines[*]."
_READ = "read"
_SEALED = "sealed"
_LETTERS = "bcdfghjklmnpqrstvwxz"  # neither digits nor words, so never mistaken for a value
_LENGTH = 6
_STAND_IN = re.compile(rf"line_cp_[{_LETTERS}]{{{_LENGTH}}}")
_Part = TypeVar("_Part", TextSpan, Document)


def stand_in(number: int) -> str:
    """Return the stand-in for a line's name; ``number`` counts from 1."""
    letters = ""
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters = _LETTERS[letter] + letters
    return f"line_cp_{letters}"


def is_stand_in(name: object) -> bool:
    """Whether this has the form of a stand-in for a line's name."""
    return isinstance(name, str) and _STAND_IN.fullmatch(name) is not None


def stand_ins(names: Sequence[str]) -> Mapping[str, str]:
    """Return stand-in -> the caller's name, for every line."""
    return {stand_in(number): name for number, name in enumerate(names, 1)}


def joined(around: Payload, lines: Sequence[Payload]) -> Payload:
    """Return all lines as one payload; ``around`` is the body without its lines, and its texts come first."""
    return replace(
        around,
        tools=any(part.tools for part in lines),
        tool_names=frozenset().union(*(part.tool_names for part in lines)),
        spans=(*around.spans, *_all(lines, lambda line: line.spans, _placed)),
        unread_numbers=(*around.unread_numbers, *_all(lines, lambda line: line.unread_numbers, _placed)),
        documents=tuple(_all(lines, lambda line: line.documents, _placed)),
        opaque=_distinct(around.opaque, lines, lambda line: line.opaque),
        other_opaque=_distinct(around.other_opaque, lines, lambda line: line.other_opaque),
        seals=tuple(replace(seal, path=_PATH + seal.path) for line in lines for seal in line.seals),
        features=_once(around.features, (line.features for line in lines)),
        links=_once(around.links, (line.links for line in lines)),
        parts=tuple(lines),
    )


def parts(payload: Payload) -> tuple[Payload, ...]:
    """Return the lines in their current state: with the texts of their files and the makers of their seals."""
    spans = _by_line(payload.spans)
    files = _by_line(payload.documents)
    sealed: dict[str, list[OpaquePart]] = {}
    for part in payload.opaque:
        if part.media == _SEALED:
            sealed.setdefault(part.path, []).append(replace(part, path=part.path.removeprefix(_PATH)))
    return tuple(
        _current(
            part,
            [_unplaced(payload.spans[at], number) for at in spans.get(number, ())],
            [_unplaced(payload.documents[at], number) for at in files.get(number, ())],
            sealed,
        )
        for number, part in enumerate(payload.parts)
    )


def split(payload: Payload, texts: Mapping[int, str]) -> Iterator[tuple[Payload, Mapping[int, str]]]:
    """Yield each line with its new texts by index into its ``outgoing``; ``texts`` is indexed by the joined one."""
    places = _by_line(payload.outgoing)
    for number, part in enumerate(parts(payload)):
        indices = enumerate(places.get(number, ()))
        yield part, {index: texts[at] for index, at in indices if at in texts}


def around(payload: Payload, texts: Mapping[int, str]) -> Mapping[int, str]:
    """Return the new texts outside the lines."""
    spans = payload.outgoing
    return {at: text for at, text in texts.items() if not spans[at].pointer.startswith(_ROOT)}


def inspections(inspection: Inspection, categories: Mapping[str, tuple[str, ...]]) -> tuple[Inspection, ...]:
    """Return an inspection per line; its status is that of the whole."""
    payload = inspection.payload
    places = _by_line(payload.spans)
    return tuple(
        _inspected(inspection, part, places.get(number, ()), categories) for number, part in enumerate(parts(payload))
    )


def _inspected(
    whole: Inspection, part: Payload, places: Sequence[int], categories: Mapping[str, tuple[str, ...]]
) -> Inspection:
    segments = tuple(whole.segments[at] for at in places)
    inspection = inspect(part, Detection(segments, whole.status, whole.detectors), categories)
    names = named(part.spans) if whole.pseudonyms else ()
    pseudonyms = {name: whole.pseudonyms[name] for name in names if name in whole.pseudonyms}
    personal = whole.categories if pseudonyms else ()
    return replace(inspection, pseudonyms=pseudonyms, categories=tuple(sorted({*inspection.categories, *personal})))


def _current(
    line: Payload, spans: Sequence[TextSpan], files: Sequence[Document], sealed: Mapping[str, Sequence[OpaquePart]]
) -> Payload:
    unread = (opaque for file in files if file.outcome != _READ for opaque in file.opaque)
    opaque = (
        current
        for part in (*line.other_opaque, *unread)
        for current in (sealed.get(_PATH + part.path, (part,)) if part.media == _SEALED else (part,))
    )
    return replace(line, spans=tuple(spans), documents=tuple(files), opaque=tuple(dict.fromkeys(opaque)), seals=())


def _placed(item: _Part, number: int) -> _Part:
    if isinstance(item, Document):
        opaque = tuple(replace(part, path=_PATH + part.path) for part in item.opaque)
        return replace(item, pointer=f"{_ROOT}{number}{item.pointer}", path=_PATH + item.path, opaque=opaque)
    return TextSpan(f"{_ROOT}{number}{item.pointer}", _PATH + item.path, item.text, item.kind)


def _unplaced(item: _Part, number: int) -> _Part:
    """Undo ``_placed``."""
    pointer, path = item.pointer.removeprefix(f"{_ROOT}{number}"), item.path.removeprefix(_PATH)
    if isinstance(item, Document):
        opaque = tuple(replace(part, path=part.path.removeprefix(_PATH)) for part in item.opaque)
        return replace(item, pointer=pointer, path=path, opaque=opaque)
    return TextSpan(pointer, path, item.text, item.kind)


def _all(
    parts: Iterable[Payload], items: Callable[[Payload], Iterable[_Part]], located: Callable[[_Part, int], _Part]
) -> Iterator[_Part]:
    return (located(item, number) for number, part in enumerate(parts) for item in items(part))


def _distinct(
    around: Iterable[OpaquePart], parts: Iterable[Payload], items: Callable[[Payload], Iterable[OpaquePart]]
) -> tuple[OpaquePart, ...]:
    placed = (replace(opaque, path=_PATH + opaque.path) for part in parts for opaque in items(part))
    return tuple(dict.fromkeys((*around, *placed)))


def _once(around: Iterable[str], groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*around, *(name for names in groups for name in names))))


def _by_line(placed: Sequence[TextSpan | Document]) -> Mapping[int, Sequence[int]]:
    """Return the indices of these by line number."""
    indices: dict[int, list[int]] = {}
    for at, item in enumerate(placed):
        if item.pointer.startswith(_ROOT):
            indices.setdefault(int(item.pointer[len(_ROOT) :].partition("/")[0].partition("~")[0]), []).append(at)
    return indices
