"""Answers and reports as files: one module for each format; a file is written with its companion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from proxy.errors import ConfigurationError
from proxy.reports import answer, statement
from proxy.reports.answer import Signed, SignedAnswer
from proxy.reports.checking import companion_of
from proxy.reports.render import columnar, paper, printed, spreadsheet
from proxy.reports.render.languages import ENGLISH
from proxy.reports.render.printed import PrintedDocument, html
from proxy.reports.report import SignedReport
from proxy.runtime import resources


def _json_lines(answer: SignedAnswer) -> bytes:
    """Return the canonical rows, so that ``rows_sha256`` is the digest of this file."""
    return b"".join(statement.canonical(row) + b"\n" for row in answer.rows)


_OF_ROWS: Mapping[str, Callable[[SignedAnswer], bytes]] = MappingProxyType({
    "csv": spreadsheet.rendered,
    "jsonl": _json_lines,
    "parquet": columnar.rendered,
})  # fmt: skip
_PRINTED: Mapping[str, Callable[[PrintedDocument], bytes]] = MappingProxyType({
    "html": html,
    "pdf": paper.rendered,
})  # fmt: skip
#: The formats that there are. A report, which has several kinds of rows, is printed only.
FORMATS = (*_OF_ROWS, *_PRINTED)
PRINTED = tuple(_PRINTED)
_NEEDED = {"html": ("jinja2", "reports"), "pdf": ("typst", "reports")}


def rendered(signed: Signed, kind: str, language: str = ENGLISH) -> bytes:
    """Return an answer as a file of any format, or a report as a printed one, in a language.

    Raises:
        ConfigurationError: the format needs what is not installed, or a PDF would be too long.
        ValueError: there is no such format for it.

    """
    if isinstance(signed, SignedAnswer) and kind in _OF_ROWS:
        return _OF_ROWS[kind](signed)
    if kind not in PRINTED:
        raise ValueError(kind)
    return _PRINTED[kind](as_printed(signed, language))


def as_printed(signed: Signed, language: str = ENGLISH) -> PrintedDocument:
    """Return an answer or a report as the document that is printed."""
    match signed:
        case SignedAnswer():
            return printed.document(signed, language)
        case SignedReport():
            return printed.composed(signed, language)
        case _:
            raise ValueError(type(signed).__name__)


def check(formats: Iterable[str]) -> None:
    """Check that what these formats need is installed, before anything is asked.

    Raises:
        ConfigurationError: an extra is missing.

    """
    for name in formats:
        if name in _NEEDED:
            resources.library(*_NEEDED[name])


def write_files(signed: Signed, kind: str, path: Path, language: str = ENGLISH) -> None:
    """Write an answer or a report in a format, and beside it the companion with its statement and signature.

    Raises:
        ConfigurationError: a file cannot be written, or the format needs what is not installed.

    """
    file = rendered(signed, kind, language)
    try:
        path.write_bytes(file)
        companion_of(path).write_bytes(statement.canonical(answer.companion(signed, kind, file)) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({type(error).__name__})") from error
