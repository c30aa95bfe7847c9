"""Follows HTML tags, scripts and fenced code through a text, in any chunking. Pure.

Fences are recognised strictly (CommonMark: in the first column, outside HTML), since more is restored in code.
"""

from __future__ import annotations

import re

#: A tag without attributes of an element that matters no further; a line that begins with a letter.
_NEXT = re.compile(
    r"(?:[^<\n]|\n(?=[^\W_])|<\/?(?!script|style|base|form|pre|textarea|select|option|datalist)[a-z]{1,12}>)*+([<\n])?",
    re.IGNORECASE,
)
_IN_TAG = re.compile("[<=>]")
_IN_VALUE = {quote: re.compile(f"[<{quote}]") for quote in "\"'"}
_NAME_END = re.compile(r"[^A-Za-z0-9:-]")
#: Behind a carriage return that ends a line alone.
_RETURNS = re.compile(r"(?<=\r)(?=[^\n])")
#: Of a tag, behind its name or a quotation mark.
_TAG_END = re.compile(r"\s*/?").fullmatch
_NOT_BLANK, _NOT_SPACE = re.compile(r"[^ \t\r]"), re.compile(r"\S")
_MARKS = re.compile(r"[<`~$]").search
_TICKS, _LINE = re.compile(r"[`\n]"), re.compile(r"\n")
#: Elements that hold a program, or rules that may fetch.
_PROGRAMS = frozenset({"script", "style"})
#: Elements that send what stands in tags: a form its controls; rules of style fetch by attributes' values.
_SENDING = frozenset({"form", "style", "link"})
#: Elements whose words a form sends.
_SENT = frozenset({"textarea", "select", "option", "datalist"})
#: An attribute by which a control belongs to a form elsewhere, or sends it.
_OF_FORM = re.compile(r"(?:^|[\s\"'/])form(?:action)?\s*\Z", re.IGNORECASE).search
#: Elements within which no Markdown is read.
_VERBATIM = frozenset({"pre", "textarea"})
_LONGEST_NAME = 16
_LEAST_FENCE = 3
_MOST = 1024  # characters of a marker that count
_MOST_INDENT = 3
_BEHIND = -1  # behind the blanks at the start of a line


