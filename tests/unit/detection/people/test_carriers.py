"""Weak evidence of a name counts beside a carrier, something that identifies a person."""

from __future__ import annotations

import pytest

from proxy.core.findings import PUBLIC, Finding
from proxy.detection.people.carriers import is_full, with_likely_people, without_unsupported
from proxy.detection.text.fields import Cell

GUESSES = ("classifier", "known_name", "spacy", "name_bare")
LETTER = "The delivery was late again, so we ask what became of it and when it will arrive in Ulm"


def person(recognizer: str, role: str = "data_subject", kind: str = "PERSON") -> Finding:
    return Finding(kind, 0, 3, 0.9, recognizer, role)


@pytest.mark.parametrize("recognizer", ["known_name", "spacy", "name_bare"])
def test_name_that_only_lists_support_counts_beside_another_identifier(recognizer):
    alone = (person(recognizer), person(recognizer))
    assert without_unsupported(LETTER, alone, ()) == ()
    assert without_unsupported("Ann Lee", alone, ()) == alone
    for other in ("classifier", "name_titled", "email"):
        both = (*alone, person(other, kind="EMAIL_ADDRESS" if other == "email" else "PERSON"))
        assert without_unsupported(LETTER, both, ()) == both
    for other in (person("username", kind="USERNAME"), person("classifier", PUBLIC), person("ip", kind="IP_ADDRESS")):
        assert without_unsupported(LETTER, (*alone, other), ()) == (other,)


@pytest.mark.parametrize("kind", ["LOCATION", "ORGANIZATION"])
@pytest.mark.parametrize(
    ("text", "value", "is_person"),
    [
        ("Pass it on to the Kowalska before noon", "Kowalska", True),
        ("Task for Ginevra: call back", "Ginevra", True),
        ("Shipped from Poland last week", "Poland", False),
        ("The Kowalska Street was closed", "Kowalska Street", False),
        ("Die Anna-Kowalska-Allee ist zu", "Anna-Kowalska-Allee", False),
        ("Ask the Ministry of Works about it", "Ministry of Works", False),
    ],
)
def test_place_that_may_be_a_person_is_one_beside_a_person(kind, text, value, is_person):
    start = text.index(value)
    place = Finding(kind, start, start + len(value), 0.8, "classifier")
    other = Finding("PHONE_NUMBER", len(text), len(text) + 9, 0.9, "phone")
    assert with_likely_people(text, (place,)) == (place,)
    [found, _] = with_likely_people(text, (place, other))
    assert found.entity_type == ("PERSON" if is_person else kind)


def test_place_that_a_pattern_finds_stays_one():
    place = Finding("LOCATION", 0, 8, 0.8, "facility")
    assert with_likely_people("Kowalska knows", (place, person("classifier")))[0] == place


def laid(*pairs: tuple[str, str]) -> tuple[str, list[Cell]]:
    """Return data as lines, and its cells."""
    cells, text = [], ""
    for label, value in pairs:
        text += f"{label}: {value}\n"
        cells.append(Cell(label, len(text) - 1 - len(value), len(text) - 1))
    return text, cells


@pytest.mark.parametrize("recognizer", GUESSES)
@pytest.mark.parametrize("kind", ["PERSON", "USERNAME", "STREET_ADDRESS"])
@pytest.mark.parametrize("label", ["name", "title", "depot", "nom", "stop name", "host"])
def test_guess_in_data_about_nobody_is_none(recognizer, kind, label):
    text, [cell, _] = laid((label, "Bank Gesine"), ("price", "12.90"))
    guess = Finding(kind, cell.start, cell.end, 0.99, recognizer)
    cells = [cell, Cell("price", cell.end + 8, cell.end + 13)]
    assert without_unsupported(text, (guess,), cells) == ()
    email = Finding("EMAIL_ADDRESS", cells[1].start, cells[1].end, 0.9, "email")
    assert without_unsupported(text, (guess, email), cells) == (guess, email)


@pytest.mark.parametrize(
    "label", ["customer", "first name", "customer name", "owner", "surname", "assignee", "Vorname"]
)
def test_guess_under_a_key_of_personal_data_counts_alone(label):
    text, cells = laid((label, "Bank"), ("queue", "7"))
    guess = Finding("PERSON", cells[0].start, cells[0].end, 0.6, "classifier")
    assert without_unsupported(text, (guess,), cells) == (guess,)


def test_guess_in_prose_within_data_is_judged_as_that_of_a_text():
    text, cells = laid(("body", "Gesine said that the delivery was late again and will call"), ("id", "7"))
    guess = Finding("PERSON", cells[0].start, cells[0].start + 6, 0.9, "classifier")
    assert without_unsupported(text, (guess,), cells) == (guess,)


@pytest.mark.parametrize(
    ("value", "is_person"), [("Kowalska", True), ("Kowalska " + "and the headers of its cookies " * 60, False)]
)
def test_place_in_data_is_a_person_anywhere_in_short_values_and_near_others_in_long_ones(value, is_person):
    text, cells = laid(("output", value), ("note", "x " * 600), ("mail", "a@mill.example"))
    mail = Finding("EMAIL_ADDRESS", cells[-1].start, cells[-1].end, 0.9, "email")
    [place, _] = with_likely_people(
        text, (Finding("LOCATION", cells[0].start, cells[0].start + 8, 0.8, "classifier"), mail), cells
    )
    assert place.entity_type == ("PERSON" if is_person else "LOCATION")


