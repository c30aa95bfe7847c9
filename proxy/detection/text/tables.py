"""Tables in text: every cell is read with the name of its column, however far above it stands.

Comma-, semicolon-, tab- and bar-separated values, markdown and terminal tables, columns of fixed width, HTML tables and
the column lists of SQL. A cell is read like a field of a form: ``dob: 21/05/1947``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, islice, pairwise
from typing import Final, NamedTuple

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.languages import words
from proxy.detection.merge import disjoint
from proxy.detection.text import statements
from proxy.detection.text.context import ContextWords, normalised
from proxy.detection.text.fields import Cell, named, read

#: Columns of personal data, of names, and those whose presence means that the names are of things.
_PERSONAL: Final = ContextWords(*words("personal_columns"))
_NAME: Final = ContextWords(*words("name_columns"))
_OF_THINGS: Final = ContextWords(*words("thing_columns"))
_PERSON: Final = re.compile(r"[^\W\d_][^\d_@/<>{}\[\]=|;]{1,63}")
_SURE = 0.9
_SCORE = 0.85
_LONGEST_HEADER, _LONGEST_CELL = 40, 160
_MOST_WORDS = 4
_FEWEST = 2
_MOST_CELLS = 20_000
_SEPARATORS: Final = ("\t", ";", "|", ",")
_NO_HEADER: Final = re.compile(r"\d{2}|[@{}()=<>]|[.!?]\s")
_RULE: Final = re.compile(r"[\s|+:=-]*")
_GAP: Final = re.compile(r"[^\S ]|  ")
_WIDE: Final = re.compile(r"\S+(?: \S+)*")
_QUOTED: Final = re.compile(r"\"(?:[^\"]|\"\")*\"|(?<!\w)'(?:[^']|'')*'(?!\w)")
_HTML_ROW: Final = re.compile(r"(?i)<tr[^>]{0,200}>(?P<row>(?:[^<]++|<(?!/?tr\b|/table\b))*+)")
_HTML_CELL: Final = re.compile(r"(?i)<t[hd][^>]{0,200}>(?P<cell>(?:[^<]++|<(?!/?t[hd]))*+)")
_TAGS: Final = re.compile(r"(?:\s|<[^<>]*+>)*+")


def findings_in(text: str, scan: Callable[[str], Sequence[Finding]]) -> list[Finding]:
    """Return the findings in the cells of a text's tables, each read with the name of its column."""
    return list(_read(text, list(islice(cells(text), _MOST_CELLS)), scan))


def with_columns(
    text: str, segment: SegmentFindings, scan: Callable[[str], Sequence[Finding]], laid: Iterable[Cell] = ()
) -> SegmentFindings:
    """Add what the columns of a whole text's tables say about their cells; ``laid`` are cells that were laid out."""
    columns = [*findings_in(text, scan), *_read(text, list(islice(map(_worded, laid), _MOST_CELLS)), scan)]
    return replace(segment, findings=disjoint(merged(segment.findings, columns))) if columns else segment


def merged(findings: Sequence[Finding], columns: Sequence[Finding]) -> list[Finding]:
    """Add the findings of columns; a date of birth of a column replaces the dates that it covers."""
    births = sorted((f.start, f.end) for f in columns if f.entity_type == "DATE_OF_BIRTH")
    ends = list(accumulate((end for _, end in births), max))
    others = [
        f for f in findings if f.entity_type != "DATE" or bisect_right(ends, f.start) >= bisect_left(births, (f.end,))
    ]
    return [*others, *columns]


def cells(text: str) -> Iterator[Cell]:
    """Yield the cells of every table with a column of personal data: lines first, then SQL, then HTML."""
    yield from _lined(text)
    rows = [_worded(cell) for cell in statements.inserted(text) if cell.end - cell.start <= _LONGEST_CELL]
    if _is_about_people([cell.label for cell in rows]):
        yield from rows
    if "<tr" in text.lower():
        yield from _marked_up(text)


def laid_out(text: str) -> Iterator[Cell]:
    """Yield the cells of tables with one line per row, each with its header, and without one what stands around them.

    Separators, quotes and headers are left out. A table has three columns and two rows.
    """
    if text.count("\n") < _FEWEST - 1:
        return
    done = 0
    for _, rows in groupby(islice(_tables(text, _is_wide), _MOST_CELLS), key=lambda pair: id(pair[0])):
        lines = [
            (header, row)
            for header, row in rows
            if any(text[row[0].start : row[-1].end].count(sign) for sign in _SEPARATORS)
        ]
        if len(lines) < _FEWEST:
            continue
        header = lines[0][0]
        yield Cell("", done, header[0].start)
        for header, row in lines:
            yield from (Cell(name.text, *piece[1:]) for name, piece in zip(header, row, strict=True) if piece.text)
        done = lines[-1][1][-1].end
    if done:
        yield Cell("", done, len(text))
    else:
        yield from _without_header(text)


def _without_header(text: str) -> Iterator[Cell]:
    """Yield the cells of a text that is rows of one length, three or more each, under their numbers.

    Rows under a rule, or under names of personal columns, have a header.
    """
    lines = [line for line in _lines(text) if line[1] > line[0]]
    if any(_RULE.fullmatch(text, *line) for line in lines) or any(True for _ in _tables(text, _is_about_people)):
        return
    for separator in _SEPARATORS if _FEWEST <= len(lines) <= _MOST_CELLS else ():
        if any(text.count(separator, *line) < _FEWEST for line in lines):
            continue
        rows = [_cut(text, *line, separator) for line in lines]
        cells = [piece for row in rows for piece in row]
        spaced = separator == "," and any(text[piece.start - 2 : piece.start] == ", " for piece in cells)
        if (
            len({len(row) for row in rows}) == 1
            and not spaced
            and all(len(cell.text) <= _LONGEST_CELL for cell in cells)
        ):
            for row in rows:
                yield from (Cell(str(at), *piece[1:]) for at, piece in enumerate(row, 1) if piece.text)
            return


