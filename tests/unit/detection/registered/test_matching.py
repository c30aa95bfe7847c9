"""Registered people are found however they are written, and nobody else is."""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import base64
import json

import pytest

from proxy.core.findings import Finding, SegmentFindings
from proxy.core.leaves import TextLeaf
from proxy.detection import documents
from proxy.detection.registered.matching import RegisteredPeople
from proxy.detection.registered.words import APOSTROPHES
from testing.registered_lists import ANNA, IVAN, JAN, ROSE, listed, together

PEOPLE = listed([ANNA, JAN, IVAN, ROSE, {"given": "Jan", "family": "Schmidt"}, {"given": "Anna", "family": "Berg"}])


def values(text, people=PEOPLE):
    return [(one.entity_type, text[one.start : one.end]) for one in people.find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Frau Anna Maria Müller-Lüdenscheidt kam", "Anna Maria Müller-Lüdenscheidt"),
        ("to mueller-luedenscheidt, ANNA:", "mueller-luedenscheidt, ANNA"),
        ("Mu\u0308ller-Lu\u0308denscheidt; Anna", "Mu\u0308ller-Lu\u0308denscheidt; Anna"),
        ("dla Jana Kowalskiego", "Jana Kowalskiego"),
        ("kowalski_jan.pdf", "kowalski_jan"),
        ("the JanKowalski file", "JanKowalski"),
        ("the JanKowalski61 file", "JanKowalski61"),
        ("jan_kowalski1961@", "jan_kowalski1961"),
        ("2Kowalski_Jan", "2Kowalski_Jan"),
        ("ScanJanKowalski.pdf", "ScanJanKowalski"),
        ("getKowalskiJanFile(2)", "getKowalskiJanFile"),
        ("с Иваном Петровым", "Иваном Петровым"),
        ("Ivan Petrov wrote", "Ivan Petrov"),
        ("?q=Jan%20Kowalski", "Jan%20Kowalski"),
        ("Jan&nbsp;Kowal&#115;ki", "Jan&nbsp;Kowal&#115;ki"),
        ("Ja\\u006e Kowalski", "Ja\\u006e Kowalski"),
        ("Ja\u00adn Kowal\u200bski", "Ja\u00adn Kowal\u200bski"),
        ("Ｊａｎ Kowalski", "Ｊａｎ Kowalski"),
        ("Jan\nKowalski", "Jan\nKowalski"),
        ("Bergs, Anna", "Bergs, Anna"),
        ("Kowalski (Jan) came", "Kowalski (Jan"),
        ("**Jan** _Kowalski_", "Jan** _Kowalski"),
        ("Jan \u2014 Kowalski", "Jan \u2014 Kowalski"),
    ],
)
def test_a_name_is_found_in_each_spelling(text, name):
    assert values(text) == [("PERSON", name)]


@pytest.mark.parametrize(
    "text",
    [
        "<b>Jan</b> <i>Kowalski</i>", "<given>Jan</given><family>Kowalski</family>", "first: Jan\nlast: Kowalski", '"Jan","Kowalski"',
        "Vorname=Jan&Nachname=Kowalski", "?vn=Jan&nn=Kowalski", "?a=Jan&b2=Kowalski", "WHERE first_name = 'Jan' AND last_name = 'Kowalski'", "PID|1||12||Jan^Kowalski^^^||",
        '{"p": {"first": "Jan", "last": "Kowalski"}}', 'Person(given="Jan", family="Kowalski")',
    ],
)  # fmt: skip
def test_parts_of_a_name_in_data_are_found_apart(text):
    assert values(text) == [("PERSON", "Jan"), ("PERSON", "Kowalski")]


GLUED = listed(
    [
        {"given": "Siobhan", "family": "O'Shaughnessy"},
        {"given": "Günther Max", "family": "von der Weißenfels"},
        {"given": "Jan", "family": "de Vries"},
    ]
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the Siobhan O'Shaughnessys", "Siobhan O'Shaughnessys"),
        ("Siobhan OShaughnessys", "Siobhan OShaughnessys"),
        ("siobhan o`shaughnessy", "siobhan o`shaughnessy"),
        *((f"Siobhan O{sign}Shaughnessy", f"Siobhan O{sign}Shaughnessy") for sign in APOSTROPHES),
        ("commit by GüntherVonDerWeißenfels", "GüntherVonDerWeißenfels"),
        ("günthervonderweißenfels/report", "günthervonderweißenfels"),
        ("ScanGuentherVonDerWeissenfels.pdf", "ScanGuentherVonDerWeissenfels"),
        ("guenther.vonderweissenfels@host.example", "guenther.vonderweissenfels"),
        ("DeVries, Jan", "DeVries, Jan"),
        ("jandevries", "jandevries"),
    ],
)
def test_apostrophes_and_particles_are_read_as_people_write_them(text, name):
    assert values(text, GLUED) == [("PERSON", name)]


