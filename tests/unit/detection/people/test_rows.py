"""Names among capitalised words are told by two pieces of evidence; what makes something else of them is heeded."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.name_rules import find_names


def found(text, *others):
    return [text[f.start : f.end] for f in find_names(text, others, None)]


def guess(text, value, kind="PERSON", score=0.9):
    start = text.index(value)
    return Finding(kind, start, start + len(value), score, "classifier")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ayer hablé con Begoña Peñalosa, que pide la devolución.", "Begoña Peñalosa"),
        ("Ieri ho parlato con Ruggero Mastrangelo, che chiede un rimborso.", "Ruggero Mastrangelo"),
        ("Der Vertrag von Swantje van der Veldt läuft aus.", "Swantje van der Veldt"),
        ("Il contratto di PIERLUIGI MASTRANGELO scade a giugno.", "PIERLUIGI MASTRANGELO"),
        ("El contrato de Peñalosa, Begoña vence en junio.", "Peñalosa, Begoña"),
        ("simpática a T. Vasconcelos sobre o atraso", "T. Vasconcelos"),
        ("La plainte de C. Le Goff est close.", "C. Le Goff"),
        ("- Małgorzata Kowalczyk\n- milk", "Małgorzata Kowalczyk"),
        ("La richiesta di Fiammetta Lo Scognamiglio è stata accolta.", "Fiammetta Lo Scognamiglio"),
        ("Bitte leite das an B. Esser weiter.", "B. Esser"),
        ("Quattrobocche, Harriet ha chiamato due volte.", "Quattrobocche, Harriet"),
        ("La queja de Salcedo, Rocío quedó cerrada.", "Salcedo, Rocío"),
        ("Forward this to Przybysławski, Harriet before Friday.", "Przybysławski, Harriet"),
        ("we compared Harriet Threlfall's Critique with ours", "Harriet Threlfall's"),
    ],
)
def test_a_known_name_and_how_it_is_written_make_a_person(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize("half", ["Clifford", "Whitcombe"])
def test_the_half_that_was_found_takes_the_other_along(half):
    text = "The form belongs to Clifford Whitcombe of the second floor."
    assert found(text, guess(text, half)) == ["Clifford Whitcombe"]


def test_a_given_name_counts_although_a_model_takes_the_whole_for_a_place():
    text = "It is the number of Clifford Whitcombe."
    assert found(text, guess(text, "Clifford Whitcombe", "LOCATION", 0.99)) == ["Clifford Whitcombe"]


@pytest.mark.parametrize(
    "text",
    [
        "Ask the Charlotte Street office about San Antonio and Port Elizabeth.",
        "The Victoria Hospital and the Calvin Klein store are closed.",
        "Bitte fasse die Tagesordnung zusammen: Haushalt, Umzug, Verschiedenes.",
        "Review the Service Level Agreement and the Quality Handbook by Monday.",
        "Parkinson disease and Crohn disease are told apart.",
        "Danke. Vielen Dank für Ihre Nachricht.",
        "Vendite in Germania, Austria, Francia e Spagna.",
        "Kraje: Polska, Niemcy, Francja",
    ],
)
def test_streets_firms_nouns_and_diseases_are_nobody(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Unser Mitgefühl gilt seiner Tochter Friederike Trautwein.", "Friederike Trautwein"),
    ],
)
def test_nouns_beside_a_name_are_no_part_of_it(text, name):
    assert all(value in name for value in found(text, guess(text, name)))


@pytest.mark.parametrize("text", ["Wir messen in der JSON-Struktur.", "Es gibt im Mai eine Gelb-Rote Karte für ihn."])
def test_a_compound_of_ordinary_words_is_no_name(text):
    assert found(text) == []


def test_what_was_found_as_something_else_is_left():
    text = "Rua Carlos Ferreira 12"
    assert found(text, Finding("STREET_ADDRESS", 0, len(text), 0.8, "street_iberian")) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Umowę podpisał W Sobieski wczoraj.", ["W Sobieski"]),
    ],
)
def test_a_letter_that_is_a_word_is_no_initial(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "value"),
    [("LA CASA DE JUAN PEREZ", "JUAN PEREZ"), ("la casa de Rosendo", "Rosendo"), ("keine Antwort von Adyen", "Adyen")],
)
def test_prepositions_before_a_name_are_left(text, value):
    assert not [name for name in found(text, guess(text, value)) if name.lower().startswith(("de ", "von "))]


@pytest.mark.parametrize("name", ["Paqui", "Gesche", "Kazimierza", "Aleida"])
def test_what_is_no_word_of_any_language_is_a_name_at_any_place_of_a_sentence(name):
    assert found(f"{name} kommt auch.") == found(f"Es kommt {name} auch.") == [name]


@pytest.mark.parametrize("name", ["Rose", "Grace", "Bento", "Jet"])
def test_a_name_that_is_a_word_too_is_none_by_itself(name):
    assert found(f"{name} kommt auch.") == found(f"Es kommt {name} auch.") == []


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Heute kam Brigittes Brief an", "de", ["Brigittes"]),
        ("Guten Tag, Ottilie Pfannkuchs Akte fehlt", "de", ["Ottilie Pfannkuchs"]),
        ("anbei Ottilie Würtz' Antrag", "und", ["Ottilie Würtz"]),
        ("Heute kam Brigittes Brief an", "en", []),
        ("Heute kam Brigitte Brief an", "de", []),
        ("Heute kam Brigittes brief an", "de", []),
        ("der Beginn des Semesters Anfang Mai", "de", []),
        ("Brigittes Schmidt", "de", []),
    ],
)
def test_a_name_in_the_genitive_before_a_noun_is_more_than_a_listed_one(text, language, names):
    found = find_names(text, (), None, language)
    assert [text[f.start : f.end] for f in found if f.recognizer == "name_possessor"] == names


def test_a_place_in_the_genitive_is_no_person():
    text = "Brigittes Hafen ist gesperrt"
    found = find_names(text, [guess(text, "Brigittes", "LOCATION")], None, "de")
    assert "name_possessor" not in {f.recognizer for f in found}


def test_where_next_to_no_word_has_a_capital_names_have_none_either():
    dictated = "the case MRN-121921 is about gesine kowalczyk who called at the desk today"
    assert found(dictated) == ["gesine kowalczyk"]
    assert found(dictated.replace("the case", "The Case")) == []
    assert found("about gesine kowalczyk") == []