def are_about_people(cells: Iterable[Cell]) -> bool:
    """Whether one of the columns of some cells holds personal data."""
    return _is_about_people(list(dict.fromkeys(cell.label for cell in cells)))


def _worded(cell: Cell) -> Cell:
    return cell._replace(label=normalised(cell.label).strip() or cell.label)


def _is_wide(labels: Sequence[str]) -> bool:
    return len(labels) > _FEWEST


def _read(text: str, batch: Sequence[Cell], scan: Callable[[str], Sequence[Finding]]) -> Iterator[Finding]:
    for finding in read(text, batch, scan):
        yield replace(finding, score=max(finding.score, _SURE)) if finding.entity_type == "DATE_OF_BIRTH" else finding
    yield from named(text, batch)
    for cell in batch:
        if _is_name(cell.label) and _PERSON.fullmatch(text, cell.start, cell.end):
            yield Finding("PERSON", cell.start, cell.end, _SCORE, "column")


def _is_name(label: str) -> bool:
    words = normalised(label)
    return _NAME.opens(words) and (not _OF_THINGS.opens(words) or words.strip() in _NAME.phrases)


def _is_about_people(labels: Sequence[str]) -> bool:
    """Whether the columns hold personal data."""
    return any(_PERSONAL.opens(normalised(label)) for label in labels)


class _Piece(NamedTuple):
    text: str
    start: int
    end: int


def _bare(text: str, start: int, end: int) -> _Piece:
    """Return a cell without the white space and quotation marks around it."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if end - start > 1 and text[start] == text[end - 1] and text[start] in "\"'`":
        return _Piece(text[start + 1 : end - 1], start + 1, end - 1)
    return _Piece(text[start:end], start, end)


def _cut(text: str, start: int, end: int, separator: str) -> list[_Piece]:
    """Split a line; separators inside quotation marks do not count."""
    quoted = [match.span() for match in _QUOTED.finditer(text, start, end)] if separator in ",;" else []
    places, at = [start - 1], start
    for low, high in (*quoted, (end, end)):
        while (position := text.find(separator, at, low)) >= 0:
            places.append(position)
            at = position + 1
        at = high
    return [_bare(text, low + 1, high) for low, high in pairwise([*places, end])]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip("\r\n"))
        start += len(line)


def _lined(text: str) -> Iterator[Cell]:
    """Yield the cells of tables about people with one line per row.

    Two columns whose first one holds labels of personal data are a form.
    """
    for _, pairs in groupby(_tables(text, _is_about_people), key=lambda pair: id(pair[0])):
        rows = list(pairs)
        header = rows[0][0]
        lines = [header, *(row for _, row in rows)]
        form = len(header) == _FEWEST and sum(_is_about_people([line[0].text]) for line in lines) >= _FEWEST
        for first, row in (((line[0],), line[1:]) for line in lines) if form else rows:
            yield from _labelled(first, row)


def _tables(text: str, about: Callable[[Sequence[str]], bool]) -> Iterator[tuple[Sequence[_Piece], Sequence[_Piece]]]:
    """Yield header and row of the tables with one line per row whose labels are ``about`` something."""
    header: list[_Piece] = []
    separator = ""
    for start, end in _lines(text):
        row = _row(text, start, end, separator) if header else []
        if header and len(row) == len(header):
            yield header, row
        elif header and _RULE.fullmatch(text, start, end) and end > start:
            continue
        else:
            separator, header = _header(text, start, end, about)


def _row(text: str, start: int, end: int, separator: str) -> list[_Piece]:
    if separator == " ":
        return [_bare(text, *match.span()) for match in _WIDE.finditer(text, start, end)]
    return _cut(text, start, end, separator)


def _header(text: str, start: int, end: int, about: Callable[[Sequence[str]], bool]) -> tuple[str, list[_Piece]]:
    """Return separator and cells of a header line of a table ``about`` something, ("", []) for another line."""
    for separator in (*_SEPARATORS, " "):
        if separator not in text[start:end] if separator != " " else _GAP.search(text, start, end) is None:
            continue
        row = _row(text, start, end, separator)
        names = [piece.text for piece in row if piece.text]
        if len(names) >= _FEWEST and all(_is_header(name) for name in names) and about(names):
            return separator, row
    return "", []


def _is_header(name: str) -> bool:
    short = len(name) <= _LONGEST_HEADER and len(name.split()) <= _MOST_WORDS
    return short and _NO_HEADER.search(name) is None


def _labelled(header: Sequence[_Piece], row: Sequence[_Piece]) -> Iterator[Cell]:
    for name, piece in zip(header, row, strict=False):
        if name.text and 0 < len(piece.text) <= _LONGEST_CELL:
            yield _worded(Cell(name.text, piece.start, piece.end))


def _marked_up(text: str) -> Iterator[Cell]:
    header: list[_Piece] = []
    for row in _HTML_ROW.finditer(text):
        pieces = [_plain(text, *cell.span("cell")) for cell in _HTML_CELL.finditer(text, *row.span("row"))]
        if header and len(pieces) == len(header):
            yield from _labelled(header, pieces)
        elif all(_is_header(piece.text) for piece in pieces) and _is_about_people([piece.text for piece in pieces]):
            header = pieces


def _plain(text: str, start: int, end: int) -> _Piece:
    opening = _TAGS.match(text, start, end)
    start = opening.end() if opening else start
    while (last := text.rfind("<", start, end)) >= 0 and _TAGS.fullmatch(text, last, end):
        end = last
    return _bare(text, start, end)