@pytest.mark.parametrize("depth", range(1, 5))
def test_a_name_is_found_in_strings_in_strings_of_a_log(depth):
    name = text = "Anna Maria M\u00fcller-L\u00fcdenscheidt"
    for _ in range(depth):
        text, name = json.dumps({"body": text, "at": "3\n"}), json.dumps(name)[1:-1]
    assert values(f"ERROR refused: {text}") == [("PERSON", name)]


def test_an_encoded_text_with_a_name_is_found_as_a_whole():
    part = base64.b64encode(b"the patient Jan Kowalski came late").decode()
    assert values(f"body: {part}.") == [("PERSON", part)]


@pytest.mark.parametrize("value", ["KD-4711-9923", "+491701234567", "01701234567", "Jan Kowalski"])
def test_encoded_values_are_found_in_each_line(value):
    part = base64.b64encode(value.encode()).decode()
    assert "\n".join(found for _, found in values(f"ids:\n{part}\n{part}\nThanks")) == f"{part}\n{part}"


@pytest.mark.parametrize(
    "text",
    [
        "Rose went home", "a rose is red", "Jan came", "Kowalski said", "Jan. Kowalski came later", "Jana Schmidt",
        "Jana Kowalska", "Anna Berge", "J. Kowalski", "Jan went to see Kowalski", "Jan\n\n\n\n\n\n\nKowalski",
        "Hauptstraße 12", "10115 Berlin", "12.03.1961", "Kowalskix Jan", "jan=kowalski", "jan[kowalski]", "jan[i:i+kowalski]", "Jan and Kowalski", "the first Jan last Kowalski", "4711", "number 88237466", "",
    ],
)  # fmt: skip
def test_nobody_else_is_found(text):
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("no. kd 4711 9923.", "USERNAME", "kd 4711 9923"),
        ("call 0049(0)170-123 45 67 now", "PHONE_NUMBER", "0049(0)170-123 45 67"),
        ("call 0170/1234567 now", "PHONE_NUMBER", "0170/1234567"),
        ("DE89370400440532013000", "BANK_ACCOUNT", "DE89370400440532013000"),
        ("Anna.Mueller@POST.example.org", "EMAIL_ADDRESS", "Anna.Mueller@POST.example.org"),
        ("hauptstr. 12, 10115 Berlin", "STREET_ADDRESS", "hauptstr. 12, 10115 Berlin"),
        ("KD#4711#9923", "USERNAME", "KD#4711#9923"),
    ],
)
def test_numbers_and_addresses_are_found_with_any_separators(text, kind, value):
    assert values(text) == [(kind, value)]


def test_a_date_of_birth_counts_beside_a_name_of_its_person():
    assert values("Kowalski, born 31.01.1975") == [("PERSON", "Kowalski"), ("DATE_OF_BIRTH", "31.01.1975")]
    assert values("Kowalski, born 31.1.75") == [("PERSON", "Kowalski"), ("DATE_OF_BIRTH", "31.1.75")]
    assert values("Petrov, born 31.01.1975") == []


def test_a_number_that_many_have_counts_beside_a_name_of_its_person():
    rows = [{"given": "Eva", "family": "Zorn", "id": str(20_000_000 + at)} for at in range(20_000)]
    crowd = listed(rows)
    assert values("order 20000017", crowd) == []
    assert values("Ms Zorn, 20000017", crowd) == [("PERSON", "Zorn"), ("USERNAME", "20000017")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the mark may be low", []), ("mark.may left", []), ("see mark May", []), ("a markmay file", []), ("MARK_MAY = 1", []),
        ("ask Mark May", ["Mark May"]), ("RE: MARK MAY,", ["MARK MAY"]), ("report_Mark_May.pdf", ["Mark_May"]),
        ("mark.may@host.example", ["mark.may"]), ("ask dr. mark may", ["mark may"]), ("ask mr may, mark", ["may, mark"]),
    ],
)  # fmt: skip
def test_everyday_words_are_a_name_with_capitals_or_where_names_stand(text, found):
    people = listed([{"given": "Mark", "family": "May"}])
    assert values(text, people) == [("PERSON", value) for value in found]


@pytest.mark.parametrize(("labels", "found"), [(("last name", "first name"), 1), (("until", "kind"), 0)])
def test_everyday_words_are_a_name_under_the_key_of_one(labels, found):
    people = listed([{"given": "Mark", "family": "May"}])
    leaves = [TextLeaf(text, label, "/a") for text, label in zip(("may", "mark"), labels, strict=True)]
    [unit] = documents.units(leaves)
    segments = people.applied(unit, [SegmentFindings()] * 2)
    assert [len(segment.findings) for segment in segments] == [found] * 2


def test_titles_and_particles_may_be_between_or_be_names():
    people = listed([{"given": "Van", "family": "Le"}, {"given": "Anna", "family": "von der Heide"}, JAN])
    for name in (
        "Van Le",
        "Le, Van",
        "Anna von der Heide",
        "Heide, Anna",
        "Kowalski, Prof. Dr. Jan",
        "Jan van Kowalski",
    ):
        assert values(f"Here {name} came", people) == [("PERSON", name)]


