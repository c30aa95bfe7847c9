from __future__ import annotations

import json

import pytest

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.pool.wire import HEAD, frame, pack, unpack


def test_a_segment_survives_the_wire():
    segment = SegmentFindings(
        (Finding("PERSON", 1, 5, 0.75, "spacy", "patient"),),
        Status.PARTIAL,
        "de",
        minor=True,
        regions=(("DE", 0.6),),
        inside=(Finding("HEALTH", 1, 5, 0.7, "encoded:terms"),),
    )
    assert unpack(json.loads(json.dumps(pack(segment)))) == segment


def test_a_frame_says_its_length():
    data = frame({"texts": ["\ud800é"]})
    (length,) = HEAD.unpack(data[: HEAD.size])
    assert json.loads(data[HEAD.size : HEAD.size + length]) == {"texts": ["\ud800é"]}


@pytest.mark.parametrize(
    "row",
    [
        [],
        [[], "complete", "de"],
        [[["PERSON"]], "complete", "de", False, [], []],
        [[], "odd", "de", False, [], []],
        [[], "complete", "de", False, [], [["PERSON"]]],
    ],
)
def test_odd_rows_are_refused(row):
    with pytest.raises((ValueError, TypeError, KeyError)):
        unpack(row)
