"""Follows what is open at the end of a text and may be an address, in any chunking. Pure.

Readers disagree about markup, so several may be open at once: the run of characters since white space, the value of an
attribute, a destination in angle brackets, a string of code. Of an
address longer than ``_WINDOW`` its standing and its last characters are kept, so memory is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Self, TypeVar

from proxy.core.replies.addresses import Standing, readings
from proxy.core.replies.markup import Markup
from proxy.core.replies.position import Position, Role

_WINDOW = 128
_LONGEST = 2048  # text that is kept while nobody asks what is open
OVERLAP = 300  # a host, and what announces it
_NEAR = 80
_SPACES = " \t\n\r\f"
_QUOTES = "\"'`"
_RUN, _WHOLE, _LINKED = "run", "whole", "]("
#: What may be open -> what opens or closes it: no escaped ones, but HTML knows no escaped quotation marks. Simple
#: renderers of Markdown take all between parentheses for the address.
_ENDS: dict[str, Sequence[str]] = {_RUN: _SPACES, _LINKED: (_LINKED, ")"), "<": "<>\n", "{": "{}\n"}
_ENDS |= {opens: mark for mark in _QUOTES for opens in (mark, f"\\{mark}")}
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_ASSIGNED = re.compile(r"(?<![\w:.@-])([\w:.@-]*+)\s*=\s*\\*\Z")
_ASSIGNS = re.compile(r"=\s*\\*(?:[\"'`]|\Z)").search
_VALUE = re.compile(r"(?<![\w:-])([\w:-]++)=(?!\\*[\"'`])")
_TAG = re.compile(r"</?[A-Za-z][^<>]*").fullmatch
_BEFORE_QUOTE = re.compile(r"(?<!\\)\\++(?=[\"'])")
_DESTINED = re.compile(r"\](?:\(|:)\s*\Z")
_TITLED = re.compile(r"(?:\s++|\s*+\S++\s++)[\"'(]").match
_LONGEST_LABEL = 500
#: A link whose end no reader of Markdown disputes.
_LINK = re.compile(rf"(?<!\\)\[[^\[\]\\`<>]{{0,{_LONGEST_LABEL}}}\]\([^\s()<>\\]*(?:\([^\s()<>\\]*\)[^\s()<>\\]*)*\)")
_BEGINS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]+:/++(?![\"'`])|//++(?![\"'`]|[^/?#\s]* )|(?:https?|wss?|ftp):)").match
_HALVES = r"u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"
_JSON_ESCAPE = re.compile(rf"\\(?:{_HALVES}|u([0-9A-Fa-f]{{4}})|([^\"]))", re.DOTALL)
_PARTIAL_ESCAPE = re.compile(
    r"(?<!\\)(?:\\\\)*(\\(?:u[0-9A-Fa-f]{0,3}|u[dD][89abAB][0-9A-Fa-f]{2}(?:\\(?:u[0-9A-Fa-f]{0,3})?)?)?)\Z"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

#: Kinds of what is open: words; a string, which counts if it begins as an address, and one that does; markup; a whole
#: text that is an address.
WORDS, STRING, BEGUN, DESTINATION, WHOLE = "words", "string", "begun", "destination", "whole"
#: Values of attributes, and what may be one without quotation marks.
ATTRIBUTE, VALUE = "attribute", "value"


_Copied = TypeVar("_Copied")


class Opening(NamedTuple):
    """What is open at the end of a text."""

    text: str
    kind: str
    name: str = ""  # of the attribute
    foreign: bool = False  # the part that is no longer here was in an address of a foreign origin


def copy_of(copied: _Copied) -> _Copied:
    """Return what ``copy.copy`` does of an object of slots, ten times as fast."""
    kind = type(copied)
    fresh = kind.__new__(kind)
    for name in kind.__slots__:  # type: ignore[attr-defined]
        setattr(fresh, name, getattr(copied, name))
    return fresh


def begins_as_address(text: str) -> bool:
    """Whether some reader takes a text for an address from its first character on."""
    return any(map(_BEGINS, readings(text)))


class Openings:
    """The end of one text: ``feed`` it, then ask for what is ``open``.

    ``standing`` returns that of what follows an opening.
    """

    __slots__ = (
        "_before", "_ends", "_escape", "_folded", "_lasting", "_position", "_standing", "_text", "markup"
    )  # fmt: skip

    def __init__(self, position: Position, standing: Callable[[Opening], Standing]) -> None:
        self._position = position
        self._standing = standing
        self.markup = Markup()
        whole = position.role is Role.ADDRESS
        self._ends: Mapping[str, Sequence[str]] = {_WHOLE: ""} if whole else _ENDS
        self._text = ""
        self._before = ""  # the last characters before the text
        self._folded = {_WHOLE: Opening("", WHOLE)} if whole else {_RUN: Opening("", WORDS)}  # what was open there
        self._escape = ""  # the beginning of an escape sequence of a document
        self._lasting = whole  # one of them is neither a run nor mere words in quotation marks

    @property
    def code(self) -> bool:
        """Whether the end is in code, or in what a tool receives."""
        return self._position.role is Role.ARGUMENTS or self.markup.code

    def copied(self) -> Self:
        """Return the same end, which other texts may follow."""
        copied = copy_of(self)
        copied.markup = copy_of(self.markup)
        return copied

    def feed(self, text: str) -> None:
        """Take the next text."""
        if self._position.document:
            text = self._decoded(text)
        # A tag within a string has its quotation marks escaped.
        self.markup.feed(_BEFORE_QUOTE.sub(_blanked, text) if self._position.document and "\\" in text else text)
        self._text += text
        if len(self._text) > _LONGEST:
            self._fold(self._text)

    def closed(self) -> bool:
        """Whether nothing is open for certain: words end in plain words, behind white space. Else ask ``open``."""
        text = self._text
        markup = self.markup
        if markup.tag or markup.program or markup.code or self._lasting or (text and text[-1] not in _SPACES):
            return False
        if "=" in text and _ASSIGNS(text):
            return False
        if max(text.rfind("<"), text.rfind("{")) > text.rfind("\n") or text.rfind(_LINKED) > text.rfind(")"):
            return False
        return _DESTINED.search(text[-_NEAR:]) is None

    def open(self) -> Iterator[Opening]:
        """Yield what is open at the end, first the run or the whole text."""
        if len(self._text) > 2 * _WINDOW:
            self._fold(self._text)
        unescaped = _unescaped(self._text)
        for key, ends in self._ends.items():
            last = _last(self._text if key[0] == "\\" else unescaped, ends)
            opening = self._begun(key, self._text, last) if last >= 0 else self._folded.get(key)
            if key == _RUN and opening is not None:
                yield from self._run(opening, last + 1)
            elif opening is not None and key == _LINKED and _TITLED(opening.text + self._text[last + 1 :]):
                continue
            elif opening is not None and (key[-1] not in _QUOTES or self.code or opening.kind == ATTRIBUTE):
                yield opening._replace(text=opening.text + self._text[last + 1 :])

    def _fold(self, text: str) -> None:
        """Keep the last window or two, and what matters of an address that began before them."""
        kept = (len(text) - _WINDOW - 1) // _WINDOW * _WINDOW
        folded = {}
        unescaped = _unescaped(text)
        for key, ends in self._ends.items():
            last = _last(text if key[0] == "\\" else unescaped, ends)
            opening = self._begun(key, text, last) if last >= 0 else self._folded.get(key)
            start = last + 1
            while opening is not None and start < kept:
                stop = (start // _WINDOW + 1) * _WINDOW
                opening = self._shortened(opening._replace(text=opening.text + text[start:stop]))
                start = stop
            if opening is not None and last < kept:
                folded[key] = opening
        self._folded = folded
        self._lasting = any(
            key != _RUN and (key[-1] not in _QUOTES or opening.kind == ATTRIBUTE) for key, opening in folded.items()
        )
        self._before = (self._before + text[max(0, kept - _NEAR) : kept])[-_NEAR:]
        self._text = text[kept:]

    def _shortened(self, opening: Opening) -> Opening | None:
        """Return what stays of an opening that is longer than the window, None for a string that is not an address."""
        kind = opening.kind
        if kind == WORDS and "](" in _without_links(opening.text, 0):
            kind = DESTINATION
        elif kind == WORDS and "<" in opening.text:
            opening = Opening(opening.text.rpartition("<")[2], WORDS)
        standing = self._standing(opening)
        rest = opening._replace(text=opening.text[-OVERLAP:])
        # An authority whose beginning is no longer here cannot be judged.
        lost = standing is Standing.UNFINISHED and self._standing(rest) is not Standing.UNFINISHED
        foreign = opening.foreign or lost or standing is Standing.FOREIGN
        if kind == STRING and len(opening.text) > _NEAR:
            if not begins_as_address(opening.text):
                return None
            kind = BEGUN
        return rest._replace(kind=kind, foreign=foreign)

    def _begun(self, key: str, text: str, at: int) -> Opening | None:
        """Return what the delimiter at an offset opens, still without its text."""
        if key == _RUN:
            before = self._near(text, at + 1)
            return self._assigned(before) or Opening("", DESTINATION if _DESTINED.search(before) else WORDS)
        if key == _LINKED:
            return Opening("", STRING) if text[at] == "(" else None
        if key[-1] not in _QUOTES:
            destined = key == "<" and _DESTINED.search(self._near(text, at))
            return Opening("", DESTINATION if destined else STRING) if text[at] == key else None
        return self._assigned(self._near(text, at)) or Opening("", STRING)

    def _assigned(self, before: str) -> Opening | None:
        """Return the attribute whose value follows; in code outside tags that is a string like any other."""
        assigned = _ASSIGNED.search(before) if self.markup.tag or not self.code else None
        return Opening("", ATTRIBUTE, assigned[1].lower()) if assigned is not None else None

    def _near(self, text: str, at: int) -> str:
        """Return the characters before an offset of the text."""
        return text[at - _NEAR : at] if at >= _NEAR else (self._before + text[:at])[-_NEAR:]

    def _run(self, run: Opening, start: int) -> Iterator[Opening]:
        """Yield what is open since white space; of that, for readers of words, since a tag, of code since a quote."""
        text = self._text
        whole = run._replace(text=run.text + _without_links(text, start))
        destined, linked = run.kind == DESTINATION, "](" in whole.text
        tagged = len(text) - self.markup.since_tag
        quoted = max(map(text.rfind, _QUOTES)) if self.code and not linked else -1
        ends = max(tagged, text.rfind("<") + 1, quoted + 1)
        if destined or ends <= start:
            yield whole if self.markup.tag or not run.name else whole._replace(kind=WORDS)
        else:
            yield Opening(_without_links(text, ends), WORDS)
        if linked and not destined:
            yield Opening(whole.text.rpartition("](")[2], DESTINATION)
        # A value without quotation marks: no more than white space ends it, but the name may follow anything.
        value = _VALUE.search(text, max(tagged, *(text.rfind(space) + 1 for space in _SPACES)))
        words = self._position.role is Role.WORDS and (self.markup.code or (value and value.start() < max(start, ends)))
        if value is not None and (self.markup.tag or words):
            yield Opening(text[value.end() :], VALUE, value[1].lower(), run.foreign)

    def _decoded(self, text: str) -> str:
        text = self._escape + text
        cut = _PARTIAL_ESCAPE.search(text)
        self._escape = cut[1] if cut is not None else ""
        return decoded(text[: len(text) - len(self._escape)])


def _without_links(text: str, start: int) -> str:
    """Return the text from an offset on without complete links."""
    if "](" not in text:
        return text[start:]
    pieces = []
    for link in _LINK.finditer(text, max(0, start - _LONGEST_LABEL)):
        if link.end() > start:
            pieces.append(text[start : max(start, link.start())])
            start = link.end()
    return " ".join((*pieces, text[start:]))


def _blanked(escape: re.Match[str]) -> str:
    return " " * len(escape[0])


def _last(text: str, ends: Sequence[str]) -> int:
    """Return the offset of the last character of the last of some marks, -1 for none."""
    return max([at + len(end) - 1 for end in ends if (at := text.rfind(end)) >= 0], default=-1)


def _unescaped(text: str) -> str:
    """Return a text of this length without what is escaped in it."""
    return _ESCAPED.sub("\0\0", text) if "\\" in text else text


def decoded(text: str) -> str:
    """Return a text of a JSON document with its escapes decoded, but for quotation marks, which end no string."""
    return _JSON_ESCAPE.sub(_decoded, text)


def _decoded(escape: re.Match[str]) -> str:
    first, last, code, mark = escape.groups()
    if first:
        return bytes.fromhex(first + last).decode("utf-16-be")
    return chr(int(code, 16)) if code else _ESCAPES.get(mark, mark)
