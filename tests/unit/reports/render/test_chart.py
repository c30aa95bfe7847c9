from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.reports.catalogue import ChartDescription
from proxy.reports.render import chart

BARS = ChartDescription(kind="bars", x="day", y="n", stack="code")
SVG = "{http://www.w3.org/2000/svg}"


def row(day, n, code="A"):
    return {"day": day, "n": n, "code": code}


def heights(drawn):
    """The heights of the bars by their colour, in the order in which they are drawn."""
    bars = [one for one in ET.fromstring(drawn.svg).iter(f"{SVG}rect") if one.get("stroke")]
    return [(one.get("fill"), float(one.get("height"))) for one in bars]


def test_figures_are_summed_by_day_and_series_in_the_order_of_time():
    drawn = chart.drawn(
        BARS, [row("2026-07-02T10:00:00Z", 3), row("2026-07-01", 1), row("2026-07-02", 2, "B"), row("2026-07-02", 4)]
    )
    assert (drawn.series, drawn.figures) == (["A", "B"], [("2026-07-01", [1, 0]), ("2026-07-02", [7, 2])])
    assert drawn.sentence == 'Sums of "n" by "day" and "code" (A, B): 10 in all; most for 2026-07-02: 9.'


def test_names_come_by_size_and_what_is_too_many_is_one():
    drawn = chart.drawn(BARS, [row(f"n{number}", number, f"c{number}") for number in range(1, 15)])
    assert [name for name, _ in drawn.figures] == [f"n{number}" for number in range(14, 3, -1)] + ["other"]
    assert drawn.series == ["c14", "c13", "c12", "c11", "c10", "c9", "other"]
    assert sum(sum(values) for _, values in drawn.figures) == sum(range(1, 15))
    assert drawn.figures[-1] == ("other", [0, 0, 0, 0, 0, 0, 1 + 2 + 3])


def test_bars_are_as_high_as_their_figures_and_stand_on_each_other():
    (first, low), (second, high) = heights(chart.drawn(BARS, [row("2026-07-01", 1, "B"), row("2026-07-01", 3, "A")]))
    assert first != second
    assert low == pytest.approx(high * 3, rel=0.01)


def test_lines_have_a_point_for_each_day_and_series():
    lines = BARS.model_copy(update={"kind": "lines"})
    drawn = chart.drawn(lines, [row("2026-07-01", 1), row("2026-07-02", 2), row("2026-07-02", 2, "B")])
    picture = ET.fromstring(drawn.svg)
    assert len(list(picture.iter(f"{SVG}polyline"))) == 2
    assert len(list(picture.iter(f"{SVG}circle"))) == 4


def test_a_chart_without_series_and_one_of_nothing():
    single = ChartDescription(kind="bars", x="day", y="n")
    assert chart.drawn(single, [row("2026-07-01", 1)]).series == ["n"]
    assert chart.drawn(single, []) is None
    assert chart.drawn(single, [row("2026-07-01", 0), row("2026-07-02", None)]) is None


def test_a_name_is_text_in_the_picture_and_its_sentence_is_the_alternative():
    drawn = chart.drawn(BARS, [row('<script>"&', 1)])
    picture = ET.fromstring(drawn.svg)
    assert (picture.get("role"), picture.get("aria-label")) == ("img", drawn.sentence)
    assert '<script>"&' in [one.text for one in picture.iter(f"{SVG}text")]
    assert not re.search(r"<script|href|url\(", drawn.svg)


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**12), st.text(max_size=9)), min_size=1, max_size=40))
def test_whatever_the_rows_nothing_is_drawn_outside_the_picture_and_nothing_is_lost(rows):
    drawn = chart.drawn(BARS, [row(day, n, code) for day, n, code in rows if day.isprintable() and code.isprintable()])
    if drawn is None:
        return
    assert sum(sum(values) for _, values in drawn.figures) == sum(
        n for day, n, code in rows if day.isprintable() and code.isprintable()
    )
    for bar in [one for one in ET.fromstring(drawn.svg).iter(f"{SVG}rect") if one.get("stroke")]:
        assert 0 <= float(bar.get("y")) <= float(bar.get("y")) + float(bar.get("height")) <= chart._HEIGHT
