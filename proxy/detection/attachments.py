"""The text of attached documents: PDF, DOCX, XLSX, CSV and plain text, under limits of size, pages, ratio and time.

Runs inside a worker. What is not read, whole or in part, is said so; nothing is fetched, executed or written.
"""

from __future__ import annotations

import io
import logging
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from proxy.core.records import Status

MOST_BYTES = 10 << 20
MOST_CHARACTERS = 2_000_000
MOST_PAGES = 200
MOST_UNPACKED = 64 << 20
MOST_RATIO = 200
MOST_SECONDS = 5.0
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Extracted:
    """``complete``: everything was read; ``partial``: a limit cut it; ``skipped``: it was not read at all."""

    text: str
    status: Status


UNREAD = Extracted("", Status.SKIPPED)


def extract(media_type: str, data: bytes) -> Extracted:
    """Return the text of a document. Never raises for its content: what cannot be read is ``skipped``."""
    if len(data) > MOST_BYTES:
        return UNREAD
    try:
        reader = _reader(media_type.partition(";")[0].strip().lower(), data)
        return UNREAD if reader is None else _gathered(reader(data))
    except Exception:  # noqa: BLE001 -- a broken document must not break the worker; it is reported unread
        return UNREAD


def _reader(media: str, data: bytes) -> Callable[[bytes], Iterator[str]] | None:
    """Choose by what the bytes are, then by what they are said to be."""
    if data.startswith(b"%PDF-"):
        return _pdf
    if data.startswith(b"PK\x03\x04"):
        if not _unpacks_safely(data):
            return None
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
        return _docx if "word/document.xml" in names else _xlsx if "xl/workbook.xml" in names else None
    if media.startswith("text/") or media in {"application/json", "application/xml", "application/csv", ""}:
        return _plain
    return None


def _gathered(parts: Iterator[str]) -> Extracted:
    """Join the parts until one of the limits is reached; no text at all means it was not read."""
    ends = time.monotonic() + MOST_SECONDS
    texts: list[str] = []
    left = MOST_CHARACTERS
    for number, part in enumerate(parts):
        texts.append(part[:left])
        left -= len(part)
        if left <= 0 or time.monotonic() > ends or number + 1 >= MOST_PAGES:
            rest = left < 0 or next(parts, None) is not None
            return Extracted("\n".join(texts), Status.PARTIAL if rest else Status.COMPLETE)
    text = "\n".join(texts)
    return Extracted(text, Status.COMPLETE) if text.strip() else UNREAD


def _unpacks_safely(data: bytes) -> bool:
    """No zip bomb: what the members unpack to is bounded in bytes and in ratio."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    return unpacked <= MOST_UNPACKED and unpacked <= MOST_RATIO * max(1, len(data)) and len(members) <= 10 * MOST_PAGES


def _plain(data: bytes) -> Iterator[str]:
    yield data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")


def _pdf(data: bytes) -> Iterator[str]:
    import pypdf  # noqa: PLC0415 -- only when a PDF comes

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the document
    document = pypdf.PdfReader(io.BytesIO(data))
    for page in document.pages:
        yield page.extract_text()


def _docx(data: bytes) -> Iterator[str]:
    import docx  # noqa: PLC0415 -- only when a DOCX comes

    document = docx.Document(io.BytesIO(data))
    lines = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        lines.extend("\t".join(cell.text for cell in row.cells) for row in table.rows)
    for section in document.sections:
        for part in (section.header, section.footer):
            lines.extend(paragraph.text for paragraph in part.paragraphs)
    yield "\n".join(lines)


def _xlsx(data: bytes) -> Iterator[str]:
    import openpyxl  # noqa: PLC0415 -- only when an XLSX comes

    book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        yield "\n".join(
            "\t".join("" if value is None else str(value) for value in row) for row in sheet.iter_rows(values_only=True)
        )
