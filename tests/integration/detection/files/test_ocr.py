"""Pictures read by the real library, in the process that opens them: no socket, bounded memory."""

from __future__ import annotations

import base64
import io

import pytest

from proxy.core.findings import Status
from proxy.core.records import Document, Extracted
from proxy.detection.files.documents import PooledDocuments

pytest.importorskip("rapidocr", reason="the extra 'ocr' is not installed")
pytest.importorskip("onnxruntime", reason="the extra 'ocr' is not installed")
Image = pytest.importorskip("PIL.Image", reason="the extra 'ocr' is not installed")
LINES = ("Patient: Margaret Holloway", "SSN 536-22-8145")


def drawn(*lines: str) -> Document:
    from PIL import ImageDraw, ImageFont

    picture = Image.new("RGB", (640, 240), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((30, 30 + 60 * number), line, "black", ImageFont.load_default(32))
    picture.save(out := io.BytesIO(), "PNG")
    return Document("/0", "p", "image/png", base64.b64encode(out.getvalue()).decode())


async def test_the_text_of_a_picture_is_read_beside_files_and_none_is_empty():
    text = Document("/1", "p", "text/plain", base64.b64encode(b"Dear Ann").decode())
    broken = Document("/2", "p", "image/png", "iVBORw0KGgo=")
    reader = PooledDocuments(20.0, ocr=True)
    try:
        assert await reader.read([drawn(*LINES), text, broken, drawn()]) == (
            Extracted("\n".join(LINES), Status.COMPLETE),
            Extracted("Dear Ann", Status.COMPLETE),
            Extracted("", Status.SKIPPED),
            Extracted("", Status.COMPLETE),
        )
        assert len([pid for pool in reader.pools for pid in pool.pids]) == 2
    finally:
        await reader.close()


async def test_what_takes_too_long_is_a_status():
    reader = PooledDocuments(0.01, ocr=True)
    try:
        assert await reader.read([drawn(*LINES)]) == (Extracted("", Status.TIMEOUT),)
    finally:
        await reader.close()
