from __future__ import annotations

from datetime import date

import pytest

from proxy.console import rendering, table, words
from proxy.reports import catalogue
from testing import console_words


@pytest.mark.parametrize("language", sorted(set(words.LANGUAGES) - {words.ENGLISH}))
def test_every_text_is_in_every_language(language):
    _, missing = console_words.updated(words.LOCALES / language / "console.po", language)
    assert missing == []


@pytest.mark.parametrize("question", catalogue.every(), ids=lambda question: question.id)
def test_no_two_columns_of_an_answer_are_called_alike(question):
    german = words.spoken("de")
    called = [german.column(name) for name in question.description.columns]
    assert len(set(called)) == len(called)


def test_a_column_is_called_what_it_is_and_not_what_a_button_says():
    english, german = words.spoken("en"), words.spoken("de")
    assert (english.column("legal_basis"), german.column("legal_basis")) == ("legal basis", "Rechtsgrundlage")
    assert (german.column("at"), german.column("nobody_named_this")) == ("Zeitpunkt", "nobody named this")


def test_numbers_and_days_are_written_as_they_are_there():
    english, german = words.spoken("en"), words.spoken("de")
    assert (english.number(1261623), german.number(1261623)) == ("1,261,623", "1.261.623")
    assert english.day(date(2026, 11, 25)) == "25 Nov 2026"
    assert german.time("2026-11-25T10:30:00+01:00") == "25 Nov. 2026 09:30"
    assert english.percent(1, 4) == "25\u202f%"
    assert english.percent(1, 0) == "0\u202f%"
    assert (english.country("US"), german.country("US"), english.country("xx")) == (
        "United States",
        "Vereinigte Staaten",
        "xx",
    )


@pytest.mark.parametrize(
    ("picked", "accepted", "language"),
    [
        ("de", "en", "de"),
        ("", "de-AT,en;q=0.5", "de"),
        ("xx", "fr,en;q=0.1,de;q=0.9", "de"),
        ("", "fr", "en"),
        ("", "de;q=x", "de"),
    ],
)
def test_the_language_is_the_readers(picked, accepted, language):
    assert words.chosen(picked, accepted) == language


def test_every_page_renders_in_every_language():
    names = [path.relative_to(rendering.TEMPLATES).as_posix() for path in rendering.TEMPLATES.rglob("*.j2")]
    for language in words.LANGUAGES:
        for name in names:
            rendering.prepare(language, name)
            assert rendering.is_ready(language, name)
    assert {route.group for route in table.ROUTES} - {"", table.LOOK, table.DECIDE, table.PROVE} == set()
