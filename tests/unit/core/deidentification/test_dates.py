from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.dates import OFFSETS, days_back, month_orders, shifted, spellings

BACK = days_back(50)  # 539 days
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
OFFSET = st.integers(0, OFFSETS - 1).map(days_back)


@pytest.mark.parametrize(
    ("value", "language", "moved"),
    [
        ("1984-03-12", "", "1982-09-20"), ("12.03.1984", "de", "20.09.1982"), ("2.3.1984", "de", "10.9.1982"),
        ("19840312", "", "19820920"), ("1984-03-12T10:15:00Z", "", "1982-09-20T10:15:00Z"),
        ("03/12/1984", "en", "09/20/1982"), ("12/03/1984", "en-GB", "20/09/1982"), ("12/03/84", "fr", "20/09/82"),
        ("13/03/1984", "en", "21/09/1982"), ("March 3rd, 1984", "en", "September 11th, 1982"),
        ("12 March 1984 at 10:30", "en", "20 September 1982 at 10:30"), ("MARCH 3, 1984", "en", "SEPTEMBER 11, 1982"),
        ("3. Mai 1980", "de", "11. November 1978"), ("3. April 2001", "", "12. Oktober 1999"),
        ("3 avril 2001", "fr", "12 octobre 1999"), ("1er mars 2020", "fr", "9 septembre 2018"),
        ("5 de agosto de 1984", "pt", "13 de fevereiro de 1983"), ("5 de agosto de 1984", "es", "13 de febrero de 1983"),
        ("12 marca 1984", "pl", "20 września 1982"), ("5 березня 1990", "uk", "12 вересня 1988"),
        ("Sept. 5, 2019", "en", "Mar. 15, 2018"), ("marzec 1984", "pl", "wrzesień 1982"), ("03/1984", "", "09/1982"),
        ("May 2020", "en", "November 2018"), ("1984", "", "1983"), ("'84", "", "'83"), ("Mo., 12.03.", "de", "Mo., 19.09."),
        ("3 to 7 February 2024", "en", "13 to 17 August 2022"), ("12. bis 19.05.2023", "de", "19. bis 26.11.2021"),
    ],
)  # fmt: skip
def test_a_date_moves_in_its_own_layout_and_language(value, language, moved):
    assert shifted(value, BACK, language) == moved


@pytest.mark.parametrize("value", ["yesterday", "three weeks", "3 weeks", "Montag", "14 Tage", "за 2 тижні"])
def test_what_names_no_day_of_a_calendar_stays(value):
    assert shifted(value, BACK) == value


@pytest.mark.parametrize(
    "value", ["30.02.2020", "the 14th", "Q3 2024", "0001-01-01", "20 to 30 June 2024", "99.99.1984"]
)
def test_what_cannot_be_read_or_moved_is_none(value):
    assert shifted(value, days_back(55)) is None


@given(OFFSET)
def test_an_offset_keeps_weekdays_and_moves_every_year(days):
    assert days % 7 == 0
    assert shifted("1984", days) in {"1983", "1982", "1981"}
    assert shifted("03/1984", days) != "03/1984"


LAYOUTS = (
    "{:%Y-%m-%d}",
    "{:%d.%m.%Y}",
    "{0.day} {0:%B} {0.year}",
    "{0:%B} {0.day}, {0.year}",
)


@given(DAYS, st.integers(0, 20_000), OFFSET, st.sampled_from(LAYOUTS))
def test_order_and_intervals_are_kept_and_no_two_dates_become_one(day, between, days, layout):
    later = day + timedelta(between)
    for each in (day, later):
        assert shifted(layout.format(each), days, "en") == layout.format(each + timedelta(days))


@given(st.integers(1600, 2100), st.integers(1, 600), OFFSET)
def test_years_and_months_alone_keep_their_distances(year, more, days):
    first, second = (int(shifted(str(each), days) or 0) for each in (year, year + more % 50))
    assert second - first == more % 50

    def months(number: int) -> int:
        moved = shifted(f"{number // 12:04d}-{number % 12 + 1:02d}", days) or ""
        return int(moved[:4]) * 12 + int(moved[5:]) - 1

    assert months(year * 12 + more) - months(year * 12) == more


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        ([["12/03/2024", "20/03/2024"], ["05/03/24"]], [{"/": False}] * 2),
        ([["03-04-2024 to 03-28-2024"]], [{"-": True}]),
        ([["12/03/2024"], ["03.28.2024", "2024-03-28", "28. März 2024", "99/99/2024"]], [{}] * 2),
        ([["20/03/2024"], ["03/20/2024"], ["01/02/2024"]], [{"/": False}, {"/": True}, {"/": None}]),
    ],
)
def test_dates_show_the_order_of_those_beside_them(texts, orders):
    assert month_orders(texts) == orders


def test_what_other_dates_show_outweighs_the_language():
    assert shifted("12/03/1984", BACK, "en", {"/": False}) == "20/09/1982"
    assert shifted("03-12-1984", BACK, "de", {"-": True}) == "09-20-1982"
    assert shifted("03/12/1984", BACK, "en", {"/": None}) == "09/20/1982"


def test_a_moved_date_is_known_in_other_layouts():
    known = dict(spellings("1982-09-20", "1984-03-12"))
    assert known["20. September 1982"] == "12. März 1984"
    assert known["September 20, 1982"] == "March 12, 1984"
    assert known["20 września 1982"] == "12 marca 1984"
    assert "1982-09-20" not in known


def test_numbers_of_a_moved_date_come_back_where_their_order_is_certain():
    known = dict(spellings("27.06.1982", "25.03.1984"))
    layouts = {"27/06/1982": "25/03/1984", "1982/06/27": "1984/03/25", "27-06-1982": "25-03-1984"}
    layouts |= {"27. 6. 1982": "25. 3. 1984", "06/27/1982": "03/25/1984", "6/27/1982": "3/25/1984"}
    assert layouts.items() <= known.items()
    assert not {"07/06/1982", "07-06-1982", "06/07/1982"} & dict(spellings("07.06.1982", "25.03.1984")).keys()


@pytest.mark.parametrize(
    ("stand_in", "original"),
    [("09/08/1982", "03/01/1984"), ("09-08-1982", "03-01-1984"), ("1982", "1984"), ("Name_X", "Anna")],
)
def test_only_a_full_date_of_a_certain_order_has_other_layouts(stand_in, original):
    assert dict(spellings(stand_in, original)) == {}
