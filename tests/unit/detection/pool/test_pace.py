from __future__ import annotations

import pytest

from proxy.detection.pool.pace import ALWAYS, Pace, cost


def pace(speed: float, workers: int = 1) -> Pace:
    made = Pace(workers)
    for _ in range(500):
        made.measured(int(speed), 1.0)
    return made


def test_speed_is_measured_and_counts_every_worker():
    assert round(pace(40_000).speed, -2) == 40_000
    assert round(pace(40_000, workers=3).speed, -2) == 120_000


def test_a_tenant_waits_for_what_it_queued_and_its_share_of_others():
    made = pace(1000)
    made.queued("a", 100_000)
    assert round(made.wait("a", 1000)) == 100, "its own text is read at the best speed of late"
    assert round(made.wait("b", 1000)) == 1, "as much of another in turns"
    made.queued("c", 500)
    assert round(made.wait("b", 1000), 1) == 1.6, "no more of another than there is"


def test_what_was_read_waits_no_longer():
    made = Pace(1)
    made.queued("a", 10)
    made.queued("a", -10)
    assert not made.waiting


def test_the_most_that_can_be_read_is_reckoned_by_the_best_speed_of_late():
    made = pace(50_000)
    for _ in range(20):
        made.measured(500, 1.0)
    assert made.speed < 20_000
    assert made.most(10) > 450_000
    assert pace(1).most(0.5) == ALWAYS


def test_a_text_costs_more_than_its_characters():
    assert cost("") > 0
    assert cost("x" * 100) - cost("") == 100


PROSE = "The quick brown fox jumps over the lazy dog while the invoice of last week is still open. " * 10


@pytest.mark.parametrize(
    ("unit", "least"), [("a@", 4.5), ("4111 1111 ", 3.5), ("a@b.de ", 3), ("{}", 4.5), ("x ", 2.2)]
)
def test_what_the_models_read_sign_by_sign_costs_more_than_prose(unit, least):
    size = len(PROSE)
    assert cost((unit * size)[:size]) - cost("") >= least * (cost(PROSE) - cost(""))


def test_prose_of_any_alphabet_costs_about_its_characters():
    assert size_ratio(PROSE) < 1.5
    assert size_ratio("Große Füße übten Äquilibristik am späten Abend in Köln. " * 10) < 2
    assert size_ratio("\ud800") < 100


def size_ratio(text):
    return (cost(text) - cost("")) / len(text)
