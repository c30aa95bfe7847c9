"""Stand-ins at the place of a bare scalar stand in quotes, where the notation would read them as something else.

``SELECT ... WHERE ssn = 219099999`` compares with a word, which SQL wants in quotes; ``passport: [PASSPORT_1]`` is a
list in YAML, ``card = 411111******1111`` no value in TOML, no expression in a program. What stands in quotes already,
and what people write, stays as it is: a line counts as one of a notation by its key, its sign and its brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

_Edit = tuple[int, int, str]
_STATEMENT: Final = re.compile(r"\b(?:insert|replace|upsert|update|delete|values|where)\b", re.IGNORECASE)
_BEFORE: Final = re.compile(r"(?:[(,=<>]|\b(?:like|and|between|then|else))\s*\Z", re.IGNORECASE)
_BEHIND: Final = re.compile(
    r"\s*(?:[),;]|\Z|--|(?:and|or|where|then|else|end|as|limit|order|returning|on)\b)", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?|\d{4}-\d\d-\d\d")
#: What a number begins with.
_DIGITS: Final = "+-0123456789"
#: What precedes a scalar, before one blank; there are several where lines are laid out.
_SIGNS: Final = " \t\n:=-([{,<>"
_REACH = 16
#: Characters of a line that are looked at: a longer one is no setting.
_LONGEST = 400
_KEY = r"""(?:[a-z_][\w.-]*|[A-Z][A-Z0-9_]*|"[^"\n]{1,60}"|'[^'\n]{1,60}')"""
#: The number that editors and tools show before a line.
_SHOWN = r"[ \t]*(?:\d{1,6}(?:\t|→|: |[ ]?[|│][ ]?))?[ \t]*"
#: A scalar of YAML in a line of its own: behind a key, or an item.
_SCALAR: Final = re.compile(
    rf"{_SHOWN}(?P<item>(?:- +)*)(?P<key>{_KEY}:[ \t]+)?(?P<v>[^\s#\"'\[{{|>&*!].*?)(?:[ \t]+#.*)?[ \t\r]*"
)
_SETTING: Final = re.compile(rf"{_SHOWN}(?:- +)*{_KEY}:(?:[ \t].*|\r)?")
_ITEM: Final = re.compile(rf"{_SHOWN}- ")
#: What a plain scalar does not begin with, and what ends one (YAML 1.2.2, 7.3.3).
_NOT_PLAIN: Final = re.compile(r"[\[\]{}*&!|>%@`\"'#,]|[?:-](?: |\Z)|.*(?:: | #)")
_FLOW: Final = re.compile(r"[\[\]{},]")
#: Before a value that is assigned, or is an item or argument in a line of its own.
_ASSIGNED: Final = re.compile(rf"{_SHOWN}(?:(?:const|let|var|val|local|set)[ ])?[\w.-]+ = \Z")
_OWN_LINE: Final = re.compile(rf"{_SHOWN}(?:{_KEY}[ ]?[=:][ ]?)?\Z")
#: Before and behind what is compared.
_COMPARED: Final = re.compile(r"\w (?:[=!]==?|[<>]=?) \Z")
_COMPARED_BEHIND: Final = re.compile(r"[ ]*(?:[:;){\n]|\Z|(?:and|or)\b|&&|\|\|)")
_LAST: Final = re.compile(r"[ \t;\r]*(?:#|//|\n|\Z)")
_COMMA: Final = re.compile(r",[ \t\r]*(?:\n|\Z)")
#: Around an item between brackets, and what stands before the bracket of a program or of a flow.
_ITEM_BEFORE: Final = re.compile(r"(?:[(\[{,=]|[\w\"']:)[ ]*\Z")
_ITEM_BEHIND: Final = re.compile(r"[ ]*[,)\]}]")
_CALLED: Final = re.compile(r"(?:\w|[\"']:[ ]*|[=(,\[{][ ]*|\breturn[ ]+)\Z")
_HELD: Final = re.compile(r"(?:[=:(,\[{]|\breturn)[ ]*\Z|^[ \t]*- +\Z")
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


class _Line(NamedTuple):
    start: int
    end: int
    text: str


def quoted(text: str, edits: Sequence[_Edit]) -> list[_Edit]:
    """Return disjoint, ordered edits with quotes around a stand-in that is no bare scalar where one is replaced.

    Prose costs no call per edit: what precedes a value tells that it is none of a notation.
    """
    statement = _STATEMENT.search(text) if edits else None
    if statement is not None:
        edits = _stated(text, edits, statement.start())
    for start, _, new in edits:
        if "[" in new or "*" in new or (text[start] in _DIGITS and new[:1] not in _DIGITS):
            before = text[start - 1 : start]
            if (text[start - 2 : start - 1] if before == " " else before) in _SIGNS:
                return _by_line(text, edits)
    return list(edits)


def _by_line(text: str, edits: Sequence[_Edit]) -> list[_Edit]:
    changed: list[_Edit] = []
    items: dict[int, bool] = {}
    for line, group in groupby(edits, lambda edit: _line(text, edit[0], edit[1])):
        together = list(group)
        changed += (
            together if line is None else _quoted_scalar(text, line, together, items) or list(_bare(line, together))
        )
    return changed


