from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest

from proxy.core.records import Status
from proxy.detection import attachments
from proxy.detection.attachments import Extracted, extract

PDF = "application/pdf"


def pdf(text: str) -> bytes:
    """A one-page PDF, written by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start)


def word(*lines: str) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.add_table(1, 1).cell(0, 0).text = "in a table"
    document.save(out)
    return out.getvalue()


def sheet(*rows: tuple[object, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_text_of_each_kind():
    assert "SSN 521-44-9382" in extract(PDF, pdf("SSN 521-44-9382")).text
    assert "Dear Ann" in (text := extract("application/octet-stream", word("Dear Ann")).text)
    assert "in a table" in text
    assert extract("", sheet(("name", "ssn"), ("Ann", 5))).text == "name\tssn\nAnn\t5"
    assert extract("text/csv; charset=utf-8", b"a,b\n1,2") == Extracted("a,b\n1,2", Status.COMPLETE)


@pytest.mark.parametrize(
    ("media", "data"),
    [
        (PDF, b"%PDF-1.4 broken"),
        ("image/png", b"\x89PNG\r\n"),
        ("text/plain", b"\xff\xfe\x00"),
        (PDF, b""),
        ("application/zip", b"PK\x03\x04"),
    ],
)
def test_what_cannot_be_read_is_said_so(media, data):
    assert extract(media, data).status is Status.SKIPPED


def test_limits(monkeypatch):
    monkeypatch.setattr(attachments, "MOST_BYTES", 10)
    assert extract("text/plain", b"x" * 11).status is Status.SKIPPED
    monkeypatch.setattr(attachments, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(attachments, "MOST_CHARACTERS", 5)
    assert extract("text/plain", b"x" * 11) == Extracted("xxxxx", Status.PARTIAL)


def test_a_zip_bomb_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (20 << 20))
    assert extract("", out.getvalue()).status is Status.SKIPPED