class Markup:
    """What surrounds the end of the text fed so far."""

    __slots__ = (
        "_column", "_escaped", "_fence", "_fences", "_first", "_html", "_last", "_quoted", "_run", "_step", "based",
        "form", "name", "program", "quote", "since_tag", "tag",
    )  # fmt: skip

    def __init__(self) -> None:
        self._step = Markup._words
        self._column = 0  # blanks at the start of the line, or ``_BEHIND``
        self._html = False  # a line since the last empty one begins with a tag
        self._fences = True  # code may be fenced
        self._first = True  # nothing but blanks has been read
        self._fence = ""  # the marker of the open fence
        self._run = ""  # a marker, or what precedes an attribute's value, as far as it has been read
        self._quoted = False  # a quotation mark, or the name of the tag, is all that precedes
        self._last, self._escaped = "", False  # the last character; the last tag is behind a backslash
        self.since_tag = 1 << 62  # characters behind the last tag that all readers take for one
        self.name = ""  # of the last tag
        self.program = ""  # the name of the script or style element that is open
        self.tag = False  # inside a tag, behind its name
        self.quote = ""  # the quotation mark around an attribute's value
        self.based = False  # a tag sets the base of relative addresses
        self.form = False  # what stands in tags may be sent

    @property
    def code(self) -> bool:
        """Whether a fence is open."""
        return bool(self._fence)

    def feed(self, text: str) -> None:
        """Read on."""
        if "\r" in text or self._last == "\r":
            text = self._cut_at_returns(text)
        self._read(text)

    def _cut_at_returns(self, text: str) -> str:
        """Read up to the last line that a carriage return ends alone: few readers know such, so none is in code."""
        if self._last == "\r" and text[:1] != "\n":
            self._end_fences()
        *lines, rest = _RETURNS.split(text)
        for line in lines:
            self._read(line)
            self._end_fences()
        return rest

    def _end_fences(self) -> None:
        self._fences, self._fence, self._column = False, "", 0
        if self._step in {Markup._marker, Markup._info, Markup._closing}:
            self._step = Markup._words

    def _read(self, text: str) -> None:
        self.since_tag += len(text)
        before, self._last = self._last, text[-1:] or self._last
        if self._step is Markup._words and not (self._html or self._fence or self._first or _MARKS(text)):
            line = text[text.rfind("\n") + 1 :]
            if self._column != _BEHIND or len(line) < len(text):
                blanks = len(line) + (self._column if len(line) == len(text) else 0)
                self._column = _BEHIND if _NOT_BLANK.search(line) else blanks
            return
        at = 0
        while at < len(text):
            at = self._step(self, text, at)
            if self._step is Markup._opened and not self.tag:
                self._escaped = (text[at - 2 : at - 1] or before) == "\\"

    def _words(self, text: str, at: int) -> int:
        if self._column != _BEHIND:
            return self._line_start(text, at)
        following = _LINE.search(text, at) if self._fence else _NEXT.match(text, at)
        mark = following[following.re.groups] if following is not None else None
        if following is None or mark is None:
            return len(text)
        if mark == "\n":
            self._column = 0
        else:
            self._step = Markup._opened
        return following.end()

    def _line_start(self, text: str, at: int) -> int:
        char = text[at]
        if char == "\n":
            self._html, self._column = False, 0
            return at + 1
        if char in " \t\r":
            self._column += 1
            return at + 1
        first, self._first = self._first, False
        if not self._fence and (char == "$" or (first and char in "-+;")):
            self._step, self._run, self._column = Markup._paired, char, _BEHIND
            return at + 1
        opens = char in "`~" and not self._column and self._fences and not self._html and not self.program
        if opens if not self._fence else char == self._fence[0] and self._column <= _MOST_INDENT:
            self._run, self._step = "", Markup._marker
        self._html = self._html or char == "<"
        self._column = _BEHIND
        return at

    def _paired(self, text: str, at: int) -> int:
        """Two dollars begin a formula, two dashes at the very start what is not Markdown: fences there are none."""
        self._fences = self._fences and text[at] != self._run
        self._step = Markup._words
        return at

    def _marker(self, text: str, at: int) -> int:
        char = self._run[:1] or text[at]
        while at < len(text) and text[at] == char:
            at += 1
            self._run = self._run + char if len(self._run) < _MOST else self._run
        if at == len(text):
            return at
        if self._fence:
            self._step = Markup._closing if len(self._run) >= len(self._fence) else Markup._words
        else:
            self._step = Markup._info if len(self._run) >= _LEAST_FENCE else Markup._words
        return at

    def _info(self, text: str, at: int) -> int:
        """Read to the end of the line: a fence of backticks has none behind it."""
        end = (_TICKS if self._run[0] == "`" else _LINE).search(text, at)
        if end is None:
            return len(text)
        if end[0] == "\n":
            self._fence, self._column = self._run, 0
        self._step = Markup._words
        return end.end()

    def _closing(self, text: str, at: int) -> int:
        """A fence closes if only blanks follow on its line."""
        following = _NOT_BLANK.search(text, at)
        if following is None:
            return len(text)
        if following[0] == "\n":
            self._fence = ""
        self._step = Markup._words
        return following.start()

    def _opened(self, text: str, at: int) -> int:
        char = text[at]
        if char == "/" or (char.isascii() and char.isalpha()):
            self._step, self.name = Markup._named, char.lower()
            return at + 1
        self._fences = self._fences and char not in "!?"
        self._step = Markup._attributes if self.tag else Markup._words
        return at

    def _named(self, text: str, at: int) -> int:
        end = _NAME_END.search(text, at)
        stop = len(text) if end is None else end.start()
        self.name = (self.name + text[at:stop].lower())[:_LONGEST_NAME]
        if end is None:
            return stop
        if self.program and self.name != f"/{self.program}":
            self._step = Markup._words
            return stop
        self.program, self.tag, self.quote, self._step, self._run = "", True, "", Markup._attributes, " "
        self._quoted = True
        self.based = self.based or self.name == "base"
        self.form = self.form or self.name in _SENDING
        self._fences = self._fences and self.name not in _VERBATIM
        return stop

    def _attributes(self, text: str, at: int) -> int:
        """Read on in a tag. Where another one begins, some readers take the first for words."""
        following = (_IN_VALUE[self.quote] if self.quote else _IN_TAG).search(text, at)
        self._run = (self._run + text[at : len(text) if following is None else following.start()])[-_LONGEST_NAME:]
        if following is None:
            return len(text)
        self.form = self.form or (following[0] == "=" and _OF_FORM(self._run) is not None)
        run, self._run = self._run, ""
        if following[0] == "<":
            self._step = Markup._opened
        elif self.quote:
            self.quote, self._quoted = "", True
        elif following[0] == "=":
            self._step, self._quoted = Markup._value, False
        else:
            if self._quoted and not self._escaped and _TAG_END(run):
                self.since_tag = len(text) - following.end()
            self.program = self.name if self.name in _PROGRAMS or (self.form and self.name in _SENT) else ""
            self.tag, self._step = False, Markup._words
        return following.end()

    def _value(self, text: str, at: int) -> int:
        following = _NOT_SPACE.search(text, at)
        if following is None:
            return len(text)
        self.quote = following[0] if following[0] in "\"'" else ""
        self._step = Markup._attributes
        return following.end() if self.quote else following.start()