def test_names_under_a_bare_key_are_peoples_where_enough_are():
    values = ["Anna Kowalski", "Vrombik Quast", "Beagle", "Whippet"]
    text, cells = laid(*(("name", value) for value in values), ("x", "1"), ("x", "2"), ("mail", "a@mill.example"))
    names = tuple(Finding("PERSON", c.start, c.end, 0.6, "name_bare") for c in cells[:4])
    mail = Finding("EMAIL_ADDRESS", cells[-1].start, cells[-1].end, 0.9, "email")
    assert without_unsupported(text, (*names, mail), cells) == (*names, mail)


def test_a_family_name_before_its_given_name_is_a_full_name():
    text, cells = laid(("ticket", "Schmidt, Anna"), ("state", "open"))
    assert is_full(text, Finding("PERSON", cells[0].start, cells[0].end, 0.9, "classifier"))
    text, cells = laid(("ticket", "Schmidt Anna"), ("state", "open"))
    assert not is_full(text, Finding("PERSON", cells[0].start, cells[0].end, 0.9, "classifier"))


def test_name_that_lists_alone_have_needs_another_near_in_long_values_too():
    words = "Gesine Kowalczyk wrote that the delivery was late again and will call"
    text, cells = laid(("output", words), ("id", "7"))
    name = Finding("PERSON", cells[0].start, cells[0].start + 16, 0.7, "known_name")
    assert without_unsupported(text, (name,), cells) == ()
    guess = Finding("PERSON", cells[0].start + 20, cells[0].start + 24, 0.9, "classifier")
    assert without_unsupported(text, (name, guess), cells) == (name, guess)


#: Language -> headers of goods.
GOODS = {
    "en": ["brand", "product_name", "Manufacturer", "colour", "vessel name", "variety"],
    "de": ["Marke", "Artikel", "Hersteller", "Sorte"],
    "es": ["marca", "fabricante"],
    "fr": ["marque", "coloris"],
    "it": ["prodotto", "produttore"],
    "nl": ["merk", "fabrikant"],
    "pl": ["marka", "towar", "producent"],
    "pt": ["produto", "modelo"],
}
NAMED = ("Laura Ashley", "Dr. Martens", "Jack Wolfskin", "Carmen", "Gertrude Jekyll")


@pytest.mark.parametrize("label", [label for labels in GOODS.values() for label in labels])
@pytest.mark.parametrize("recognizer", [*GUESSES, "name_titled", "name_label"])
def test_names_under_a_header_of_goods_are_no_people_and_make_nothing_else_one(label, recognizer):
    text, cells = laid(*((label, value) for value in NAMED), ("note", "Gesine"))
    goods = tuple(Finding("PERSON", cell.start, cell.end, 0.95, recognizer) for cell in cells[:-1])
    weak = Finding("PERSON", cells[-1].start, cells[-1].end, 0.7, "known_name")
    assert without_unsupported(text, (*goods, weak), cells) == ()
    mail = Finding("EMAIL_ADDRESS", cells[0].start, cells[0].start + 2, 0.95, "email")
    assert without_unsupported(text, (mail, *goods, weak), cells) == (mail, weak)


@pytest.mark.parametrize("label", ["customer", "assignee", "tutor", "Ansprechpartner", "note"])
def test_a_full_name_under_another_header_is_somebody(label):
    text, cells = laid((label, "Laura Ashley"), ("brand", "Laura Ashley"))
    both = tuple(Finding("PERSON", cell.start, cell.end, 0.95, "name_label") for cell in cells)
    assert without_unsupported(text, both, cells) == both[:1]


@pytest.mark.parametrize(
    ("values", "are_people"),
    [
        (("Anna Kowalski",), True),
        (("Anna Kowalski", "Kessel"), True),
        (("Kessel", "Lampe", "Anna Kowalski"), False),
        (("Mesa Carmen",), False),
        (("Hala C",), False),
    ],
)
def test_full_names_make_the_guesses_under_their_key_people(values, are_people):
    text, cells = laid(*(("name", value) for value in values), ("note", "Kessel"))
    guesses = tuple(Finding("PERSON", cell.start, cell.end, 0.9, "classifier") for cell in cells)
    assert without_unsupported(text, guesses, cells) == (guesses[:-1] if are_people else ())


@pytest.mark.parametrize(
    ("value", "is_person"),
    [
        ("Dear Ilinca,", True),
        ("Is Ilinca in?", True),
        ("Call Ilinca Brannigan.", True),
        ("Ilinca and the whole team", True),
        ("Ilinca", False),
        ("Ilinca.", False),
        ("tapis Ilinca, 120 cm", False),
        ("Ilinca Deluxe", False),
    ],
)
def test_a_name_in_a_sentence_of_data_is_somebodys_if_a_model_is_sure(value, is_person):
    text, cells = laid(("text", value), ("price", "12"))
    start = text.index("Ilinca")
    sure = Finding("PERSON", start, start + 6, 0.99, "classifier")
    assert without_unsupported(text, (sure,), cells) == ((sure,) if is_person else ())
    unsure = Finding("PERSON", start, start + 6, 0.9, "classifier")
    assert without_unsupported(text, (unsure,), cells) == ()
