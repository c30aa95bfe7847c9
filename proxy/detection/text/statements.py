"""The values of SQL: its literals and long numbers, each with the column that it stands in, is set to or compared with.

Rows that a statement inserts are a table: their columns are those of its list, or of the table's definition in the same
text; without either they are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from proxy.detection.text.fields import NUMBERED, Cell

_PART: Final = r"(?:\[[^\]\n]{1,64}\]|\"[^\"\n]{1,64}\"|`[^`\n]{1,64}`|[\w$#@]{1,64})"
_NAME: Final = rf"{_PART}(?:\.{_PART}){{0,3}}"
_CHANGE: Final = rf"""(?ix:
    (?:insert|replace|upsert) \s+ (?:(?:or\s+\w+|ignore|overwrite) \s+)? into \s+ {_NAME} \s*
      (?:\( | (?:values|set|select|default|as)\b)
  | insert \s+ {_NAME} \s* (?:\([^()]{{1,2000}}\) \s*)? values\s*\(
  | update \s+ {_NAME} \s+ set \s+ {_NAME} \s*=
  | delete \s+ from \s+ {_NAME} \s+ (?:where|using)\b
  | create \s+ (?:temp\w*\s+)? table \s+ (?:if\s+not\s+exists\s+)? {_NAME} \s*\(
  | copy \s+ {_NAME} \s* \([^()]{{1,2000}}\) \s* from \s+ stdin\b
)"""  # noqa: S608 -- a pattern, no query
_ANYWHERE: Final = re.compile(rf"(?<!\w){_CHANGE}")
_NEXT: Final = re.compile(rf"\s*{_CHANGE}")
#: A statement at the start of a line.
_LINE: Final = re.compile(rf"(?m)^[ \t>]*{_CHANGE}")
#: One that changes nothing has this form in prose too, so it counts at the start of a text only.
_QUERY: Final = re.compile(
    r"(?i)(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|\()*+"
    r"(?:select\b[^;]{1,2000}?\sfrom|merge\s+into|with\s+\w+\s+as\s*\(|create\s+view|begin\s*;)\s"
)
#: The rows of a dump, with tabs, to the line with a full stop.
_COPIED: Final = re.compile(
    r"(?i)\s*copy\s[^(;]{1,400}\((?P<columns>[^()]{1,2000})\)\s*from\s+stdin[^;\n]{0,200};[ \r]*\n"
    r"(?P<rows>(?:(?!\\\.)[^\n]*+(?:\n|\Z))*+)"
)
_ROW: Final = re.compile(r"[^\r\n]+")
_NULL: Final = "\\N"
_TOKEN: Final = re.compile(
    r"(?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)|(?P<literal>'(?:[^'\\]|''|\\(?:[^']|'(?!\s*[,;)])))*+')"
    r"|(?P<quoted>\"[^\"\n]*\")|(?P<number>(?<![\w.])\d++(?![\w.]))|(?P<name>[^\W\d]\w*|`[^`\n]*`|\[[^\]\n]*\])"
    r"|(?P<sign>[(),;=]|\n[ \t]*\n|\n[ \t]*```)"
)
#: Words between a column and its literal, and those that go on behind rows.
_OPERATORS: Final = frozenset("and or not in is like ilike similar to between any all set values where on".split())
_BEHIND: Final = frozenset("on returning as output".split())
#: What opens a line of a table's definition and is not a column.
_CONSTRAINTS: Final = frozenset("constraint primary unique foreign check key index exclude period".split())
_PREFIX: Final = frozenset("n e b x u _utf8 _utf8mb4".split())
_MOST: Final = 20_000


def laid_out(text: str) -> Iterator[Cell]:
    """Yield the values of the statements in a text, its comments, and what stands around statements."""
    starts = iter([match.start() for match in _LINE.finditer(text)])
    done, columns = 0, dict[str, list[str]]()
    start = 0 if _QUERY.match(text) else next(starts, -1)
    some = start >= 0
    while start >= 0:
        yield from _around(text, done, start)
        statement = _Statement(columns)
        yield from statement.read(text, start)
        done = statement.end
        start = (
            done
            if _QUERY.match(text, done) or _NEXT.match(text, done)
            else next((later for later in starts if later >= done), -1)
        )
    if some:
        yield from _around(text, done, len(text))


def inserted(text: str) -> Iterator[Cell]:
    """Yield the values of statements that change rows, wherever they stand in a text, in columns with a name."""
    done, columns = 0, dict[str, list[str]]()
    for match in _ANYWHERE.finditer(text):
        if match.start() >= done:
            statement = _Statement(columns)
            yield from (cell for cell in statement.read(text, match.start()) if cell.label[:1] not in {"", NUMBERED})
            done = statement.end


def _around(text: str, start: int, end: int) -> Iterator[Cell]:
    """Yield a part of a text without the white space around it."""
    part = text[start:end]
    if any(map(str.isalnum, part)):
        yield Cell("", start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip()))


def _copied(statement: re.Match[str]) -> Iterator[Cell]:
    """Yield the values of the lines behind a statement that copies them."""
    columns = [column.strip(' "\n') for column in statement["columns"].split(",")]
    for line in _ROW.finditer(statement.string, *statement.span("rows")):
        at = line.start()
        for column, value in zip(columns, line[0].split("\t"), strict=False):
            if value.strip() and value != _NULL:
                yield Cell(column, at, at + len(value))
            at += len(value) + 1


@dataclass
class _Statement:
    """One statement while it is read. ``tables``: the columns of the tables that the text defined so far."""

    tables: dict[str, list[str]]
    end: int = 0
    columns: list[str] = field(default_factory=list)
    column: str = ""
    verb: str = ""
    table: str = ""
    depth: int = 0
    column_index: int = 0
    rows: bool = False

    def read(self, text: str, start: int) -> Iterator[Cell]:
        """Yield the cells; sets ``end``."""
        copied = _COPIED.match(text, start)
        self.end = copied.end() if copied else len(text)
        if copied:
            yield from _copied(copied)
            return
        for token in islice(_TOKEN.finditer(text, start), _MOST):
            if self._ends(token):
                return
            if token["sign"]:
                self._sign(token["sign"])
            elif token["name"] or (token["quoted"] and not self._is_value(text, token.start())):
                self._name(token[0])
            else:
                yield from self._value(token)

    def _value(self, token: re.Match[str]) -> Iterator[Cell]:
        start, end = token.span()
        if token["comment"]:
            yield Cell("", start, end)
        elif token["number"]:
            if self.depth or not self.rows:  # behind rows it is a line's
                yield Cell(self._label, start, end)
        elif end - start > len("''"):
            yield Cell(self._label, start + 1, end - 1)

    def _ends(self, token: re.Match[str]) -> bool:
        """Whether the statement is over: at its sign, an empty line, or a word behind rows that does not go on."""
        if token["name"] and self.rows and not self.depth and token[0].lower() not in _BEHIND:
            self.end = token.start()
        elif token["sign"] == ";" or (token["sign"] and token["sign"][0] == "\n" and not self.depth):
            self.end = token.end()
        else:
            return False
        return True

    @property
    def _label(self) -> str:
        if not (self.rows and self.depth):
            return self.column
        columns = self.columns or self.tables.get(self.table, [])
        return columns[self.column_index] if self.column_index < len(columns) else f"{NUMBERED}{self.column_index + 1}"

    def _is_value(self, text: str, start: int) -> bool:
        """Whether double quotes hold a value, as in MySQL, and no name."""
        return (self.rows and self.depth > 0) or text[:start].rstrip(" ")[-1:] == "="

    def _sign(self, sign: str) -> None:
        if sign == "(":
            self.depth += 1
            self.column_index = 0 if self.depth == 1 else self.column_index
        elif sign == ")":
            self.depth = max(self.depth - 1, 0)
        elif sign == "," and self.depth == 1:
            self.column_index += 1

    def _name(self, name: str) -> None:
        word = name.strip('"`[]')
        plain = word.lower()
        if not self.verb:
            self.verb = plain
        elif self.rows and self.depth == 0:
            self.rows = False  # "on conflict", "returning"
        elif plain == "values" and not self.depth:
            self.rows = True
        elif not self.depth and plain not in _OPERATORS:
            self.table = self.column = word
        elif self.verb in {"insert", "replace", "upsert"} and self.depth == 1 and not self.rows:
            self.columns.append(word)
        elif self.verb == "create" and self.depth == 1:
            self._define(word)
        elif plain not in _OPERATORS and plain not in _PREFIX:
            self.column = word

    def _define(self, word: str) -> None:
        """Take the first word behind a comma as the name of a column."""
        columns = self.tables.setdefault(self.table, [])
        if len(columns) == self.column_index and word.lower() not in _CONSTRAINTS:
            columns.append(word)
