from __future__ import annotations

from proxy.core.decision.redisclosure import PLACE, STATEMENT
from testing.fakes import FakeDetector


def test_the_statement_is_the_one_of_the_law_and_names_nobody():
    assert STATEMENT == "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert PLACE == "42 CFR 2.32(a)(2)"
    assert FakeDetector().scan(STATEMENT) == ()
