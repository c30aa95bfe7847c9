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


def joined(around: Payload, parts: Sequence[Payload]) -> Payload:
    """Return all lines as one payload; ``around`` is the body without its lines, and its texts come first."""
    return replace(
        around,
        tools=any(part.tools for part in parts),
        spans=(*around.spans, *_all(parts, lambda one: one.spans, _placed)),
        sought=(*around.sought, *_all(parts, lambda one: one.sought, _placed)),
        documents=tuple(_all(parts, lambda one: one.documents, _placed)),
        opaque=_distinct(around.opaque, parts, lambda one: one.opaque),
        opaque_otherwise=_distinct(around.opaque_otherwise, parts, lambda one: one.opaque_otherwise),
        seals=tuple(replace(seal, path=_PATH + seal.path) for one in parts for seal in one.seals),
        features=_once(around.features, (one.features for one in parts)),
        links=_once(around.links, (one.links for one in parts)),
        parts=tuple(parts),
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
            [_own(payload.spans[at], number) for at in spans.get(number, ())],
            [_own(payload.documents[at], number) for at in files.get(number, ())],
            sealed,
        )
        for number, part in enumerate(payload.parts)
    )


def split(payload: Payload, texts: Mapping[int, str]) -> Iterator[tuple[Payload, Mapping[int, str]]]:
    """Yield each line with its new texts by index into its ``outgoing``; ``texts`` is indexed by the joined one."""
    places = _by_line(payload.outgoing)
    for number, part in enumerate(parts(payload)):
        indices = enumerate(places.get(number, ()))
        yield part, {own: texts[at] for own, at in indices if at in texts}


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
    found = inspect(part, Detection(segments, whole.status, whole.detectors), categories)
    known = {name: value for name, value in whole.known.items() if any(name in span.text for span in part.spans)}
    personal = whole.categories if known else ()
    return replace(found, known=known, categories=tuple(sorted({*found.categories, *personal})))


def _current(
    part: Payload, spans: Sequence[TextSpan], files: Sequence[Document], sealed: Mapping[str, Sequence[OpaquePart]]
) -> Payload:
    unread = (opaque for file in files if file.outcome != _READ for opaque in file.opaque)
    opaque = (
        own
        for one in (*part.opaque_otherwise, *unread)
        for own in (sealed.get(_PATH + one.path, (one,)) if one.media == _SEALED else (one,))
    )
    return replace(part, spans=tuple(spans), documents=tuple(files), opaque=tuple(dict.fromkeys(opaque)), seals=())


def _placed(one: _Part, number: int) -> _Part:
    if isinstance(one, Document):
        opaque = tuple(replace(part, path=_PATH + part.path) for part in one.opaque)
        return replace(one, pointer=f"{_ROOT}{number}{one.pointer}", path=_PATH + one.path, opaque=opaque)
    return TextSpan(f"{_ROOT}{number}{one.pointer}", _PATH + one.path, one.text, one.kind)


def _own(one: _Part, number: int) -> _Part:
    """Undo ``_placed``."""
    pointer, path = one.pointer.removeprefix(f"{_ROOT}{number}"), one.path.removeprefix(_PATH)
    if isinstance(one, Document):
        opaque = tuple(replace(part, path=part.path.removeprefix(_PATH)) for part in one.opaque)
        return replace(one, pointer=pointer, path=path, opaque=opaque)
    return TextSpan(pointer, path, one.text, one.kind)


def _all(
    parts: Iterable[Payload], held: Callable[[Payload], Iterable[_Part]], place: Callable[[_Part, int], _Part]
) -> Iterator[_Part]:
    return (place(one, number) for number, part in enumerate(parts) for one in held(part))


def _distinct(
    around: Iterable[OpaquePart], parts: Iterable[Payload], held: Callable[[Payload], Iterable[OpaquePart]]
) -> tuple[OpaquePart, ...]:
    placed = (replace(one, path=_PATH + one.path) for part in parts for one in held(part))
    return tuple(dict.fromkeys((*around, *placed)))


def _once(around: Iterable[str], held: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*around, *(name for one in held for name in one))))


def _by_line(placed: Sequence[TextSpan | Document]) -> Mapping[int, Sequence[int]]:
    """Return the indices of these by line number."""
    found: dict[int, list[int]] = {}
    for at, one in enumerate(placed):
        if one.pointer.startswith(_ROOT):
            found.setdefault(int(one.pointer[len(_ROOT) :].partition("/")[0].partition("~")[0]), []).append(at)
    return found
