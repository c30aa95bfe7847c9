"""Records as the database holds them: those of exchanges compressed under a dictionary, events as they are. Pure.

The hash of a record is over its JSON, so how it is packed proves nothing and promises nothing. ``dictionary.zst`` is
trained on records (``python -m bench.stored --dictionary``) and has an id that every frame names; records that were
packed under it cannot be read without it, so a later release adds one and keeps this one.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from proxy.audit.records.record import Record
from proxy.errors import ConfigurationError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DICTIONARY = Path(__file__).with_name("dictionary.zst")
#: No body is larger.
MOST_BYTES = 1 << 24
_SHA256 = "21a746c5f04457ea5ce13fbc72fbf7eb30d9192d6be678f56e541edb94a8fd71"


def _loaded(file: Path) -> zstd.ZstdDict:
    """Return the dictionary.

    Raises:
        ConfigurationError: its file is damaged; what was packed under it could not be read with the right one.

    """
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ConfigurationError(f"{file} is damaged: install the release again")
    return zstd.ZstdDict(content)


_SHARED = _loaded(DICTIONARY)
_COMPRESSOR = zstd.ZstdCompressor(level=3, zstd_dict=_SHARED.as_digested_dict)


def packed(record: Record) -> tuple[str, bytes]:
    """Return a record as JSON and compressed: an event is the former, of the rest that is what the database asks."""
    if record.kind == "event":
        return record.body.decode(), b""
    return record.beside, _COMPRESSOR.compress(record.body, _COMPRESSOR.FLUSH_FRAME)


def unpacked(content: bytes) -> bytes:
    """Return the body that is stored so, b"" where it is none that can be read."""
    if content.startswith(b"{"):
        return content
    frame = zstd.ZstdDecompressor(_SHARED)
    try:
        body = frame.decompress(content, MOST_BYTES)
    except zstd.ZstdError:
        return b""
    return body if frame.eof and not frame.unused_data else b""


def trained(bodies: Sequence[bytes], size: int) -> bytes:
    """Return a dictionary for bodies like these."""
    return zstd.train_dict(bodies, size).dict_content
