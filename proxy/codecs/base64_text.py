"""Text in base64, where a dialect takes bytes: TF Serving's ``b64``, a document's ``bytes``, a file's data.

Text found in it is read as text, and new text is encoded the way the former was. Anything else stays bytes: a file
(``Document``), or an opaque part. Base64 that somebody put into a text is another matter
(``proxy.core.search.decoding``).
"""

from __future__ import annotations

import base64
import re

#: Standard or URL-safe, padded or not, with blanks as in mail.
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/\s]*+|[A-Za-z0-9_\s-]*+)={0,2}+\s*+", re.ASCII)
_BLANKS = re.compile(r"\s+", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
_STANDARD = str.maketrans("+/", "-_")
_MARK = "\ufeff"


def is_base64(data: str) -> bool:
    """Whether this is base64 of something."""
    return bool(data) and _BASE64.fullmatch(data) is not None


def read(data: str) -> str | None:
    """Return the UTF-8 text that base64 holds, without its byte order mark; None where it is no base64 or no text.

    Bits that a reader would drop (``YR==`` for ``YQ==``) are refused: they are a second spelling of the same bytes.
    """
    if not _BASE64.fullmatch(data):
        return None
    bare = _BLANKS.sub("", data).translate(_URL_SAFE)
    unpadded = bare.rstrip("=")
    padded = unpadded + "=" * (-len(unpadded) % 4)
    if bare not in {unpadded, padded}:
        return None
    try:
        content = base64.b64decode(padded, validate=True)
        text = content.decode()
    except ValueError:  # no base64, no UTF-8
        return None
    return text.removeprefix(_MARK) if base64.b64encode(content).decode() == padded else None


def standard(data: str) -> str:
    """Return base64 in the standard alphabet, padded; anything else unchanged."""
    if not _BASE64.fullmatch(data) or not ("-" in data or "_" in data or len(data) % 4):
        return data
    bare = _BLANKS.sub("", data).translate(_URL_SAFE).rstrip("=")
    return bare + "=" * (-len(bare) % 4)


def write(text: str, former: str) -> str:
    """Return a text in base64, in the alphabet and padding of the former, on one line."""
    written = base64.b64encode(text.encode()).decode()
    if "-" in former or "_" in former:
        written = written.translate(_STANDARD)
    bare = _BLANKS.sub("", former)
    return written if len(bare) % 4 == 0 else written.rstrip("=")
