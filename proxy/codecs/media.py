"""Text leaves that hold binary data: data URLs and base64, reported by media types that name nobody. Pure."""

from __future__ import annotations

import base64
import re
import string

_DATA_URL = re.compile(r"\s*+data:([\w.+-]++/[\w.+-]++)?+([^,]{0,200}+),", re.IGNORECASE)
#: The media type of unspecified bytes.
UNSPECIFIED = "application/octet-stream"
#: Media types that policy sees; of any other it sees the kind alone, since its name is the caller's.
_MEDIA_TYPES = frozenset(
    """
    application/json application/octet-stream application/pdf application/zip audio/mp3 audio/mp4 audio/mpeg audio/ogg
    audio/wav audio/webm image/bmp image/gif image/heic image/jpeg image/jpg image/png image/svg+xml image/tiff
    image/webp text/csv text/html text/markdown text/plain video/mp4 video/mpeg video/webm
    """.split()
)
_MEDIA_KINDS = frozenset({"application", "audio", "font", "image", "model", "text", "video"})
_INPUTS = frozenset({"audio", "image", "video"})
#: Base64 of at least this length that is not text is a picture, recording or file, whatever its key.
_BLOB_LEAST = 256
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
#: Distinct characters of each kind that base64 has, unlike hexadecimal, words and repeated letters.
_MIXED = ((frozenset(string.ascii_uppercase), 8), (frozenset(string.ascii_lowercase), 8), (frozenset(string.digits), 3))
_DATA = frozenset("dD")
#: What neither binary content, nor JSON, nor a blank begins with.
_ORDINARY = frozenset(string.ascii_letters + string.digits + string.punctuation) - _DATA - frozenset("{[")
_SAMPLE = 1024  # characters, a multiple of four


def policy_media(media: str) -> str:
    """Return a media type as policy may see it."""
    kind = media.partition("/")[0]
    return media if media in _MEDIA_TYPES else kind if kind in _MEDIA_KINDS else "unknown"


def kind(media: str) -> str:
    """Return the kind of content that a target has to accept for bytes of a media type."""
    main = media.partition("/")[0]
    return main if main in _INPUTS else "file"


def data_url_media(text: str) -> str | None:
    """Return the media type of a data URL, "" if its text can be read as it stands, None for any other text."""
    match = _DATA_URL.match(text)
    if match is None:
        return None
    media = (match.group(1) or "text/plain").lower()
    return "" if media.startswith("text/") and "base64" not in match.group(2).lower() else policy_media(media)


def data_url_content(url: str) -> tuple[str, str] | None:
    """Return the media type and base64 of a data URL, None for any other text."""
    match = _DATA_URL.match(url)
    if match is None or not match.group(1) or "base64" not in match.group(2).lower():
        return None
    return match.group(1).lower(), url[match.end() :]


def data_url(media: str, data: str) -> str:
    """Return a data URL of base64."""
    return f"data:{media};base64,{data}"


def is_plain(text: str) -> bool:
    """Whether the form of a text shows at once that it is neither binary content nor JSON, as that of most does."""
    return text[:1] in _ORDINARY and (len(text) < _BLOB_LEAST or " " in text[:_BLOB_LEAST])


def is_binary(text: str) -> bool:
    """Whether the whole text is base64 of something other than text."""
    if len(text) < _BLOB_LEAST or not _BASE64.fullmatch(text[:_SAMPLE].rstrip("\r\n")):
        return False
    if any(len(kind.intersection(text[:_SAMPLE])) < least for kind, least in _MIXED):
        return False
    sample = text[: min(_SAMPLE, len(text) - len(text) % 4)].replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(sample, validate=True).decode(errors="strict")
    except UnicodeDecodeError as error:
        return error.start < len(error.object) - 3  # a letter may be cut at the sample's end
    except ValueError:
        return False
    return False
