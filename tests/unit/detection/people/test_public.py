from __future__ import annotations

import pytest

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.documents import postprocess
from proxy.detection.people.public import rules, with_public
from proxy.detection.text.chunks import joined


def found(text: str, *values: tuple[str, str]) -> list[Finding]:
    return [Finding(kind, text.index(v), text.index(v) + len(v), 0.9, "classifier") for v, kind in values]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What did Einstein publish in 1905?", "Einstein"),
        ("Who was Marie Curie?", "Marie Curie"),
        ("Newton's laws of motion", "Newton's"),
        ("Goethes Farbenlehre", "Goethes"),
        ("dzieła Kopernika", "Kopernika"),
        ("Qué pintó Velázquez", "Velázquez"),
    ],
)
def test_a_public_figure_is_told_apart(text: str, name: str) -> None:
    assert [f.subject_role for f in with_public(text, found(text, (name, "PERSON")))] == ["public"]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Einstein, ann@example.org", [("ann@example.org", "EMAIL_ADDRESS")]),
        ("Einstein has diabetes", [("diabetes", "HEALTH_CONDITION")]),
        ("Einstein and Anna Schmidt", [("Anna Schmidt", "PERSON")]),
        ("Einstein is a catholic", [("catholic", "RELIGION")]),
        ("Call Einstein tomorrow", []),
        ("Mr Einstein asks for a quote", []),
        ("Rechnung an Einstein", []),
        ("Sara Einstein wrote this", []),
        ("Einstein", []),
        ("* Einstein (1879)", []),
    ],
)
def test_in_a_personal_context_it_is_a_person(text: str, others: list[tuple[str, str]]) -> None:
    name = "Sara Einstein" if "Sara" in text else "Einstein"
    everything = found(text, (name, "PERSON"), *others)
    assert with_public(text, everything) == tuple(everything)


def test_two_figures_are_public_whoever_writes_about_them() -> None:
    text = "Explain to my 12-year-old how Faraday's Lines relate to Rembrandt and Multatuli"
    both = found(text, ("Rembrandt", "PERSON"), ("Multatuli", "PERSON"), ("12", "AGE"))
    assert {f.subject_role for f in with_public(text, both) if f.entity_type == "PERSON"} == {"public"}
    one = found(text, ("Rembrandt", "PERSON"), ("12", "AGE"))
    assert with_public(text, one) == tuple(one)


@pytest.mark.parametrize(
    "name", ["Lessings Emilia Galotti", "Balzac, Stendhal", "Max Havelaar van Multatuli", "Jane Eyre"]
)
def test_a_name_may_consist_of_several_figures(name: str) -> None:
    text = f"Compare {name} in two pages"
    assert [f.subject_role for f in with_public(text, found(text, (name, "PERSON")))] == ["public"]


def test_a_word_of_another_language_is_no_first_person() -> None:
    for text, role in (("Opisz Napoleon i jego wojny", "public"), ("I like Napoleon", "data_subject")):
        assert [f.subject_role for f in with_public(text, found(text, ("Napoleon", "PERSON")))] == [role]


def test_a_family_name_alone_counts_beside_two_figures() -> None:
    text = "a sonnet in the manner of Hemingway or Wordsworth or Milton"
    three = found(text, ("Hemingway", "PERSON"), ("Wordsworth", "PERSON"), ("Milton", "PERSON"))
    assert {f.subject_role for f in with_public(text, three)} == {"public"}
    alone = found("a sonnet in the manner of Milton", ("Milton", "PERSON"))
    assert with_public("a sonnet in the manner of Milton", alone) == tuple(alone)


def test_the_whole_text_is_looked_at_and_not_its_pieces() -> None:
    text = "Einstein wrote. " + "x " * 20 + "ann@example.org"
    name, mail = found(text, ("Einstein", "PERSON"), ("ann@example.org", "EMAIL_ADDRESS"))
    cut = mail.start - 4
    second = Finding("EMAIL_ADDRESS", 4, 4 + len("ann@example.org"), 0.9, "email")
    pieces = [(0, cut, SegmentFindings(findings=(name,))), (cut, 19, SegmentFindings(findings=(second,)))]
    whole = postprocess(text, joined(text, pieces), lambda _: ())
    assert [f.subject_role for f in whole.findings] == ["data_subject"] * 2


def test_places_and_dates_leave_it_public() -> None:
    text = "Mozart in Vienna, 1791"
    left = with_public(text, found(text, ("Mozart", "PERSON"), ("Vienna", "LOCATION")))
    assert [(f.entity_type, f.subject_role) for f in left] == [("PERSON", "public"), ("LOCATION", "data_subject")]


def test_the_list_is_text() -> None:
    assert b"Einstein" in rules()


@pytest.mark.parametrize("name", ["Agnieszka Pippi Langstrumpf", "Dante Kowalski", "Beatrice"])
def test_a_name_of_today_beside_that_of_a_figure_is_a_person(name: str) -> None:
    text = f"Diese Woche in der Stadtbücherei: {name}, Eintritt frei, danach Tee und Gebäck."
    everything = found(text, (name, "PERSON"))
    assert with_public(text, everything) == tuple(everything)


def test_a_name_of_today_is_that_of_a_figure_beside_another_one() -> None:
    text = "Che cosa dice Beatrice a Virgilio nel secondo canto e perché?"
    both = found(text, ("Beatrice", "PERSON"), ("Virgilio", "PERSON"))
    assert {f.subject_role for f in with_public(text, both)} == {"public"}


def test_a_text_about_works_does_not_make_a_name_public() -> None:
    text = "Explain the protagonist and the narrator of the novel, and who Zumbo is."
    assert with_public(text, found(text, ("Zumbo", "PERSON"))) == tuple(found(text, ("Zumbo", "PERSON")))
