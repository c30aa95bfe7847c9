from __future__ import annotations

import json

from proxy.audit.records import events
from proxy.audit.records.record import Columns


def row(action: str, facts, **columns) -> dict:
    values = events.values(Columns(at=1, kind="event", action=action, **columns), facts)
    return dict(zip(events.NAMES, values, strict=True))


def test_common_facts_have_columns():
    told = row(
        "break_glass_used",
        {"grant": "g", "ticket": "T", "approver": "bob", "waived": ["A"], "exchange": "x", "key_id": "k"},
    )
    assert (told["grant_id"], told["ticket"], told["approver"], told["waived"]) == ("g", "T", "bob", ["A"])
    assert (told["exchange"], told["actor"]) == ("x", "k")
    read = row("log_read", {"by": "ann", "command": "audit list", "rows": 3, "purpose": "p", "login": "l"})
    assert (read["actor"], read["command"], read["row_count"], read["purpose"], read["login"]) == (
        "ann",
        "audit list",
        3,
        "p",
        "l",
    )


def test_facts_of_another_kind_stay_in_the_document_alone():
    told = row("log_read", {"by": ["x"], "rows": "many", "waived": "A"})
    assert (told["actor"], told["row_count"], told["waived"]) == ("", None, [])
    assert json.loads(told["facts"]) == {"by": ["x"], "rows": "many", "waived": "A"}


def test_a_late_outcome_names_its_exchange():
    assert row("late_outcome", {"outcome": {}}, target="x9")["exchange"] == "x9"
