from __future__ import annotations

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.text.chunks import join, split, worst


def test_short_text_is_one_piece():
    assert split("hello") == [(0, "hello")]


def test_pieces_cover_the_text_and_end_at_borders():
    text = ("A sentence about nothing. " * 1000).strip()
    pieces = split(text)
    assert len(pieces) > 3
    reached = 0
    for offset, piece in pieces:
        assert text[offset : offset + len(piece)] == piece
        assert offset <= reached
        reached = offset + len(piece)
        assert len(piece) <= 4000
    assert reached == len(text)


def test_text_without_any_border_is_split_too():
    assert sum(len(piece) for _, piece in split("x" * 10_000)) >= 10_000


def test_join_keeps_a_finding_that_both_pieces_saw_once():
    finding = Finding("PERSON", 90, 95, 0.9, "x")
    first = SegmentFindings((finding,), language="de")
    second = SegmentFindings((Finding("PERSON", 10, 15, 0.9, "x"),), Status.PARTIAL, "de", minor=True)
    joined = join([(0, 100, first), (80, 100, second)])
    assert [(f.start, f.end) for f in joined.findings] == [(90, 95)]
    assert joined.status is Status.PARTIAL
    assert joined.language == "de"
    assert joined.minor


def test_worst_prefers_what_was_read_least():
    assert worst([Status.COMPLETE, Status.TIMEOUT, Status.PARTIAL]) is Status.TIMEOUT
    assert worst([]) is Status.COMPLETE


def test_join_carries_what_an_encoded_part_also_holds_unless_a_finding_shows_it():
    name = Finding("PERSON", 5, 60, 0.9, "encoded:x")
    illness, person = Finding("HEALTH", 5, 60, 0.7, "encoded:terms"), Finding("PERSON", 5, 60, 0.5, "encoded:y")
    joined = join(
        [(0, 100, SegmentFindings(language="de")), (100, 80, SegmentFindings((name,), inside=(illness, person)))]
    )
    assert joined.findings == (Finding("PERSON", 105, 160, 0.9, "encoded:x"),)
    assert joined.inside == (Finding("HEALTH", 105, 160, 0.7, "encoded:terms"),)


def test_what_two_pieces_both_hold_is_carried_once():
    illness = Finding("HEALTH", 85, 95, 0.7, "encoded:terms")
    same = Finding("HEALTH", 5, 15, 0.7, "encoded:terms")
    joined = join([(0, 100, SegmentFindings(inside=(illness,))), (80, 100, SegmentFindings(inside=(same,)))])
    assert joined.inside == (illness,)
