from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("born on the third of march nineteen eighty", "the third of march nineteen eighty", "DATE_OF_BIRTH"),
        ("date of birth march third nineteen sixty one", "march third nineteen sixty one", "DATE_OF_BIRTH"),
        (
            "seen on the twelfth of May two thousand and twenty four,",
            "the twelfth of May two thousand and twenty four",
            "DATE",
        ),
        ("admitted January fifth twenty twenty six", "January fifth twenty twenty six", "DATE"),
        ("discharged july four nineteen oh six", "july four nineteen oh six", "DATE"),
        ("on the twenty-first of June", "the twenty-first of June", "DATE"),
        ("geboren am dritten März neunzehnhundertachtzig", "dritten März neunzehnhundertachtzig", "DATE_OF_BIRTH"),
        (
            "am einundzwanzigsten Mai zweitausendvierundzwanzig entlassen",
            "einundzwanzigsten Mai zweitausendvierundzwanzig",
            "DATE",
        ),
        (
            "née le trois mars mille neuf cent quatre-vingts",
            "trois mars mille neuf cent quatre-vingts",
            "DATE_OF_BIRTH",
        ),
        (
            "nacido el tres de marzo de mil novecientos ochenta",
            "tres de marzo de mil novecientos ochenta",
            "DATE_OF_BIRTH",
        ),
        ("przyjęty czternastego lutego", "czternastego lutego", "DATE"),
        (
            "urodzona dwudziestego ósmego kwietnia tysiąc dziewięćset siedemdziesiątego drugiego roku",
            "dwudziestego ósmego kwietnia tysiąc dziewięćset siedemdziesiątego drugiego roku",
            "DATE_OF_BIRTH",
        ),
        ("nato il ventuno luglio millenovecentosessanta", "ventuno luglio millenovecentosessanta", "DATE_OF_BIRTH"),
        (
            "em vinte e cinco de abril de mil novecentos e setenta",
            "vinte e cinco de abril de mil novecentos e setenta",
            "DATE",
        ),
        ("geboren siebzehnter August neunzehnhundertvier", "siebzehnter August neunzehnhundertvier", "DATE_OF_BIRTH"),
        ("geboren zeventien mei negentienzesenvijftig", "zeventien mei negentienzesenvijftig", "DATE_OF_BIRTH"),
        (
            "data urodzenia: dwunasty maja tysiąc dziewięćset pięćdziesiąty ósmy",
            "dwunasty maja tysiąc dziewięćset pięćdziesiąty ósmy",
            "DATE_OF_BIRTH",
        ),
        (
            "tél. zéro six douze trente-quatre cinquante-six",
            "zéro six douze trente-quatre cinquante-six",
            "PHONE_NUMBER",
        ),
        ("telefon sześćset jeden dwieście trzy pięćset", "sześćset jeden dwieście trzy pięćset", "PHONE_NUMBER"),
        ("op zeventien oktober tweeduizendtwintig", "zeventien oktober tweeduizendtwintig", "DATE"),
    ],
)
def test_dictated_dates(text: str, value: str, kind: str) -> None:
    assert (kind, value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text",
    [
        "a second may follow",
        "march three miles",
        "the first of many",
        "august body of one",
        "you may first try",
        "zamówił sto dwadzieścia jeden sztuk i dwie palety",
    ],
)
def test_words_that_are_no_dates(text: str) -> None:
    assert SCANNER.scan(text) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("teléfono seis cinco cuatro doce treinta y cuatro cero nueve pide cita", "seis cinco cuatro doce treinta y cuatro cero nueve"),
        ("the best phone is oh seven seven double oh nine hundred four one two", "oh seven seven double oh nine hundred four one two"),
        ("telefon sześćset jeden dwieście trzy czterysta pięć prosi", "sześćset jeden dwieście trzy czterysta pięć"),
    ],
)  # fmt: skip
def test_a_telephone_number_in_groups_is_read_behind_a_word_for_one(text, value):
    assert ("PHONE_NUMBER", value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text", ["le téléphone sonne deux ou trois fois", "rispondi via mail due volte", "in der hauptstraße ein haus", "twenty one twenty two twenty three"]
)  # fmt: skip
def test_numbers_of_a_sentence_are_none(text):
    assert [f for f in SCANNER.scan(text) if f.entity_type in {"PHONE_NUMBER", "STREET_ADDRESS"}] == []
