from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pypdf
import pytest
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from proxy.core.findings import Status
from proxy.detection.files import attachments
from proxy.detection.files.attachments import Extracted, extract

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


def scanned(text: str) -> bytes:
    """A PDF whose second page is a picture, and which holds a form field."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf(text)))
    page = writer.add_blank_page(612, 792)
    picture = pypdf.generic.StreamObject()
    picture.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image")})
    held = DictionaryObject({NameObject("/Im1"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): held})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def form(name: str, value: str) -> bytes:
    """A PDF with one filled text field."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf("a form")))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject(name),
            NameObject("/V"): TextStringObject(value),
        }
    )
    fields = ArrayObject([writer._add_object(field)])
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    out = io.BytesIO()
    writer.write(out)
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
        ("text/plain", b"\xff\xfd\x00"),
        (PDF, b""),
        ("application/zip", b"PK\x03\x04"),
    ],
)
def test_what_cannot_be_read_is_said_so(media, data):
    assert extract(media, data).status is Status.SKIPPED


def test_why_something_was_not_read_is_told():
    assert extract("image/png", b"\x89PNG").why == "format"
    assert extract(PDF, b"%PDF-1.4 broken").why == "broken"
    assert extract("text/plain", b"  \n").why == "no text"
    assert extract(PDF, pdf("")).why == "no text"


def test_a_page_that_is_a_picture_makes_the_reading_partial():
    found = extract(PDF, scanned("Dear Ann"))
    assert ("Dear Ann" in found.text, found.status, found.why) == (True, Status.PARTIAL, "cut")


def test_form_fields_are_read():
    found = extract(PDF, form("ssn", "521-44-9382"))
    assert found.status is Status.COMPLETE
    assert "ssn: 521-44-9382" in found.text


def test_word_comments_and_headers_are_read_and_rows_are_lines():
    document, out = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph("Body of Ann")
    document.add_comment(paragraph.runs, text="Comment on Bob", author="x", initials="x")
    document.sections[0].header.paragraphs[0].text = "Header of Eve"
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "SSN", "521-44-9382"
    document.save(out)
    text = extract("", out.getvalue()).text
    assert all(words in text for words in ("Body of Ann", "Comment on Bob", "Header of Eve", "SSN\t521-44-9382"))


def test_text_with_a_byte_order_mark():
    assert extract("text/plain", "Łukasz".encode("utf-16")) == Extracted("Łukasz", Status.COMPLETE)


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


def test_what_follows_the_last_page_is_missed_even_where_it_begins_with_a_picture():
    pages = iter([*(["x"] * attachments.MOST_PAGES), None, "Patient Ann"])
    assert attachments._gathered(pages).status is Status.PARTIAL
