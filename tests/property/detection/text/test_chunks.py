from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.text.chunks import join, split


@given(
    st.lists(st.sampled_from(["word ", "x" * 30, ". ", "\n", "4539 1488 ", "é"]), max_size=400).map("".join),
    st.integers(60, 200),
)
def test_pieces_cover_every_character(text, size):
    reached = 0
    for offset, piece in split(text, size, 20):
        assert offset <= reached
        assert text[offset : offset + len(piece)] == piece
        reached = offset + len(piece)
    assert reached == len(text)


@given(st.integers(300, 2000), st.integers(0, 1900), st.integers(1, 18))
def test_a_value_shorter_than_the_overlap_is_whole_in_the_joined_result(length, start, size):
    text = "abcd " * (length // 5)
    end = min(start + size, len(text))
    if start >= end:
        return
    pieces = []
    for offset, piece in split(text, 200, 40):
        low, high = max(start - offset, 0), min(end - offset, len(piece))
        found = (Finding("PERSON", low, high, 0.9, "x"),) if low < high else ()
        pieces.append((offset, len(piece), SegmentFindings(found)))
    covered = {i for f in join(pieces).findings for i in range(f.start, f.end)}
    assert covered >= set(range(start, end))
