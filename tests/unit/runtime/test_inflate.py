from __future__ import annotations

import gzip
import zlib

import pytest

from proxy.errors import MalformedRequestError, PayloadTooLargeError, UnsupportedEncodingError
from proxy.runtime.inflate import ALWAYS, RATIO, Inflater

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


def test_nothing_is_produced_beyond_the_limit():
    inflater = Inflater("gzip", 100_000)
    with pytest.raises(PayloadTooLargeError):
        inflater.feed(gzip.compress(b"x" * 100_001))
    assert inflater.size <= 100_000
    assert inflated(gzip.compress(b"x" * 100_000), limit=100_000) == b"x" * 100_000


def test_a_ratio_that_no_text_has_is_refused_at_once():
    bomb = gzip.compress(b"\0" * (32 << 20))
    inflater = Inflater("gzip", LIMIT)
    with pytest.raises(PayloadTooLargeError):
        inflater.feed(bomb)
    assert inflater.size <= max(ALWAYS, RATIO * len(bomb)) < LIMIT


@pytest.mark.parametrize("encoding", ["", "br", "zstd", "gzip,gzip", "gzip, deflate", "gzip;q=1"])
def test_one_known_encoding(encoding):
    with pytest.raises(UnsupportedEncodingError):
        Inflater(encoding, LIMIT)


@pytest.mark.parametrize(
    "data",
    [b"garbage", gzip.compress(b"x" * 100)[:-3], gzip.compress(b"x") + b"more", gzip.compress(b"x") * 2],
    ids=["garbage", "cut", "more", "twice"],
)
def test_what_is_no_such_body(data):
    with pytest.raises(MalformedRequestError):
        inflated(data)
