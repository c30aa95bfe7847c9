from __future__ import annotations

import importlib.util
import io

import pytest

from proxy.core.findings import Status
from proxy.core.records import Extracted
from proxy.detection.files import ocr
from proxy.detection.files.attachments import extract
from proxy.detection.files.documents import PooledDocuments
from proxy.errors import ConfigurationError


def piece(text: str, left: float, top: float, sure: float = 0.99) -> ocr.TextRun:
    return ocr.TextRun(text, sure, left, top, left + 10 * len(text), top + 20)


def seen(*pieces: ocr.TextRun, whole: bool = True) -> ocr.Look:
    return lambda _: ocr.PictureText(pieces, whole)


def test_lines_are_in_reading_order_and_columns_parted():
    pieces = [piece("Ann", 60, 3), piece("below", 0, 40), piece("Name", 0, 0), piece("Berlin", 400, 1)]
    assert list(ocr.lines(pieces)) == ["Name Ann\tBerlin", "below"]
    assert list(ocr.lines([])) == []


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (seen(piece("a", 0, 0), piece("b", 0, 40)), Extracted("a\nb", Status.COMPLETE)),
        (seen(), Extracted("", Status.COMPLETE)),
        (seen(piece("a", 0, 0), piece("b", 0, 40, 0.7)), Extracted("a\nb", Status.PARTIAL)),
        (seen(piece("a", 0, 0), whole=False), Extracted("a", Status.PARTIAL)),
    ],
)
def test_what_is_seen_whole_and_with_certainty_is_read(look, expected):
    assert extract("image/png", b"x", look) == expected


def raising(error: Exception) -> ocr.Look:
    def look(_: bytes) -> ocr.PictureText:
        raise error

    return look


@pytest.mark.parametrize(
    ("error", "why"),
    [(ocr.UnreadableError("format"), "format"), (MemoryError(), "too large"), (RuntimeError("quotes"), "broken")],
)
def test_a_failure_is_a_reason(error, why):
    one = extract("image/png", b"x", raising(error))
    assert (one.text, one.status, one.why) == ("", Status.SKIPPED, why)


def test_without_a_reader_no_picture_is_read():
    assert extract("image/png", b"\x89PNG").why == "format"


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(ocr, "_NEEDED", ("a_package_nobody_has",))
    with pytest.raises(ConfigurationError, match=r"compliance-proxy\[ocr\]"):
        PooledDocuments(1.0, ocr=True)


needs_pillow = pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="the extra 'ocr' is not installed")


def encoded(picture, kind: str = "PNG", **more) -> bytes:
    picture.save(out := io.BytesIO(), kind, **more)
    return out.getvalue()


@needs_pillow
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_formats(kind):
    from PIL import Image

    picture, whole = ocr.decoded(encoded(Image.new("RGB", (30, 20), "red"), kind))
    assert (picture.size, picture.mode, whole) == ((30, 20), "RGB", True)


@needs_pillow
def test_other_formats_and_depths_are_not_read():
    from PIL import Image

    for data in (b"no picture", encoded(Image.new("RGB", (9, 9)), "PPM"), encoded(Image.new("I;16", (9, 9)), "TIFF")):
        with pytest.raises(ocr.UnreadableError, match="format"):
            ocr.decoded(data)


@needs_pillow
@pytest.mark.parametrize("side", [6_400, 7_000, 12_000])
def test_decompression_bombs_are_not_opened(side):
    from PIL import Image

    with pytest.raises(ocr.UnreadableError, match="too large"):
        ocr.decoded(encoded(Image.new("1", (side, side))))


@needs_pillow
def test_further_frames_and_far_shrinking_leave_something_unseen():
    from PIL import Image

    first, second = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (30, 20), "blue")
    assert ocr.decoded(encoded(first, "GIF", save_all=True, append_images=[second]))[1] is False
    assert ocr.decoded(encoded(Image.new("L", (40, 6_000))))[1] is False
    picture, whole = ocr.decoded(encoded(Image.new("L", (3_508, 2_480))))
    assert (max(picture.size), whole) == (ocr.MOST_SIDE, True)


@needs_pillow
@pytest.mark.parametrize(("ink", "ground"), [("white", (0, 0, 0)), ("black", (255, 255, 255))])
def test_what_is_transparent_lies_on_a_ground_that_shows_it(ink, ground):
    from PIL import Image

    picture = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    picture.paste(ink, (5, 5, 10, 10))
    assert ocr.decoded(encoded(picture))[0].getpixel((0, 0)) == ground
