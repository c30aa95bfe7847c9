from __future__ import annotations

import base64
import random

import orjson
import pytest

from proxy.core.extent import VALUES, Extent, TextExtent

MOST = 100_000
PROSE = "the clerk counted every crate twice. "
PICTURE = "data:image/png;base64," + base64.b64encode(random.Random(1).randbytes(600_000)).decode()


def exceeded(body, size=None, most=MOST):
    extent = Extent(most)
    for start in range(0, len(body), size or len(body)):
        extent.count(body[start : start + (size or len(body))])
    return extent.exceeded()


def chat(*texts):
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": text} for text in texts]})


@pytest.mark.parametrize("size", [None, 65_536, 8_191])
@pytest.mark.parametrize(
    ("body", "limit"),
    [(chat(PROSE * 2_000), ""), (chat(PROSE * 3_000), "text"), (chat(*[PROSE] * 3_000), "text"),
     (chat("你好吗" * 20_000), "text"), (chat('say "no" \\ ' * 10_000), "text"), (chat("\n" * 60_000), ""),
     (chat(PICTURE), ""), (chat(PICTURE.replace("/", "\\/")), ""), (chat(PICTURE, PROSE * 3_000), "text"),
     (chat("a, [b]: {c}" * 5_000), ""), (b"[" + b"1," * VALUES + b"1]", "values"),
     (b"[" + b"[]," * VALUES + b"1]", "values"), (chat(*["hi"] * 3_000), "")],
)  # fmt: skip
def test_what_there_is_too_much_of_is_told_in_any_chunking(body, limit, size):
    assert exceeded(body, size) == limit


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_quotation_marks_and_backslashes_are_told_apart_wherever_a_piece_ends(size):
    text = "".join(random.Random(3).choices('\\"a,', k=900))
    body = orjson.dumps({"a": text})
    told = Extent(0)
    for start in range(0, len(body), size):
        told.count(body[start : start + size])
    assert (told._values, told._inside) == (2, False)  # { and :


def test_of_a_text_every_byte_counts():
    extent = TextExtent(10)
    extent.count(b"01234")
    assert extent.exceeded() == ""
    extent.count(b'",":{[')
    assert extent.exceeded() == "text"
