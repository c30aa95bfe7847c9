from __future__ import annotations

from proxy.console import charts

KINDS = {"redact": "c2", "block": "c4"}


def test_columns_stand_on_each_other_and_within_the_plot():
    drawn = charts.columns([("a", {"redact": 30, "block": 10}), ("b", {})], KINDS, lambda name: f"/{name}")
    first, second = drawn.columns
    assert (first.total, second.total, drawn.total, drawn.largest.name) == (40, 0, 40, "a")
    lower, upper = first.pieces
    assert lower.y + lower.height == drawn.base
    assert round(upper.y + upper.height, 6) == round(lower.y, 6)
    assert second.pieces == []
    assert first.href == "/a"
    assert drawn.series == [("redact", "c2", 30), ("block", "c4", 10)]
    assert all(0 < y < drawn.base for y, _ in drawn.grid)
    assert drawn.grid[-1][1] >= 40


def test_every_number_has_a_scale_that_holds_it():
    for most in (*range(1, 200), 999, 1000, 1001, 99_999, 5_000_000):
        end, parts = charts._scale(most)
        assert end >= most
        assert end % parts == 0


def test_nothing_is_not_drawn():
    assert charts.columns([("a", {})], KINDS, str) is None
    assert charts.columns([], KINDS, str) is None
    assert charts.line([1]) == ""


def test_a_line_stays_within_its_height():
    path = charts.line([0, 5, 10])
    assert path.startswith("M0.0,26.0")
    assert path.endswith("100.0,2.0")


def test_labels_are_few_enough_to_be_read():
    drawn = charts.columns([(str(n), {"redact": 1}) for n in range(90)], KINDS, str)
    assert sum(1 for column in drawn.columns if column.label) <= 14