def test_a_family_name_with_an_initial_counts_beside_a_number_of_its_person():
    assert values("J. Kowalski and Kowalski, J.") == []
    assert values("J. Kowalski, born 31.01.1975") == [("PERSON", "J. Kowalski"), ("DATE_OF_BIRTH", "31.01.1975")]
    assert values("Kowalski, J.: 31.01.1975") == [("PERSON", "Kowalski, J"), ("DATE_OF_BIRTH", "31.01.1975")]


@pytest.mark.parametrize("text", ["李 小龙", "小龙 李", "李小龙", "李,小龙"])
def test_a_name_of_one_sign_is_found(text):
    assert values(f"患者：{text}。", listed([{"given": "小龙", "family": "李"}])) == [("PERSON", text)]


@pytest.mark.parametrize("text", ["Siobhan O'Connor", "Siobhan OConnor", "connor, siobhan"])
def test_an_apostrophe_may_be_left_out(text):
    assert values(f"to {text}", listed([{"given": "Siobhán", "family": "O'Connor"}])) == [("PERSON", text)]


def test_a_short_name_with_an_ending_counts_beside_one_that_takes_none():
    assert values("dla Jana Foxa", listed([{"given": "Jan", "family": "Fox"}])) == [("PERSON", "Jana Foxa")]
    assert values("dla Jana Fox", listed([{"given": "Jan", "family": "Fox"}])) == [("PERSON", "Jana Fox")]


def test_findings_name_the_list_and_are_certain():
    [finding] = PEOPLE.find("Jan Kowalski")
    assert (finding.registered, finding.score, finding.subject_role) == ("patients", 1.0, "patient")


def test_parts_of_a_record_are_found_together_and_given_back_to_its_leaves():
    leaves = [
        TextLeaf("Kowalski", "last name", "/a"),
        TextLeaf("2031", "year", "/a"),
        TextLeaf("Jan", "first name", "/a"),
    ]
    [unit] = documents.units(leaves)
    segments = PEOPLE.applied(unit, [SegmentFindings()] * 3)
    found = [[(f.start, f.end, f.registered) for f in segment.findings] for segment in segments]
    assert found == [[(0, 8, "patients")], [], [(0, 3, "patients")]]


def test_certainty_wins_over_what_was_guessed():
    [unit] = documents.units(["at Jan Kowalski GmbH"])
    guessed = SegmentFindings((Finding("ORGANIZATION", 3, 20, 0.99, "classifier"),))
    [segment] = PEOPLE.applied(unit, [guessed])
    assert [(f.entity_type, f.start, f.end) for f in segment.findings] == [("PERSON", 3, 15), ("ORGANIZATION", 15, 20)]


def inside(text, people, *findings):
    """What is told of a text beside what stands at its offsets."""
    [unit] = documents.units([text])
    [segment] = people.applied(unit, [SegmentFindings(findings)])
    return [(one.entity_type, one.registered, one.subject_role) for one in segment.inside]


@pytest.mark.parametrize("other", ["customers", "staff"])
@pytest.mark.parametrize(
    "text", ["Jan Kowalski", "JanKowalski", base64.b64encode(b"for Jan Kowalski, who came late").decode()]
)
def test_each_list_that_has_a_person_is_told(text, other):
    people = together(PEOPLE, listed([JAN], other, role="provider"))
    roles = {"patients": "patient", other: "provider"}
    [first, second] = sorted(roles)
    assert [one.registered for one in people.find(text)] == [first, second]
    assert inside(text, people) == [("PERSON", second, roles[second])]


def test_lists_of_people_whose_names_share_a_word_are_both_told():
    people = together(PEOPLE, listed([{"given": "Eva", "family": "Kowalski"}], "staff"))
    assert {one.registered for one in people.find("Jan Kowalski, Eva")} == {"patients", "staff"}
    assert inside("Jan Kowalski, Eva", people) == [("PERSON", "patients", "patient")]


def test_an_encoded_part_says_everything_that_it_has():
    part = base64.b64encode(b"Jan Kowalski, kd 4711 9923, of the firm").decode()
    guessed = [Finding(kind, 0, len(part), 0.9, "encoded:r") for kind in ("ORGANIZATION", "PERSON")]
    assert inside(part, PEOPLE, guessed[0]) == [
        ("ORGANIZATION", "", "data_subject"), ("USERNAME", "patients", "patient"),
    ]  # fmt: skip
    assert inside(part, PEOPLE, guessed[1]) == [("USERNAME", "patients", "patient")]


def test_another_key_finds_nobody():
    other = listed([JAN], key=b"s" * 32)
    other = RegisteredPeople(PEOPLE._index.digester, other._index.lists)
    assert values("Jan Kowalski 88237465", other) == []
