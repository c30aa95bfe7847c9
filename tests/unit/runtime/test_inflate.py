from __future__ import annotations

import gzip
import sys
import zlib

import pytest

from proxy.errors import MalformedRequestError, PayloadTooLargeError, UnsupportedEncodingError
from proxy.runtime.inflate import ALWAYS, RATIO, Inflater

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 64 << 20


def inflated(data: bytes, encoding: str = "gzip", limit: int = LIMIT, piece: int = 1000) -> bytes:
    inflater = Inflater(encoding, limit)
    for start in range(0, len(data), piece):
        inflater.feed(data[start : start + piece])
    return inflater.end()


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_bodies_come_back_in_any_pieces(piece):
    body = b"".join(b"%d, " % number for number in range(20_000))
    assert inflated(gzip.compress(body), piece=piece) == body
    assert inflated(zlib.compress(body), "deflate", piece=piece) == body
    assert inflated(zlib.compress(body)[2:-4], "Deflate ", piece=piece) == body
    assert inflated(zstd.compress(body), "zstd", piece=piece) == body
    assert inflated(zstd.compress(b""), "zstd", piece=piece) == b""


COMPRESS = {"gzip": gzip.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", COMPRESS)
def test_nothing_is_produced_beyond_the_limit(encoding):
    compress, inflater = COMPRESS[encoding], Inflater(encoding, 100_000)
    with pytest.raises(PayloadTooLargeError):
        inflater.feed(compress(b"x" * 100_001))
    assert inflater.size <= 100_000
    assert inflated(compress(b"x" * 100_000), encoding, limit=100_000) == b"x" * 100_000


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_ratio_that_no_text_has_is_refused_at_once(encoding):
    bomb = COMPRESS[encoding](b"\0" * (32 << 20))
    inflater = Inflater(encoding, LIMIT)
    with pytest.raises(PayloadTooLargeError):
        inflater.feed(bomb)
    assert inflater.size <= max(ALWAYS, RATIO * len(bomb)) < LIMIT


@pytest.mark.parametrize("encoding", ["", "br", "zstd,zstd", "gzip,gzip", "gzip, deflate", "gzip;q=1"])
def test_one_known_encoding(encoding):
    with pytest.raises(UnsupportedEncodingError):
        Inflater(encoding, LIMIT)


@pytest.mark.parametrize(
    "data",
    [lambda _: b"garbage", lambda body: body[:-3], lambda body: body + b"more", lambda body: body * 2],
    ids=["garbage", "cut", "more", "twice"],
)
@pytest.mark.parametrize("piece", [1, 1000])
@pytest.mark.parametrize("encoding", COMPRESS)
def test_what_is_no_such_body(data, encoding, piece):
    with pytest.raises(MalformedRequestError):
        inflated(data(COMPRESS[encoding](b"x" * 100)), encoding, piece=piece)


def test_a_window_that_would_take_more_memory_than_the_content_coding_allows_is_refused():
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    frame = compressor.compress(b"x" * 1000) + compressor.flush()
    with pytest.raises(MalformedRequestError):
        inflated(frame, "zstd")
