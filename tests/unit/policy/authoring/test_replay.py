from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from proxy.policy.authoring import replay

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DOCUMENT = {"schema_version": "1", "request_id": "r1", "candidates": []}


def lines(*entries):
    return b"\n".join(orjson.dumps(entry) for entry in entries) + b"\n\n"


def test_from_lines_reads_bare_inputs_and_records():
    found = list(
        replay.from_lines(lines(DOCUMENT, {"input": DOCUMENT, "decision": {"action": "block"}, "decision_id": "d1"}))
    )
    assert [(entry.id, entry.decision) for entry in found] == [("r1", None), ("d1", {"action": "block"})]


def test_from_lines_reads_a_file_of_cases():
    found = list(replay.from_lines(orjson.dumps({"cases": [{"id": "c1", "input_document": DOCUMENT}]})))
    assert [(entry.id, entry.document) for entry in found] == [("c1", DOCUMENT)]


@pytest.mark.parametrize("content", [b"{}\n{}", b"nonsense", b'{"input": 1}'])
def test_from_lines_names_the_wrong_line(content):
    with pytest.raises(replay.UnreadableInputError, match="line 1"):
        list(replay.from_lines(content))


def test_bodies_of_records_give_every_question():
    body = {
        "columns": {"exchange": "x1"},
        "facts": {
            "input": DOCUMENT,
            "decision": {"action": "forward"},
            "decision_id": "d2",
            "earlier": [{"input": DOCUMENT, "decision": {"action": "block"}, "decision_id": "d1"}],
        },
    }
    fault = {"columns": {"exchange": "x2"}, "facts": {"code": "detection_unavailable"}}
    read = replay.inputs([body, fault])
    assert [(entry.id, entry.exchange) for entry in read] == [("d1", "x1"), ("d2", "x1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", datetime(2026, 11, 24, 12, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 18, 12, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T10:00:00+00:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ],
)
def test_since_reads_spans_and_dates(text, expected):
    assert replay.since(text, NOW) == expected


def test_since_refuses_other_text():
    with pytest.raises(ValueError):
        replay.since("yesterday", NOW)
