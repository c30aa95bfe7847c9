"""A document as PDF/A-3a and PDF/UA-1, by Typst: the same answer gives the same bytes.

The answer itself is attached to it as JSON. Only the fonts that Typst brings are used, so that no machine's own change
the bytes; they have Latin, Greek and Cyrillic letters, and any other character is written as U+767E.

``python -m proxy.reports.render.paper`` makes one PDF, confined, because a long one takes a gigabyte: standard input is
a ``PaperSource`` as JSON, standard output the file.
"""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from proxy.errors import ConfigurationError
from proxy.reports.render.printed import PrintedDocument, PrintedPart, widths
from proxy.runtime import resources
from proxy.runtime.child_process import confine

_TEMPLATE = Path(__file__).with_name("paper.typ")
_STANDARDS = ["a-3a", "ua-1"]
#: What Typst's own fonts do not have.
_OTHER = re.compile(
    "[^\n -~\u00a0-\u00ac\u00ae-\u02ff\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u1e00-\u1ef9"
    "\u2010-\u2027\u2030-\u2040\u20a0-\u20bf\u2190-\u22ff]"
)
#: Where a long word of a cell may be broken: otherwise it would run into the next column.
_BREAK = re.compile(r"[._/:@,=-]|[A-Za-z0-9]{12}")
_LONG = re.compile(r"\S{15,}")
#: A PDF of more rows takes minutes and is too long to read.
MOST_ROWS = 5000
#: Of the confined process, bytes.
_MEMORY = 3 << 30


class PaperSource(NamedTuple):
    """What a PDF is made of: the document as JSON, the answer that is attached, and the time of the file (Unix)."""

    shown: bytes
    answer: bytes
    at: int

    def encoded(self) -> bytes:
        """Return the source as a process of its own reads it."""
        return orjson.dumps({"shown": self.shown.decode(), "answer": self.answer.decode(), "at": self.at})


def rendered(document: PrintedDocument) -> bytes:
    """Return the PDF.

    Raises:
        ConfigurationError: Typst is not installed, or there are more than 5,000 rows.

    """
    return typeset(source(document))


def source(document: PrintedDocument) -> PaperSource:
    """Return what the PDF of a document is made of.

    Raises:
        ConfigurationError: there are more than 5,000 rows.

    """
    if sum(len(part.table.rows) for part in document.parts if part.table is not None) > MOST_ROWS:
        raise ConfigurationError(f"a PDF has at most {MOST_ROWS} rows: narrow the question, or use another format")
    shown = orjson.dumps(_displayable(_shown(document)))
    return PaperSource(shown, document.answer, int(datetime.fromisoformat(document.at).timestamp()))


def typeset(source: PaperSource) -> bytes:
    """Return the PDF: about 0.2 MB of memory and 5 ms for each row.

    Raises:
        ConfigurationError: Typst is not installed.

    """
    typst = resources.library("typst", "reports")
    files = {"main": _TEMPLATE.read_bytes(), "document.json": source.shown, "answer.json": source.answer}
    pdf: bytes = typst.compile(
        files, format="pdf", pdf_standards=_STANDARDS, timestamp=source.at, ignore_system_fonts=True
    )
    return pdf


def _shown(document: PrintedDocument) -> dict[str, Any]:
    return {**asdict(document), "answer": "", "parts": [_part(part) for part in document.parts]}


def _part(part: PrintedPart) -> dict[str, Any]:
    table = part.table
    if table is None or part.is_records:
        return {**asdict(part), "pairs": list(table.columns.items()) if table is not None else []}
    rows = [[_breakable(cell) for cell in row] for row in table.rows]
    heads: list[str | list[str]] = [_breakable(name) for name in table.columns]
    shown = {**asdict(table), "rows": rows}
    return {**asdict(part), "table": shown, "heads": heads, "widths": widths(table.columns, table.rows)}


def _breakable(text: str) -> str | list[str]:
    """Return a text in pieces where it has long words: a line may end between them, and nothing else stands there."""
    parted = _LONG.sub(lambda word: _BREAK.sub(lambda match: match[0] + "\0", word[0]), text)
    return parted.split("\0") if "\0" in parted else text


def _displayable(value: Any) -> Any:
    match value:
        case str():
            return _OTHER.sub(lambda match: f"U+{ord(match[0]):04X} ", value)
        case dict():
            return {_displayable(name): _displayable(element) for name, element in value.items()}
        case list() | tuple():
            return [_displayable(element) for element in value]
        case _:
            return value


def main() -> None:
    """Make the file."""
    request = orjson.loads(sys.stdin.buffer.read())
    source = PaperSource(request["shown"].encode(), request["answer"].encode(), request["at"])
    sys.stdout.buffer.write(typeset(source))


if __name__ == "__main__":
    confine(_MEMORY)
    main()
