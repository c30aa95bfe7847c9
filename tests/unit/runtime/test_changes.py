from __future__ import annotations

from proxy.runtime.changes import Changes
from testing import log_lines


def test_what_is_lost_and_back_is_said_once_each():
    with log_lines.captured() as lines:
        changes = Changes("part")
        for now, away in enumerate(({"audit"}, {"audit", "vault"}, {"vault"}, set(), set())):
            changes.note(away, 10.0 * now)
    assert [(each["event"], each["name"], each.get("away_s")) for each in lines] == [
        ("part_lost", "audit", None),
        ("part_lost", "vault", None),
        ("part_recovered", "audit", 20.0),
        ("part_recovered", "vault", 20.0),
    ]
