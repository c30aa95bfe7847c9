"""The text of pictures, read on this machine by the optional extra ``ocr``: PNG, JPEG, WebP, GIF, BMP and TIFF.

Runs inside a worker. Incomplete and uncertain readings are reported as such. The models are in the wheel; nothing is
fetched.
"""

from __future__ import annotations

import importlib.util
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from proxy.core.documents import UNSURE
from proxy.core.findings import Status
from proxy.core.records import Extracted
from proxy.errors import ConfigurationError

MOST_PIXELS = 40_000_000
#: Longest side in pixels; a larger picture is shrunk.
MOST_SIDE = 2000
#: Shrunk further than this, small print may be lost.
MOST_SHRUNK = 2.5
#: A line with less confidence (0 to 1) counts as unread.
LEAST_CONFIDENCE = 0.8
_NEEDED = ("rapidocr", "onnxruntime", "PIL")
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
_WHITE, _BLACK, _MIDDLE = 255, 0, 128
_MOST_BOXES = 5000
#: A gap wider than this many line heights separates two columns.
_COLUMN = 1.5


class UnreadableError(Exception):
    """The picture cannot be read. The message is one of a fixed set of reasons."""


class TextRun(NamedTuple):
    """A run of text in a picture: its box in pixels, and the confidence of the reading, 0 to 1."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


class PictureText(NamedTuple):
    """The text of a picture; not ``complete`` when frames were left out or small print may be lost."""

    pieces: Sequence[TextRun]
    complete: bool


#: Reads an encoded picture.
Look = Callable[[bytes], PictureText]


def require() -> None:
    """Check that the extra is installed.

    Raises:
        ConfigurationError: it is not.

    """
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise ConfigurationError("PROXY_OCR=local needs: pip install 'compliance-proxy[ocr]'")


def read(data: bytes, look: Look) -> Extracted:
    """Return the text of a picture line by line; without text it is empty."""
    try:
        pieces, complete = look(data)
    except UnreadableError as error:
        return Extracted("", Status.SKIPPED, str(error))
    text = "\n".join(lines(pieces))
    if not all(piece.confidence >= LEAST_CONFIDENCE for piece in pieces):
        return Extracted(text, Status.PARTIAL, UNSURE)
    return Extracted(text, Status.COMPLETE) if complete else Extracted(text, Status.PARTIAL, "cut")


def lines(pieces: Sequence[TextRun]) -> Iterator[str]:
    """Yield the lines from top to bottom, each from left to right; columns are separated by tabs."""
    row: list[TextRun] = []
    for piece in sorted(pieces, key=_middle):
        if row and _middle(piece) > row[0].bottom:
            yield _line(row)
            row = []
        row.append(piece)
    if row:
        yield _line(row)


def _middle(piece: TextRun) -> float:
    return (piece.top + piece.bottom) / 2


def _line(row: Sequence[TextRun]) -> str:
    ordered = sorted(row, key=lambda piece: piece.left)
    text = ordered[0].text
    for before, piece in itertools.pairwise(ordered):
        wide = piece.left - before.right > _COLUMN * (piece.bottom - piece.top)
        text += ("\t" if wide else " ") + piece.text
    return text


def load() -> Look:
    """Return a reader of pictures with its models loaded; takes a second or two."""
    import cv2  # noqa: PLC0415 -- only in the process that reads pictures
    import numpy as np  # noqa: PLC0415 -- likewise
    import rapidocr  # noqa: PLC0415 -- likewise

    cv2.setNumThreads(1)
    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    engine: Any = rapidocr.RapidOCR(
        params={
            "Global.text_score": 0.0,  # keep every line; ``read`` decides which ones count
            "Global.log_level": "critical",
            "Det.max_candidates": _MOST_BOXES,
            threads.format("intra"): 1,
            threads.format("inter"): 1,
        }
    )
    engine(np.full((64, 256, 3), _WHITE, dtype=np.uint8))  # models load with the first picture

    def look(data: bytes) -> PictureText:
        picture, complete = decoded(data)
        boxes = engine(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
        return PictureText(tuple(_pieces(boxes)), complete)

    return look


def _pieces(boxes: Any) -> Iterator[TextRun]:
    """Yield what the library found. A result of an intermediate step has no texts, and raises."""
    if boxes.txts is None and boxes.boxes is None:
        return
    for text, confidence, box in zip(boxes.txts, boxes.scores, boxes.boxes, strict=True):
        across, down = [float(point[0]) for point in box], [float(point[1]) for point in box]
        yield TextRun(text, float(confidence), min(across), min(down), max(across), max(down))


def decoded(data: bytes) -> tuple[Any, bool]:
    """Return the first frame, upright, opaque and of a readable size, and whether that is the complete picture.

    Raises:
        UnreadableError: the format is not read, or it holds too many pixels.

    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 -- only in the process that reads pictures

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # the library's own check warns above it and refuses twice as much
    try:
        opened: Any = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError("too large") from error
    except UnidentifiedImageError as error:
        raise UnreadableError("format") from error
    with opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise UnreadableError("too large")
        if opened.mode not in _MODES:
            raise UnreadableError("format")
        alone = not getattr(opened, "is_animated", False)
        opened.seek(0)
        picture = ImageOps.exif_transpose(opened)
        picture = _flat(picture) if picture.has_transparency_data else picture.convert("RGB")
    shrunk = max(picture.size) / MOST_SIDE
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    return picture, alone and shrunk <= MOST_SHRUNK


def _flat(picture: Any) -> Any:
    """Lay a transparent picture on white, or on black where its visible part is light."""
    from PIL import Image, ImageStat  # noqa: PLC0415 -- only in the process that reads pictures

    layered = picture.convert("RGBA")
    visible = layered.getchannel("A").point(lambda alpha: _WHITE if alpha else 0)
    light = bool(visible.getbbox()) and ImageStat.Stat(layered.convert("L"), visible).mean[0] > _MIDDLE
    ground = Image.new("RGBA", layered.size, (_BLACK,) * 3 + (_WHITE,) if light else (_WHITE,) * 4)
    return Image.alpha_composite(ground, layered).convert("RGB")
