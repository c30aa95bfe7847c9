"""The text of attached documents: PDF, DOCX, XLSX, CSV, plain text and, given a reader, pictures.

Size, pages, compression ratio and time are limited. Runs inside a worker; reports what it did not read; fetches,
executes and writes nothing.
"""

from __future__ import annotations

import io
import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from proxy.core.documents import is_text
from proxy.core.findings import Status
from proxy.core.records import Extracted
from proxy.detection.files import ocr

MOST_BYTES = 10 << 20
MOST_CHARACTERS = 2_000_000
MOST_PAGES = 200
MOST_UNPACKED = 64 << 20
MOST_RATIO = 200
MOST_SECONDS = 5.0
_WORD_TEXT = re.compile(r"/word/(?:document|comments|footnotes|endnotes|header\d*|footer\d*)\.xml")
_GAPS = {"tr": "\n", "tab": "\t", "br": "\n", "cr": "\n"}
#: Byte order marks.
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UNREAD = Extracted("", Status.SKIPPED)
#: Yielded for a page with pictures and no text.
_PICTURE = None
_END = object()  # end of the parts; a part may be None
_Reader = Callable[[bytes], Iterator[str | None]]


def extract(media_type: str, data: bytes, look: ocr.Look | None = None) -> Extracted:
    """Return the text of a document. Never raises for its content: an unreadable one is ``skipped``, with a reason."""
    if len(data) > MOST_BYTES:
        return _unread("too large")
    try:
        if look is not None and media_type.startswith("image/"):
            return ocr.read(data, look)
        reader = _reader(media_type.partition(";")[0].strip().lower(), data)
        return _unread("format") if reader is None else _gathered(reader(data))
    except MemoryError:
        return _unread("too large")
    except Exception:  # noqa: BLE001 -- a broken document must not break the worker; it is reported unread
        return _unread("broken")


def _unread(why: str) -> Extracted:
    return Extracted("", Status.SKIPPED, why)


def _reader(media: str, data: bytes) -> _Reader | None:
    """Choose by the magic bytes, then by the declared type."""
    if data.startswith(b"%PDF-"):
        return _pdf
    if data.startswith(b"PK\x03\x04"):
        if not _unpacks_safely(data):
            return None
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
        return _docx if "word/document.xml" in names else _xlsx if "xl/workbook.xml" in names else None
    if not media or is_text(media):
        return _plain
    return None


def _gathered(parts: Iterator[str | None]) -> Extracted:
    """Join the parts up to the limits; without any text the document counts as unread."""
    ends = time.monotonic() + MOST_SECONDS
    texts: list[str] = []
    left = MOST_CHARACTERS
    cut = False
    for number, part in enumerate(parts):
        cut = cut or part is _PICTURE
        texts.append((part or "")[:left])
        left -= len(part or "")
        if left <= 0 or time.monotonic() > ends or number + 1 >= MOST_PAGES:
            cut = cut or left < 0 or next(parts, _END) is not _END
            break
    text = "\n".join(texts)
    if not text.strip():
        return _unread("no text")
    return Extracted(text, Status.PARTIAL, "cut") if cut else Extracted(text, Status.COMPLETE)


def _unpacks_safely(data: bytes) -> bool:
    """Whether an archive is not a zip bomb: its unpacked size is bounded in bytes and in ratio."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    return unpacked <= MOST_UNPACKED and unpacked <= MOST_RATIO * max(1, len(data)) and len(members) <= 10 * MOST_PAGES


def _plain(data: bytes) -> Iterator[str]:
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    yield data.decode(marked)


def _pdf(data: bytes) -> Iterator[str | None]:
    import pypdf  # noqa: PLC0415 -- only when a PDF comes

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the document
    document = pypdf.PdfReader(io.BytesIO(data))
    for page in document.pages:
        text = page.extract_text()
        yield text if text.strip() or not _holds_picture(page) else _PICTURE
    fields = document.get_form_text_fields()
    if fields:
        yield "\n".join(f"{name}: {value}" for name, value in fields.items() if value)


def _holds_picture(page: Any) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    return objects is not None and any(
        item.get_object().get("/Subtype") == "/Image" for item in objects.get_object().values()
    )


def _docx(data: bytes) -> Iterator[str]:
    """Yield the text of the body, of comments, notes, headers and footers, text boxes and deletions included."""
    import docx  # noqa: PLC0415 -- only when a DOCX comes
    from docx.oxml import parse_xml  # noqa: PLC0415 -- likewise

    for part in docx.Document(io.BytesIO(data)).part.package.iter_parts():
        if _WORD_TEXT.fullmatch(str(part.partname)):
            yield "".join(_runs(parse_xml(part.blob)))


def _runs(root: Any) -> Iterator[str]:
    """Yield the runs of a Word part; a table row becomes a line with its cells separated by tabs."""
    for node in root.iter():
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
        if name in {"t", "delText"}:
            yield node.text or ""
        elif name == "p":
            yield "\n" if next(node.iterancestors("{*}tr"), None) is None else "\t"
        elif name in _GAPS:
            yield _GAPS[name]


def _xlsx(data: bytes) -> Iterator[str]:
    import openpyxl  # noqa: PLC0415 -- only when an XLSX comes

    book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        yield "\n".join(
            "\t".join("" if value is None else str(value) for value in row) for row in sheet.iter_rows(values_only=True)
        )
