from __future__ import annotations

import pytest

from proxy.detection.patterns.recognizers.dates import numeric_date
from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    "date",
    ["12/03/1980", "2023-04-16T11:34:35Z", "16.04.23", "April 12, 2023", "May 30th, 2022", "12th April 2022", "Jan 8th", "Nov 11th '23", "3. März 2019",
     "12 janvier 2020", "3 de marzo de 2020", "8 marca 1979", "21 maggio 1999", "5 de outubro de 2011", "4 mei 2020",
     "3 au 7 février", "17 al 19 giugno 2025", "1 tot 4 mei 2020", "12-14 mars 2024", "3 bis 7. Februar 2024", "3. bis 7. Februar",
     "3 to 7th of March 2021", "3 - 7. Feb 2020", "12. bis 19.05.2023", "3.4. bis 9.4.2021", "21 FÉV 1949", "9 PAŹ 1958",
     "21 fev 1949", "Dienstag, 3.6.", "lunedì 14/7"],
)  # fmt: skip
def test_dates_in_eight_languages(date):
    text = f"x {date}, y"
    assert text[slice(*next((f.start, f.end) for f in SCANNER.scan(text)))] == date


@pytest.mark.parametrize(
    "text",
    [
        "in 1977 it",
        "version 1.2.3",
        "may I ask",
        "it rose 3.5 to 4.5",
        "17/45/2020",
        "march on",
        "2 set of 20",
        "lundi 45/7",
        "do 3.14159",
    ],
)
def test_no_dates(text):
    assert SCANNER.scan(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "DOB 12/03/1980",
        "geboren am 3. März 1931",
        "né le 12 janvier 1960",
        "fecha de nacimiento: 10/10/1963",
        "ur. 8 marca 1979",
    ],
)
def test_dates_of_birth(text):
    assert SCANNER.scan(text)[0].entity_type == "DATE_OF_BIRTH"


def test_numeric_dates_need_a_month():
    assert numeric_date("31/12/2020")
    assert not numeric_date("31/13/2020")


@pytest.mark.parametrize(
    "text", ["upgraded from 3.10.12 to 3.11.4", "Python 3.10.12", "Redis 7.2.03", "openssl 1.1.12 and nginx 1.24.10"]
)
def test_versions_of_software_are_no_dates(text):
    assert SCANNER.scan(text) == ()


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("Roe, *02.02.1938, Ulm", True),
        ("Anna Roe (n. 21.03.1937)", True),
        ("Jan Kos (ur. 21.03.1937)", True),
        ("* 02.02.2024 meeting", False),
        ("on *02.02.2024* we met", False),
        ("Anna Roe (21.03.1937)", False),
    ],
)
def test_a_mark_before_a_date_makes_it_a_birth(text: str, born: bool) -> None:
    assert ("DATE_OF_BIRTH" in {f.entity_type for f in SCANNER.scan(text)}) is born
