from __future__ import annotations

import pytest

from proxy.core.deidentification.declension import (
    FAMILY,
    LANGUAGES,
    MAN,
    WOMAN,
    cased,
    declined,
    endings_of,
    forms,
    listed,
    other_forms,
    pool,
)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "kind", "language", "base"),
    [
        ("annas", WOMAN, "de", "anna"), ("anny", WOMAN, "pl", "anna"), ("annie", WOMAN, "pl", "anna"),
        ("marii", WOMAN, "pl", "maria"), ("agnieszce", WOMAN, "pl", "agnieszka"), ("markiem", MAN, "pl", "marek"),
        ("pawłowi", MAN, "pl", "paweł"), ("piotrze", MAN, "pl", "piotr"), ("kowalskiego", FAMILY, "pl", "kowalski"),
        ("zielińskiej", FAMILY, "pl", "zieliński"), ("олені", WOMAN, "uk", "олена"), ("марією", WOMAN, "uk", "марія"),
        ("андрієві", MAN, "uk", "андрій"), ("петровського", FAMILY, "uk", "петровський"),
    ],
)  # fmt: skip
def test_a_form_has_its_base(word, kind, language, base):
    found = [form for form in forms(word, kind) if form.language == language and form.base == base and form.listed]
    assert [declined(base, form.endings, form.at) for form in found] == [word] * len(found)
    assert found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [WOMAN, MAN, FAMILY])
def test_every_language_has_names_of_each_kind(language, kind):
    names = listed()[language, kind]
    assert len(names) >= 80
    largest = max((pool(language, kind, endings_of(language, kind, name)) for name in names), key=len)
    assert len(largest) >= 15
    for name in largest:
        assert declined(name, endings_of(language, kind, name), 0) == name


def test_other_forms_of_a_surrogate_are_those_of_the_original():
    assert dict(other_forms("Zieliński", "Kowalski"))["Zielińskiemu"] == "Kowalskiemu"
    assert dict(other_forms("Zielińskiego", "Kowalskiego"))["Zielińska"] == "Kowalska"
    assert dict(other_forms("Annelise", "Anna"))["Annelises"] == "Annas"
    assert dict(other_forms("MAREK", "JACEK"))["MARKIEM"] == "JACKIEM"
    assert dict(other_forms("Xyzzy", "Anna")) == {}


@pytest.mark.parametrize(
    ("word", "like", "written"), [("maria", "Anna", "Maria"), ("maria", "ANNA", "MARIA"), ("maria", "a", "maria")]
)
def test_case_is_that_of_the_original(word, like, written):
    assert cased(word, like) == written


def test_a_genitive_behind_a_sibilant_is_an_apostrophe():
    assert dict(other_forms("Annelise", "Agnes"))["Annelises"] == "Agnes'"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_surrogate_tells_its_gender(language):
    both = listed()[language, WOMAN] & listed()[language, MAN]
    assert both.isdisjoint(pool(language, WOMAN, ("",)))
    assert both.isdisjoint(pool(language, MAN, ("",)))
