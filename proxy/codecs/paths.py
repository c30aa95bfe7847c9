"""Paths as templates: ``{name}`` matches one segment or part of one, ``{name:path}`` several. Pure.

A request's path is decoded once, segment by segment; anything that could mean one thing here and another at a target
(``..``, an encoded slash, control characters, bad percent-encoding) matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

SLASH = "\0"  # an encoded slash, while a path is matched
_VARIABLE = re.compile(r"\{(\w+)(:path)?\}")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_CUT = re.compile(f"[/{SLASH}]")


def matched(template: str, path: str) -> re.Match[str] | None:
    """Return the match of a whole decoded path, None where it does not match the template."""
    return compiled(template).fullmatch(path) if path.startswith(template.partition("{")[0]) else None


@cache
def compiled(template: str) -> re.Pattern[str]:
    """Return the regular expression of a template: templates are those of endpoints, shipped or declared."""
    expression, at = "", 0
    for match in _VARIABLE.finditer(template):
        inside = ".+" if match.group(2) else f"[^/{SLASH}]+"
        expression += re.escape(template[at : match.start()]) + f"(?P<{match.group(1)}>{inside})"
        at = match.end()
    return re.compile(expression + re.escape(template[at:]))


def decoded(raw_path: str) -> str | None:
    """Return the path with each segment decoded and encoded slashes as NUL, None if it is ambiguous."""
    if _BAD_PERCENT.search(raw_path):
        return None
    parts = []
    for part in raw_path.split("/")[1:]:
        try:
            text = unquote_to_bytes(part).decode() if "%" in part else part
        except UnicodeDecodeError:
            return None
        if _CONTROL.search(text):
            return None
        parts.append(text.replace("/", SLASH))
    path = "/" + "/".join(parts)
    return None if {"", ".", ".."}.intersection(_CUT.split(path)[1:]) else path


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the path of a template with values, each percent-encoded within one segment."""
    return _VARIABLE.sub(lambda match: quote(values[match.group(1)], safe=""), template)


def with_subpaths(*templates: str) -> tuple[str, ...]:
    """Return paths, each also with everything below it."""
    return tuple(f"{template}{below}" for template in templates for below in ("", "/{rest:path}"))


def path_texts(templates: Iterable[str], path: str) -> list[str]:
    """Return the values in a path written by ``filled``, but for the name of the model.

    All of the path where no template matches.
    """
    for template in templates:
        match = matched(template, path)
        if match is not None:
            return [unquote(value) for name, value in match.groupdict().items() if name != "model"]
    return [unquote(path)]


def literal(template: str) -> str:
    """Return a template without its variables."""
    return _VARIABLE.sub("", template)


def names(template: str) -> tuple[str, ...]:
    """Return the names of a template's variables, in order."""
    return tuple(match.group(1) for match in _VARIABLE.finditer(template))


def prefixes(path: str) -> list[str]:
    """Return the path cut before each of its later slashes, shortest first: the prefixes endpoints share."""
    return [path[: match.start()] for match in re.finditer(r"(?<=[^/])(?:/|$)", path)]


class _Segment(NamedTuple):
    """What one segment matches: anything between two texts, or (not ``varies``) the text ``before``."""

    before: str
    varies: bool
    after: str
    several: bool  # one segment or more


def overlap(template: str, other: str) -> bool:
    """Whether some path may match both templates; True if that takes more than comparing segments."""
    return _meet(_segments(template), _segments(other))


def _segments(template: str) -> Sequence[_Segment]:
    segments = []
    for part in template.split("/")[1:]:
        variables = list(_VARIABLE.finditer(part))
        if not variables:
            segments.append(_Segment(part, varies=False, after="", several=False))
            continue
        several = any(variable.group(2) for variable in variables)
        before, after = part[: variables[0].start()], part[variables[-1].end() :]
        segments.append(_Segment(before, varies=True, after=after, several=several))
    return segments


def _meet(path: Sequence[_Segment], other: Sequence[_Segment]) -> bool:
    if not path or not other:
        return not path and not other
    if path[0].several or other[0].several:
        longer, shorter = (path, other) if path[0].several else (other, path)
        return _meet(longer[1:], shorter[1:]) or _meet(longer, shorter[1:])
    return _fit(path[0], other[0]) and _meet(path[1:], other[1:])


def _fit(segment: _Segment, other: _Segment) -> bool:
    if not segment.varies and not other.varies:
        return segment.before == other.before
    if segment.varies and other.varies:
        return _begins(segment.before, other.before) and _begins(segment.after[::-1], other.after[::-1])
    fixed, free = (other, segment) if segment.varies else (segment, other)
    text = fixed.before
    return len(text) > len(free.before) + len(free.after) and text.startswith(free.before) and text.endswith(free.after)


def _begins(text: str, other: str) -> bool:
    return text.startswith(other) or other.startswith(text)