def _stated(text: str, edits: Sequence[_Edit], done: int) -> list[_Edit]:
    """Return edits with a word for an unquoted number of SQL in quotes; statements begin from ``done`` on."""
    within, changed = False, list[_Edit]()
    for start, end, new in edits:
        within ^= text.count("'", done, max(start, done)) % 2 == 1
        done = max(start, done)
        bare = (
            not within
            and _is_number_lost(text[start:end], new)
            and _BEFORE.search(text, max(0, start - _REACH), start)
            and _BEHIND.match(text, end)
        )
        changed.append((start, end, f"'{new}'" if bare else new))
    return changed


def _is_number_lost(old: str, new: str) -> bool:
    return _NUMBER.fullmatch(old) is not None and _NUMBER.fullmatch(new) is None


def _line(text: str, start: int, end: int) -> _Line | None:
    """Return the line that holds a place, None for a long one and for several."""
    low, high = max(0, start - _LONGEST), min(len(text), end + _LONGEST)
    first, last = text.rfind("\n", low, start) + 1, text.find("\n", start, high)
    if (not first and low) or (last < 0 and high < len(text)) or 0 <= last < end:
        return None
    last = len(text) if last < 0 else last
    return _Line(first, last, text[first:last])


def _quoted_scalar(text: str, line: _Line, edits: Sequence[_Edit], items: dict[int, bool]) -> list[_Edit]:
    """Return the edits of a line of YAML with quotes around its scalar, [] where it needs none."""
    match = _SCALAR.fullmatch(line.text)
    if match is None or not (match["key"] or match["item"]):
        return []
    start, end = line.start + match.start("v"), line.start + match.end("v")
    (first, _, opening), (_, last, closing) = edits[0], edits[-1]
    if first != start or last > end or not _NOT_PLAIN.match(opening):
        return []
    if not (_is_setting(text, line) if match["key"] else _is_item(text, line, items)):
        return []
    kept = text[start:end]
    mark = next((mark for mark in "\"'" if mark not in kept and not (mark == '"' and "\\" in kept)), "")
    if not mark:
        return []
    if len(edits) == 1 and last == end:
        return [(start, end, f"{mark}{opening}{mark}")]
    middle = [(start, edits[0][1], mark + opening), *edits[1:]]
    return [*middle[:-1], (middle[-1][0], last, closing + mark)] if last == end else [*middle, (end, end, mark)]


def _is_setting(text: str, line: _Line) -> bool:
    """Whether a line with a key is one of settings: beside another, or an item."""
    beside = (_neighbour(text, line.start - 1), _neighbour(text, line.end + 1))
    return any(_SETTING.fullmatch(other) or _ITEM.match(other) for other in beside)


def _is_item(text: str, line: _Line, items: dict[int, bool]) -> bool:
    """Whether a line with a dash is an item below a key; ``items`` are the lines of which that is known."""
    passed, above = [line.start], _neighbour(text, line.start - 1)
    while passed[-1] not in items and _ITEM.match(above) and not _SETTING.fullmatch(above):
        passed.append(passed[-1] - 1 - len(above))
        above = _neighbour(text, passed[-1] - 1)
    below = items.get(passed[-1], _SETTING.fullmatch(above) is not None)
    items.update(dict.fromkeys(passed, below))
    return below


def _neighbour(text: str, at: int) -> str:
    line = _line(text, at, at) if 0 <= at <= len(text) else None
    return "" if line is None else line.text


def _bare(line: _Line, edits: Sequence[_Edit]) -> Iterator[_Edit]:
    """Yield the edits of a line with quotes around what takes the place of a number, or of an item of a flow."""
    for start, end, new in edits:
        before, behind = line.text[: start - line.start], line.text[end - line.start :]
        old = line.text[start - line.start : end - line.start]
        needs = _is_bare_number(before, behind) if _is_number_lost(old, new) else _is_flow(before, behind, new)
        is_open = not _is_within_quotes(before) and new[:1] not in {"'", '"'}
        yield start, end, f'"{new}"' if needs and is_open else new


def _is_bare_number(before: str, behind: str) -> bool:
    if _ASSIGNED.fullmatch(before) and _LAST.match(behind):
        return True
    if _OWN_LINE.fullmatch(before) and _COMMA.match(behind):
        return True
    if _COMPARED.search(before) and _COMPARED_BEHIND.match(behind):
        return True
    return bool(_ITEM_BEFORE.search(before) and _ITEM_BEHIND.match(behind)) and _opened(before) != ""


def _is_flow(before: str, behind: str, new: str) -> bool:
    """Whether an edit is an item or value of a flow of YAML, and its stand-in would open another."""
    held = _FLOW.search(new) and _ITEM_BEFORE.search(before) and _ITEM_BEHIND.match(behind)
    return bool(held) and _opened(before) in {"[", "{"}


def _is_within_quotes(before: str) -> bool:
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


def _opened(before: str) -> str:
    """Return the bracket of a program or of a flow that is open at the end of a line's beginning, "" for none."""
    closed: list[str] = []
    for at in range(len(before) - 1, -1, -1):
        sign = before[at]
        if sign in _PAIRS:
            closed.append(_PAIRS[sign])
        elif sign in "([{":
            if closed:
                closed.pop()
                continue
            of_program = _CALLED if sign == "(" else _HELD
            return sign if of_program.search(before[:at]) else ""
    return ""
