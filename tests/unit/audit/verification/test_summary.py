from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.verification import summary
from proxy.audit.verification.findings import Damage, VerificationReport

SEEN = datetime(2026, 3, 1, tzinfo=UTC)
STATES = {
    "witnessed": VerificationReport(records=3, writers=1, witnessed_to=SEEN),
    "unwitnessed": VerificationReport(records=3, writers=1),
    "unprotected": VerificationReport(damages=[Damage("", 0, "protection", "a trigger is gone")]),
    "damaged": VerificationReport(damages=[Damage("w1", 7, "hash", "it differs")]),
}


@pytest.mark.parametrize(("state", "report"), STATES.items())
def test_every_state_has_a_line_and_a_status(state, report):
    assert report.state == state
    lines = [line.text for line in summary.lines(report)]
    assert any(line.lower().startswith(("sound", state)) for line in lines)
    assert (summary.STATUSES[state] == 0) == (state == "witnessed")
    assert orjson.loads(summary.as_json(report))["state"] == state


def test_damages_come_first_with_their_record():
    first = next(summary.lines(STATES["damaged"]))
    assert first == ("w1 #7: hash: it differs", "red")


def test_the_result_says_what_it_does_not_cover():
    report = VerificationReport(records=3, witnessed_to=SEEN, open=2, tail=4, tail_since=SEEN, purged=1, withheld=5)
    text = "\n".join(line.text for line in summary.lines(report))
    for part in (
        "2 exchanges are still open",
        "the tail: 4 records",
        "1 of the records were purged",
        "5 of the records",
    ):
        assert part in text
