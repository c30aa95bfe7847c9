r"""Tracks JSON in a text, so that an inserted value is escaped as deeply as its place requires.

A reply may be JSON, contain JSON after prose or in a fenced block, or JSON inside a JSON string. A strict reader starts
at every bracket and stops at the first character that is not JSON; inside a string, a value must be escaped once, and
once more for each JSON document that contains the string:

    Here you are: {"call": "{\"name\": \"Ada\"}"}     prose: as it is, call: once, name: twice

So prose with quotation marks stays prose. While a reader is inside a string a second one follows the brackets in it,
in case the first began in prose (``in ["parts", {"name"...``). Linear in the text for any chunking; state is bounded.
"""

from __future__ import annotations

import json
import re

_BRACKET = re.compile(r"[{\[]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_WORD = re.compile(r"[-+.0-9A-Za-z]*")
_ATOM = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_ATOM_BEGUN = re.compile(r"-?\d*(?:\.\d*)?(?:[eE][+-]?\d*)?|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?")
_ATOM_LONGEST = 400
_ATOM_FIRST = frozenset("-0123456789tfn")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_DELICATE = re.compile(r'["\\\x00-\x1f]')
_HEX = frozenset("0123456789abcdefABCDEF")
_UNICODE = 6  # characters of \uXXXX
#: Documents inside each other's strings that are followed; each level doubles the backslashes of the next.
_LEVELS = 6
_NESTING = 512

_VALUE, _FIRST, _KEY, _FIRST_KEY, _COLON, _COMMA = range(6)
_VALUES = frozenset({_VALUE, _FIRST})
_STRINGS = frozenset({_VALUE, _FIRST, _KEY, _FIRST_KEY})
_CLOSING = frozenset({_FIRST, _FIRST_KEY, _COMMA})


def json_escape(text: str) -> str:
    """Return the text escaped for a JSON string, without the quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def needs_escape(text: str) -> bool:
    """Whether the text changes when it is put into a JSON string."""
    return _DELICATE.search(text) is not None


class JsonContext:
    """Follows a text: ``feed`` its parts and ``insert`` values between them, in order.

    ``document``: the text itself is JSON (a tool call's arguments), so that a value is escaped at least once.
    """

    __slots__ = ("_document", "_level", "_main", "_other", "_read")

    def __init__(self, *, document: bool = False, level: int = 0) -> None:
        self._document = document
        self._level = level
        self._main: _Reader | None = _Reader(level) if document else None
        self._other: _Reader | None = None
        self._read = False  # a whole JSON value

    @property
    def complete(self) -> bool:
        """Whether the text so far is, or ends in, a complete JSON value."""
        return self._read and self._main is None

    def feed(self, text: str) -> None:
        """Read on."""
        at = 0
        while at < len(text):
            main = self._main
            if main is None:
                bracket = _BRACKET.search(text, at)
                if bracket is None:
                    return
                at, self._main = bracket.start(), _Reader(self._level)
                continue
            end = main.run(text, at, len(text))
            self._follow(text, end if main.bracket < 0 else main.bracket, at, end)
            self._settle()
            at = end

    @property
    def depth(self) -> int:
        """The nesting depth of JSON strings at the next character."""
        return self._main.depth if self._main is not None else 0

    def insert(self, value: str) -> str:
        """Return the value escaped for this place; it counts as fed."""
        while self._main is not None and not self._main.inside:
            self._main, self._other = self._other, None  # a word without quotes: no JSON
        if self._main is None:
            return json_escape(value) if self._document else value
        if self._other is not None:
            self._other.insert("")
        return self._main.insert(value)

    def _follow(self, text: str, bracket: int, at: int, end: int) -> None:
        """Run the second reader from the first bracket inside a string on."""
        at = bracket if self._other is None else at
        while at < end:
            if self._other is None:
                match = _BRACKET.search(text, at, end)
                if match is None:
                    return
                at, self._other = match.start(), _Reader(self._level)
            at = self._other.run(text, at, end)
            if self._other.over:
                self._other = None

    def _settle(self) -> None:
        if self._main is not None and self._main.over:
            self._read = self._main.complete
            self._main, self._other = None if self._read else self._other, None


class _Reader:
    """Reads one JSON value from its first character on; ``over`` once it is complete or no JSON."""

    __slots__ = ("_atom", "_escape", "_expects", "_inner", "_level", "_stack", "bracket", "complete", "inside", "over")

    def __init__(self, level: int) -> None:
        self._level = level
        self._stack = ""
        self._expects = _VALUE
        self._atom = ""
        self._escape = ""  # the beginning of an escape sequence
        self._inner: JsonContext | None = None  # what the string holds, where it may hold JSON
        self.inside = False  # a string
        self.bracket = -1  # where in the text of the last run the first bracket inside a string stands
        self.complete = False
        self.over = False

    @property
    def depth(self) -> int:
        """The nesting depth of strings at the next character."""
        if not self.inside:
            return 0
        return 1 + (self._inner.depth if self._inner is not None else 0)

    def run(self, text: str, at: int, end: int) -> int:
        """Read up to the end, the end of the value or invalid JSON; return that offset."""
        self.bracket = -1
        while at < end and not self.over:
            if self.inside:
                at = self._escaped(text, at) if self._escape else self._string(text, at, end)
            elif self._atom:
                at = self._word(text, at, end)
            else:
                at = self._structure(text, at, end)
        return at

    def insert(self, value: str) -> str:
        """Return the value escaped for this place."""
        self.over = not self.inside
        if self._inner is not None:
            value = self._inner.insert(value)
        value = ("\\" if self._escape else "") + json_escape(value)  # half an escape sequence must not eat our own
        self._escape = ""
        return value

    def _structure(self, text: str, at: int, end: int) -> int:
        match = _BLANKS.match(text, at, end)
        at = match.end() if match else at
        if at < end:
            char = text[at]
            if char in _ATOM_FIRST and self._expects in _VALUES:
                self._atom = char
            elif not self._punctuation(char):
                self.over, self.complete = True, False
                return at
            at += 1
        return at

    def _punctuation(self, char: str) -> bool:
        """Consume one structural character; return whether it is allowed here."""
        expects, enclosing = self._expects, self._stack[-1:]
        if char == '"':
            self.inside = expects in _STRINGS
            return self.inside
        if char in "{[":
            self._stack += char
            self._expects = _FIRST_KEY if char == "{" else _FIRST
            return expects in _VALUES and len(self._stack) <= _NESTING
        if char in "}]":
            self._stack = self._stack[:-1]
            self._value_ended()
            return enclosing == ("{" if char == "}" else "[") and expects in _CLOSING
        self._expects = _VALUE if char == ":" or enclosing == "[" else _KEY
        return expects == {":": _COLON, ",": _COMMA}.get(char, -1)

    def _value_ended(self) -> None:
        self._expects = _COMMA
        self.complete = self.over = not self._stack

    def _word(self, text: str, at: int, end: int) -> int:
        match = _WORD.match(text, at, end)
        stop = match.end() if match else at
        self._atom += text[at:stop]
        if stop == end:
            self.over = len(self._atom) > _ATOM_LONGEST or not _ATOM_BEGUN.fullmatch(self._atom)
            return stop
        fits = _ATOM.fullmatch(self._atom) is not None
        self._atom = ""
        if fits:
            self._value_ended()
        self.over = self.over or not fits
        return stop

    def _string(self, text: str, at: int, end: int) -> int:
        match = _PLAIN.match(text, at, end)
        stop = match.end() if match else at
        if stop > at:
            self._hold(text, at, stop)
        if stop < end:
            self._special(text[stop])
            stop += not self.over or self.complete
        return stop

    def _special(self, char: str) -> None:
        """Consume a quotation mark, the start of an escape sequence, or a character invalid in strings."""
        if char == "\\":
            self._escape = char
        elif char != '"':
            self.over = True
        else:
            self.inside, self._inner = False, None
            if self._expects in {_KEY, _FIRST_KEY}:
                self._expects = _COLON
            else:
                self._value_ended()

    def _escaped(self, text: str, at: int) -> int:
        """Consume one character of an escape sequence; an unknown sequence counts as its last character."""
        char = text[at]
        if self._escape == "\\" and char != "u":
            self._escape = ""
            self._decoded(_ESCAPES.get(char, char))
            return at + 1
        if self._escape != "\\" and char not in _HEX:
            self._escape = ""
            return at
        self._escape += char
        if len(self._escape) == _UNICODE:
            code, self._escape = int("0x" + self._escape[2:], 0), ""
            self._decoded(chr(code))
        return at + 1

    def _decoded(self, char: str) -> None:
        if self._inner is not None or char in "{[":
            self._hold(char, 0, 1, raw=False)

    def _hold(self, text: str, at: int, stop: int, *, raw: bool = True) -> None:
        """Feed decoded text of the string to the inner context, from its first bracket on."""
        if self._inner is None or (raw and self.bracket < 0):
            bracket = _BRACKET.search(text, at, stop)
            if bracket is not None and raw and self.bracket < 0:
                self.bracket = bracket.start()
            if self._inner is None:
                if bracket is None or self._level >= _LEVELS:
                    return
                self._inner, at = JsonContext(level=self._level + 1), bracket.start()
        self._inner.feed(text[at:stop])
